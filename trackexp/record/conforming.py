"""What a run's file says, held against the documented shape: a value of another type is as good as absent.

Anyone may have written a run's file, and other releases write other things. Rules, comparison and pages read facts by
their declared types and would fail on a text where a list belongs; here such a value is left out, and its place named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints, is_typeddict

_ABSENT = object()
_Check = Callable[[Any, str, list[str]], Any]


def conforming(value: object, hint: object) -> tuple[Any, tuple[str, ...]]:
    """Return the value without the parts that are not of their declared type, and the dotted names of those parts.

    Keys that the shape does not declare stay as they are, so that what a later release adds is not lost. A value that
    is all of it of its type is returned itself.

    Args:
        value: Parsed JSON, or the same from a live run.
        hint: A TypedDict, or another type built of those, lists, mappings, unions and plain types.

    >>> from trackexp.record.facts import Facts
    >>> conforming({"schema": 1, "compile": 7, "model": {"name": "m", "parameters": "many"}}, Facts)
    ({'schema': 1, 'model': {'name': 'm'}}, ('compile', 'model.parameters'))
    """
    wrong: list[str] = []
    found = _check_of(hint)(value, "", wrong)
    return (None if found is _ABSENT else found), tuple(wrong)


@cache
def _check_of(hint: Any) -> _Check:
    if is_typeddict(hint):
        return _mapping(get_type_hints(hint), NoneType)
    origin = get_origin(hint)
    if origin in (Required, NotRequired):
        return _check_of(get_args(hint)[0])
    if origin is tuple and Ellipsis not in get_args(hint):
        return _row(get_args(hint))
    if origin in (list, tuple):
        return _sequence(get_args(hint)[0])
    if origin is dict:
        return _mapping({}, get_args(hint)[1])
    if origin in (Union, UnionType):
        return _any_of(get_args(hint))
    kinds = {int: Integral, float: Real}.get(hint, hint)
    if origin is Literal:  # a later release may know further words
        kinds = tuple({type(word) for word in get_args(hint)})
    return _plain(object if hint is Any else kinds, allows_bool=hint in (bool, Any, object))


def _plain(kinds: Any, *, allows_bool: bool) -> _Check:
    def check(value: Any, place: str, wrong: list[str]) -> Any:
        if isinstance(value, kinds) and (allows_bool or not isinstance(value, bool)):
            return value
        wrong.append(place)
        return _ABSENT

    return check


def _any_of(hints: tuple[Any, ...]) -> _Check:
    def check(value: Any, place: str, wrong: list[str]) -> Any:
        tried: list[list[str]] = []
        best: Any = _ABSENT
        for hint in hints:
            tried.append([])
            found = _check_of(hint)(value, place, tried[-1])
            if found is not _ABSENT and not tried[-1]:
                return found
            best = found if best is _ABSENT else best
        wrong += min(tried, key=lambda names: place in names)
        return best

    return check


def _sequence(hint: Any) -> _Check:
    def check(value: Any, place: str, wrong: list[str]) -> Any:
        if not isinstance(value, list | tuple):
            wrong.append(place)
            return _ABSENT
        before, each = len(wrong), _check_of(hint)
        kept = [each(item, f"{place}[{number}]", wrong) for number, item in enumerate(value)]
        return value if len(wrong) == before else [item for item in kept if item is not _ABSENT]

    return check


def _row(hints: tuple[Any, ...]) -> _Check:
    """Return the check of a fixed number of values; JSON has them back as a list, and one that is wrong spoils all."""

    def check(value: Any, place: str, wrong: list[str]) -> Any:
        inner: list[str] = []
        if isinstance(value, list | tuple) and len(value) == len(hints):
            for number, (item, hint) in enumerate(zip(value, hints, strict=True)):
                _check_of(hint)(item, f"{place}[{number}]", inner)
            if not inner:
                return value
        wrong.append(place)
        return _ABSENT

    return check


def _mapping(hints: Mapping[str, Any], others: Any) -> _Check:
    def check(value: Any, place: str, wrong: list[str]) -> Any:
        if not isinstance(value, Mapping):
            wrong.append(place)
            return _ABSENT
        before, kept, start = len(wrong), {}, f"{place}." if place else ""
        for key, item in value.items():
            hint = hints.get(key, Any if others is NoneType else others)
            kept[key] = item if hint is Any else _check_of(hint)(item, f"{start}{key}", wrong)
        return value if len(wrong) == before else {key: item for key, item in kept.items() if item is not _ABSENT}

    return check
