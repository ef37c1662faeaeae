"""Formats of models, found by looking into this folder: a module with a `FORMAT` is a format, and needs no list."""

from __future__ import annotations

import pkgutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from trackexp.errors import UsageError
from trackexp.models.model import Model

_LARGE = 1_000_000_000  # bytes; below, unpacking harms nobody
_TIGHTEST = 100  # times smaller than unpacked: weights are noise, and noise does not pack


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a user may say of a model file.

    Args:
        constructor: `package.module:build`, which returns the model that weights belong to.
        trust: Load files that can run code: pickles, and Keras's Lambda layers.
        known: Classes and functions by name that the file may need: layers and losses of the user's own.
    """

    constructor: str | None = None
    trust: bool = False
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Format:
    """One way of storing models, and the kind of object that it stores.

    Args:
        name: The framework, as `Model.framework` has it.
        suffixes: Of its files, in lower case.
        load: Returns the model in a file; raises `UsageError` saying what is wrong with the file or lacking.
        accepts: Whether an object is a model of this framework; never imports the framework.
        wrap: Returns such an object as `Model`, under a name.
    """

    name: str
    suffixes: tuple[str, ...]
    load: Callable[[Path, LoadOptions], Model]
    accepts: Callable[[Any], bool] = lambda _model: False
    wrap: Callable[[Any, str], Model] | None = None


@cache
def all_formats() -> tuple[Format, ...]:
    """Return every format of this folder, in the order of their modules' names."""
    package = __name__.rpartition(".")[0]
    modules = [import_module(f"{package}.{info.name}") for info in pkgutil.iter_modules([str(Path(__file__).parent)])]
    return tuple(module.FORMAT for module in modules if hasattr(module, "FORMAT"))


def model_suffixes() -> tuple[str, ...]:
    """Return the suffixes of every format.

    >>> ".keras" in model_suffixes(), ".csv" in model_suffixes()
    (True, False)
    """
    return tuple(suffix for one in all_formats() for suffix in one.suffixes)


def refuse_bomb(path: Path) -> None:
    """Raise for a zip of a model that unpacks to far more than weights do.

    Raises:
        UsageError: It does; how much it is, is said.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > _LARGE and unpacked > _TIGHTEST * path.stat().st_size:
        raise UsageError(
            f"{path} unpacks from {path.stat().st_size / 1e6:.1f} MB to {unpacked / 1e9:.1f} GB, as no model does; "
            "it is not loaded."
        )


def class_names_of(model: Any) -> set[str]:
    """Return `package.Class` of every class that an object is of.

    >>> sorted(class_names_of(1))
    ['builtins.int', 'builtins.object']
    """
    return {f"{base.__module__.partition('.')[0]}.{base.__name__}" for base in type(model).__mro__}
