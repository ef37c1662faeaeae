"""The settings that are tried: a grid or a list of mappings, checked against the function that takes them."""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trackexp.errors import UsageError, nearest

Setting = dict[str, Any]
RESERVED = ("fold", "folds", "seed", "partition")  # what the config of a fold's run says of the fold


def settings_of(grid: Any) -> list[Setting]:
    """Return the settings in the order given, each once.

    Args:
        grid: Values by parameter, all combined with all, the last parameter fastest; or a list of mappings.

    Raises:
        UsageError: There are none, or a value can be no part of a run's config.

    >>> settings_of({"lr": [0.1, 0.01], "units": [32]})
    [{'lr': 0.1, 'units': 32}, {'lr': 0.01, 'units': 32}]
    >>> settings_of([{"lr": 0.1}, {"lr": 0.1}, {"lr": 0.2}])
    [{'lr': 0.1}, {'lr': 0.2}]
    """
    if isinstance(grid, Mapping):
        names = list(grid)
        found = [dict(zip(names, values, strict=True)) for values in itertools.product(*map(_values, grid.values()))]
        empty = [name for name in names if not _values(grid[name])]
        if not names or empty:
            what = f"no value for {', '.join(map(str, empty))}" if empty else "no parameter"
            raise UsageError(f"the grid has {what}; expected values by parameter, such as {{'lr': [0.1, 0.01]}}.")
    else:
        found = _listed(grid)
    settings = [{name: _plain(name, value) for name, value in setting.items()} for setting in found]
    once = {setting_key(setting): setting for setting in settings}
    return list(once.values())


def _listed(grid: Any) -> list[Setting]:
    if isinstance(grid, str | bytes) or not isinstance(grid, Iterable):
        raise UsageError(f"grid={grid!r:.80}; expected values by parameter, or a list of mappings.")
    settings = list(grid)
    wrong = [setting for setting in settings if not isinstance(setting, Mapping)]
    if wrong:
        raise UsageError(f"grid holds {wrong[0]!r:.80}; expected mappings of parameters, such as {{'lr': 0.1}}.")
    if not settings:
        raise UsageError("the grid is empty; expected at least one setting, such as {'lr': 0.1}.")
    return [dict(setting) for setting in settings]


def _values(values: Any) -> list[Any]:
    """Return the values of a parameter; one that is no collection is the only one."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        return [values]
    return list(values)


def _plain(name: Any, value: Any) -> Any:
    """Return a value as JSON has it: it names the setting in the ledger, and stands in the run's config."""
    if not isinstance(name, str) or not name:
        raise UsageError(f"the grid has the parameter {name!r}; expected a name.")
    if name in RESERVED:
        raise UsageError(f"the grid has a parameter {name!r}, which a fold's run says of the fold; name it otherwise.")
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    try:
        plain = json.loads(json.dumps(value, default=_sequence))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{name}={value!r:.60} is a {type(value).__name__} and can name no setting; expected a number, a text, or "
            f"a list of them. Pass the name of the object, and make it inside the training function."
        ) from error
    return value if plain == value or isinstance(value, tuple) else plain


def _sequence(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")


def setting_key(setting: Mapping[str, Any]) -> str:
    """Return what names a setting: its JSON, parameters sorted.

    >>> setting_key({"units": 32, "lr": 0.1})
    '{"lr": 0.1, "units": 32}'
    """
    return json.dumps(setting, sort_keys=True)


def setting_text(setting: Mapping[str, Any]) -> str:
    """Return a setting for messages.

    >>> setting_text({"lr": 0.1, "layers": [32, 32]})
    'lr=0.1, layers=[32, 32]'
    """
    return ", ".join(f"{name}={value}" for name, value in setting.items()) or "no parameters"


def check_function(train: Callable[..., Any], settings: Sequence[Setting]) -> None:
    """Check that the function takes a run, a fold and every parameter of the grid by name.

    Raises:
        UsageError: It does not.
    """
    if not callable(train):
        raise UsageError(f"train={train!r:.80} is no function; expected train(run, fold, *, …parameters).")
    try:
        parameters = inspect.signature(train).parameters
    except (TypeError, ValueError):
        return  # a builtin, which says nothing of what it takes
    kinds = inspect.Parameter
    positional = [one for one in parameters.values() if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    starred = any(one.kind is kinds.VAR_POSITIONAL for one in parameters.values())
    name = getattr(train, "__name__", "train")
    if len(positional) < 2 and not starred:
        raise UsageError(f"{name} takes {', '.join(parameters) or 'nothing'}; expected {name}(run, fold, *, …).")
    taken = [one for one in parameters.values() if one not in positional[:2]]
    by_name = {one.name for one in taken if one.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)}
    anything = any(one.kind is kinds.VAR_KEYWORD for one in taken)
    needed = {one.name for one in taken if one.name in by_name and one.default is kinds.empty}
    for setting in settings:
        for unknown in () if anything else sorted(set(setting) - by_name):
            there = ", ".join(sorted(by_name)) or "none"
            raise UsageError(f"{name} has no parameter {unknown!r}{nearest(unknown, by_name)}; it has: {there}.")
        if missing := sorted(needed - set(setting)):
            raise UsageError(
                f"{name} needs {', '.join(missing)}, which {setting_text(setting)} does not give; "
                "add it to the grid, or give it a default."
            )
