"""Secrets in nested data: the name that tells is carried through the structure to the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trackexp.tracking.secrets.names import Telling, holds_value, is_plain, names_another, telling, tells_of_all

# Judges a text: the value, its place, the name it stands under, and what that says.
Judge = Callable[[str, str, str, Telling], str]
# A word of a list `tokens` is most often one of a language: only what is as long as a key is judged.
_LONG_TOKEN = 20


class DataMasker:
    """Masks nested data (mappings, lists, sets, texts, numbers).

    Args:
        judge: Returns a text masked.
        name_of: Returns a mapping's key without secrets in it.
    """

    def __init__(self, judge: Judge, name_of: Callable[[Any, str], Any]) -> None:
        self._judge = judge
        self._name_of = name_of

    def masked(self, value: Any, place: str, name: str, level: Telling | None = None) -> Any:
        """Return data masked; what is no data is returned as it is."""
        level = telling(name) if level is None else level
        if isinstance(value, str):
            return self._judge(value, place, name, level)
        if isinstance(value, Mapping):
            return self._mapping(value, place, name, level)
        if isinstance(value, list | tuple):
            items = self._items(list(value), place, name, level)
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, set | frozenset):
            return type(value)(self.masked(item, place, name, level) for item in value)
        if type(value) is int and abs(value) > 999 and level is Telling.PASSWORD:
            return self._judge(str(value), place, name, level)
        return value

    def _mapping(self, value: Mapping[Any, Any], place: str, name: str, level: Telling) -> dict[Any, Any]:
        """Return a mapping masked: `{"api_key": {"value": X}}`, `{"name": "API_KEY", "value": X}`, and by its keys."""
        named = names_another(value)
        result = {}
        for key, item in value.items():
            text = str(key)
            below, inherited = text, telling(text)
            if holds_value(text) and (named or level):
                below, inherited = (named, telling(named)) if named else (name, level)
            elif not inherited and level is Telling.PASSWORD and tells_of_all(name) and not is_plain(text):
                inherited = Telling.PASSWORD
            result[self._name_of(key, place)] = self.masked(item, f"{place}.{key}", below, inherited)
        return result

    def _items(self, items: list[Any], place: str, name: str, level: Telling) -> list[Any]:
        """Return a list masked: each by the list's name, or by the option or the name that stands before it."""
        words = [item if isinstance(item, str) else "" for item in items]
        result = []
        for index, item in enumerate(items):
            before = words[index - 1] if index else ""
            below, inherited = name, level
            if before.startswith("-") and "=" not in before:
                below = before.lstrip("-")
                inherited = Telling.NOTHING if words[index].startswith("--") else telling(below)
            elif index == 1 and len(items) == 2 and before:
                if telling(before):
                    below, inherited = before, telling(before)
                elif name.lower().endswith(("auth", "login", "credentials", "creds")):
                    inherited = Telling.PASSWORD
            elif isinstance(item, str) and name.lower().endswith("tokens") and len(item) < _LONG_TOKEN:
                inherited = Telling.NOTHING
            result.append(self.masked(item, f"{place}[{index}]", below, inherited))
        return result
