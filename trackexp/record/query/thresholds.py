"""A number and its limit, as a user writes them: `val/loss < 0.3`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trackexp.errors import UsageError, nearest
from trackexp.record.query.operators import OPERATORS

_FORM = re.compile(r"\s*([^<>=!]+?)\s*(<=|>=|==|!=|<|>)\s*([^<>=!\s]+)\s*")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A name, a sign and a limit.

    Args:
        name: Of a number; what names there are is up to who reads it.
        sign: One of `OPERATORS`.
        limit: Never nan.
    """

    name: str
    sign: str
    limit: float

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.limit:.12g}"

    def holds(self, value: float) -> bool:
        """Tell whether a value is on the side of the limit that the sign names; nan is on neither."""
        return OPERATORS[self.sign](value, self.limit)

    def value_in(self, numbers: Mapping[str, Any], told: str) -> float | None:
        """Return the number that the threshold is about; None where it is undefined: missing by nature, or nan.

        Args:
            numbers: What was measured, by name; what is no number is passed over.
            told: Begins the message where there is none of this name: `"--require: the evaluation has no number"`.

        Raises:
            UsageError: There is no such number; with the nearest, and those that there are.
        """
        value = numbers.get(self.name)
        if self.name not in numbers or not isinstance(value, int | float | None):
            names = [name for name, known in numbers.items() if isinstance(known, int | float)]
            raise UsageError(f"{told} {self.name!r}{nearest(self.name, names)}; there are {', '.join(names)}.")
        return None if value is None or math.isnan(value) else float(value)


def parse_threshold(text: str, option: str, example: str) -> Threshold:
    """Read a threshold.

    >>> parse_threshold("val/loss<=3e-1", "require=", "latency_ms < 20")
    Threshold(name='val/loss', sign='<=', limit=0.3)

    Args:
        text: A name, a sign and a number.
        option: How the user gave it, with what stands between it and the text: `"--require "` or `"require="`.
        example: One that fits where it is asked for.

    Raises:
        UsageError: It is not of this form.
    """
    match = _FORM.fullmatch(text)
    try:
        limit = float(match[3]) if match else math.nan
    except ValueError:
        limit = math.nan
    if match is None or math.isnan(limit):
        raise UsageError(
            f"{option}{text!r} does not read as a threshold: expected a name, one of {' '.join(OPERATORS)} and a "
            f"number, such as {example!r}."
        )
    return Threshold(match[1], match[2], limit)
