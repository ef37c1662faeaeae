"""An interval of confidence, and the level it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scipy.special import ndtri

from trackexp.errors import UsageError


@dataclass(frozen=True, slots=True)
class Interval:
    """Two ends, the level of confidence between them, and how they were found.

    >>> low, high = Interval(0.1, 0.3, 0.95, "wilson")
    >>> low, high
    (0.1, 0.3)
    """

    low: float
    high: float
    level: float = 0.95
    method: str = ""

    def __iter__(self) -> Iterator[float]:
        yield self.low
        yield self.high

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def to_dict(self) -> dict[str, float | str]:
        """Return the interval as JSON-ready data."""
        return {"low": self.low, "high": self.high, "level": self.level, "method": self.method}

    def map(self, scale: float, shift: float = 0.0) -> Interval:
        """Return the interval of `scale * x + shift`; a negative scale swaps the ends."""
        ends = sorted((scale * self.low + shift, scale * self.high + shift))
        return Interval(ends[0], ends[1], self.level, self.method)


def check_level(level: float) -> float:
    """Return the level if it is one, in (0, 1)."""
    if not 0.0 < level < 1.0:
        near = f"{level / 100:g}" if 1.0 < level < 100.0 else "0.95"
        raise UsageError(f"level is {level}; expected a share between 0 and 1 such as {near}.")
    return level


def normal_quantile(level: float) -> float:
    """Return how many standard deviations hold the given level on both sides.

    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    return float(ndtri(0.5 + check_level(level) / 2))
