"""Values of a live training script as JSON: numbers, short text, lists and mappings, and names for the rest."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

MAX_ITEMS = 64
MAX_TEXT = 200
MAX_DEPTH = 4


def plain(value: Any, depth: int = 0) -> Any:
    """Return `value` as JSON-ready data; what JSON cannot hold becomes None (NaN) or a name (a function, an object).

    >>> plain({"rate": np.float32(0.5), "size": (3, 3), "bad": float("nan"), "by": len})
    {'rate': 0.5, 'size': [3, 3], 'bad': None, 'by': 'len'}
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.size <= MAX_ITEMS):
        return plain(value.tolist(), depth)
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in list(value.items())[:MAX_ITEMS]}
    if depth < MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in list(value)[:MAX_ITEMS]]
    return name_of(value)


def number(value: Any) -> float | None:
    """Return a finite float, or None for what is none."""
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def name_of(value: Any) -> str:
    """Return the name of a function or class, the name of the wrapped function, or the class of any other object."""
    while (wrapped := getattr(value, "func", None)) is not None and callable(wrapped):  # functools.partial
        value = wrapped
    name = getattr(value, "__name__", None)
    return (name if isinstance(name, str) else type(value).__name__)[:MAX_TEXT]


def snake_case(name: str) -> str:
    """Return Keras's snake case of a class name.

    >>> snake_case("BinaryCrossentropy"), snake_case("KLDivergence"), snake_case("AUC"), snake_case("LeakyReLU")
    ('binary_crossentropy', 'kl_divergence', 'auc', 'leaky_relu')
    """
    name = name.replace("ReLU", "Relu").replace("PRelu", "Prelu").replace("ELU", "Elu")
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def is_own(value: Any, *roots: str) -> bool:
    """Return whether the function, or the object's class, comes from one of these packages, such as `"keras"`."""
    while (wrapped := getattr(value, "func", None)) is not None and callable(wrapped):
        value = wrapped
    module = getattr(value, "__module__", None) or type(value).__module__
    return str(module).split(".", 1)[0] in roots


def is_overridden(kind: type, method: str) -> bool:
    """Return whether a class of the user's, below the framework's own, defines the method.

    It is told by the class that defines it, not by the function: another tool may have wrapped the framework's.
    """
    owner = next((base for base in kind.__mro__ if method in vars(base)), None)
    return owner is not None and owner.__module__.split(".", 1)[0] not in ("builtins", "keras", "tensorflow", "torch")


def described(value: Any) -> Any:
    """Return a configurable object (initializer, regularizer, schedule) as a name, or as name and scalar arguments."""
    if value is None or isinstance(value, str):
        return value
    identifier = snake_case(name_of(value))
    try:
        config = value.get_config()
    except (AttributeError, NotImplementedError, TypeError):
        return identifier
    skipped = ("seed", "name", "dtype")
    arguments = {key: plain(item) for key, item in config.items() if key not in skipped and item is not None}
    return {"identifier": identifier, **arguments} if arguments else identifier
