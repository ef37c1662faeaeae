"""Strict JSON of results: what is undefined becomes null, never NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def json_ready(value: Any) -> Any:
    """Return plain data: numpy numbers as Python's, tuples as lists, what is not finite as None.

    >>> json_ready({"a": float("nan"), "b": (1, 2)})
    {'a': None, 'b': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [json_ready(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_json(value: Any) -> str:
    """Return strict JSON, keys in their order, names of every language as they are."""
    return json.dumps(json_ready(value), ensure_ascii=False, allow_nan=False, indent=2)
