"""Nested mappings laid flat, as W&B's tables and filters write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def dotted(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return every leaf under its dotted key; lists and empty mappings are leaves.

    >>> dotted({"optimizer": {"name": "adam", "lr": 0.001}, "epochs": 5})
    {'optimizer.name': 'adam', 'optimizer.lr': 0.001, 'epochs': 5}
    """
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, Mapping) and value:
            flat.update(dotted(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat
