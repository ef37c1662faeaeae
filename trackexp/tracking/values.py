"""What may go into a run: metric keys that W&B can sort by, config values that are JSON, and tables."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from argparse import Namespace
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from trackexp.errors import MetricKeyError
from trackexp.reporting import shorten

if TYPE_CHECKING:
    from pandas import DataFrame

# W&B's page on metric names allows letters, digits and underscores, not beginning with a digit; "/" makes the
# sections of its workspace. Letters of other scripts are kept: mapping them away would merge names.
_KEY = re.compile(r"[^\W\d][\w/]*")
_BAD = re.compile(r"[^\w/]+")
_MAX_DEPTH = 32
# An array in the config is stored whole up to so many numbers; a larger one by its shape and digest.
_MAX_ELEMENTS = 1000


def sortable_key(key: str) -> str:
    """Return the nearest metric key that W&B can sort and filter by; a good key comes back as it is.

    >>> sortable_key("val/loss"), sortable_key("bad key!"), sortable_key("5th")
    ('val/loss', 'bad_key', '_5th')
    """
    if _KEY.fullmatch(key):
        return key
    plain = unicodedata.normalize("NFKC", key)
    name = "/".join(_BAD.sub("_", part).strip("_") or "_" for part in plain.split("/") if part) or "_"
    return f"_{name}" if name[0].isdigit() else name


def unsortable(key: str, name: str) -> str:
    """Return why a metric is logged under another name than its own."""
    if sortable_key(key) == key:
        return f"the metric name {key!r} stands for another one in this run; the nearest free one is {name!r}"
    return f"W&B cannot sort or filter by the metric name {key!r}; the nearest valid one is {name!r}"


class KeyMap:
    """Maps each metric key of a run to one that W&B can sort, two different ones never to the same."""

    def __init__(self) -> None:
        self._by_key: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def __call__(self, key: object) -> str:
        """Return the key to log under.

        Raises:
            MetricKeyError: The key is no string.
        """
        if not isinstance(key, str):
            raise MetricKeyError(f"metric key {key!r}: expected a string, not {type(key).__name__}; try {str(key)!r}")
        if key not in self._by_key:
            name, number = sortable_key(key), 2
            while self._taken.get(name, key) != key:
                name, number = f"{sortable_key(key)}_{number}", number + 1
            self._by_key[key], self._taken[name] = name, key
        return self._by_key[key]


def named_values(value: object) -> Mapping[Any, Any] | None:
    """Return a mapping, a namespace or a dataclass's instance as a mapping, what it holds untouched; else None."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, Namespace | SimpleNamespace):
        return vars(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name, None) for item in fields(value)}
    return None


def json_config(config: Mapping[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the config as JSON-ready data, and where a value had to be turned into a string, as dotted places.

    NaN and infinities stay: W&B stores them.
    """
    changed: list[str] = []
    return {str(key): _json(value, str(key), changed, (id(config),)) for key, value in config.items()}, changed


def _json(value: Any, place: str, changed: list[str], around: tuple[int, ...]) -> Any:
    """Return the value as JSON-ready data; `around` are the containers that it stands in, by identity."""
    if value is None or isinstance(value, bool | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, int | float):
        return float(value) if isinstance(value, float) else int(value)
    if len(around) > _MAX_DEPTH or id(value) in around:
        changed.append(place)
        return "…"
    inside = (*around, id(value))
    entries = named_values(value)
    if entries is not None:
        return {str(key): _json(item, f"{place}.{key}", changed, inside) for key, item in entries.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items: Iterable[Any] = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [_json(item, f"{place}[{index}]", changed, inside) for index, item in enumerate(items)]
    plain = _plain(value)
    if plain is not None:
        return plain if isinstance(plain, str | int | float) else _json(plain, place, changed, inside)
    changed.append(place)
    return _described(value)


def _plain(value: Any) -> Any:
    """Return a date, path, enum, number or array of a library as Python's own types; None for anything else."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    scalar = _scalar(value)
    return _numbers(value) if scalar is None else scalar


def _numbers(value: Any) -> Any:
    """Return an array, tensor, series or frame as lists; a large one by its shape and digest; None for anything else.

    One that holds a single number is that number, as W&B has it.
    """
    try:
        if hasattr(value, "columns") and hasattr(value, "to_dict"):  # a data frame
            if value.size <= _MAX_ELEMENTS:
                return {str(name): value[name].tolist() for name in value.columns}
            digest = hashlib.sha256(value.to_csv().encode()).hexdigest()
            return {"columns": [str(name) for name in value.columns], "shape": list(value.shape), "sha256": digest}
        array = value.detach().cpu() if hasattr(value, "detach") else value
        array = array if hasattr(array, "tolist") else array.numpy()
        shape = [int(size) for size in array.shape]
        if math.prod(shape) <= _MAX_ELEMENTS:
            return array.flatten().tolist()[0] if shape == [1] else array.tolist()
        data = getattr(array, "values", array) if not hasattr(array, "tobytes") else array
        data = data.numpy() if not hasattr(data, "tobytes") else data
        digest = hashlib.sha256(data.tobytes()).hexdigest()
        return {"shape": shape, "dtype": str(array.dtype), "sha256": digest}
    except Exception:  # none of these after all, or one of a kind of its own: described
        return None


def _scalar(value: Any) -> Any:
    """Return the Python number in a numpy, torch or tensorflow scalar; None for anything else."""
    if getattr(value, "shape", None) != () or not hasattr(value, "__float__"):
        return None
    try:
        number = value.item() if hasattr(value, "item") else float(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    return number if isinstance(number, bool | int | float) else None


def _described(value: Any) -> str:
    """Return a short description: an array's shape rather than its numbers, otherwise its text."""
    shape, kind = getattr(value, "shape", None), type(value).__name__
    if shape is not None:
        return f"{kind}(shape={tuple(shape)}, dtype={getattr(value, 'dtype', '?')})"
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{getattr(value, '__module__', '')}.{value.__qualname__}"
    try:
        words = str(value)
    except Exception:  # a user's __str__ may do anything, and the config must not stop a training
        return f"<{kind}>"
    return shorten(words, 1000)


def scalars(values: object) -> dict[str, Any]:
    """Return the entries of a mapping that are single numbers, strings or truth values; nothing for a non-mapping."""
    if not isinstance(values, Mapping):
        return {}
    found: dict[str, Any] = {}
    for key, value in values.items():
        plain = value if isinstance(value, bool | int | float | str) else _scalar(value)
        if isinstance(key, str) and plain is not None:
            found[key] = plain
    return found


def is_number(value: object) -> bool:
    """Return whether a value is a single number, of Python or of a library of arrays."""
    return isinstance(value, int | float) or _scalar(value) is not None


def is_loggable(value: Any) -> bool:
    """Return whether W&B takes a value in a row: numbers, texts, arrays, its own media, and what is made of them."""
    if value is None or isinstance(value, int | float | str) or type(value).__module__.split(".")[0] == "wandb":
        return True
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and is_loggable(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_loggable, value))
    return _plain(value) is not None


def more(items: list[str]) -> str:
    """Return how many of a list go unsaid behind the five that are named."""
    return f" and {len(items) - 5} more" if len(items) > 5 else ""


def as_table(frame: DataFrame, images: str | None = None) -> Any:
    """Return a `wandb.Table` of a data frame; the pixel arrays of the column `images` become pictures."""
    import wandb

    columns: list[str | int] = [str(name) for name in frame.columns]
    rows: list[Any] = []
    for line in frame.itertuples(index=False, name=None):
        cells = zip(columns, line, strict=True)
        rows.append([wandb.Image(value) if name == images else _cell(value) for name, value in cells])
    return wandb.Table(columns=columns, data=rows)


def _cell(value: Any) -> Any:
    """Return a cell as JSON has it: numpy's numbers as Python's, what is not finite as None, other things as text."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
