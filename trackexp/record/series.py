"""History: one column of numbers per metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a run that logs no metric, and the talk of one that ends, need no numpy
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Series:
    """One metric over the run.

    Args:
        name: The metric's key as the run logged it.
        steps: W&B's step of each row, int64, shape (n,), rising.
        values: The value at each step, float64, shape (n,); NaN and infinities are kept.
    """

    name: str
    steps: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        import numpy as np

        if not isinstance(other, Series):
            return NotImplemented
        return (
            self.name == other.name
            and np.array_equal(self.steps, other.steps)
            and np.array_equal(self.values, other.values, equal_nan=True)
        )

    @property
    def last(self) -> float:
        """The last value; NaN for a series without values."""
        return float(self.values[-1]) if len(self.values) else float("nan")


class History(Mapping[str, Series]):
    """The run's metrics by the key under which they were logged; iterates in the order of first appearance."""

    def __init__(self, series: Mapping[str, Series] | None = None) -> None:
        self._series = dict(series or {})

    @classmethod
    def from_rows(cls, rows: list[Mapping[str, Any]]) -> History:
        """Build it from rows as W&B logs them, `{"_step": 0, "val/loss": 0.3, …}`; what is no number is left out."""
        import numpy as np

        columns: dict[str, tuple[list[int], list[float]]] = {}
        for index, row in enumerate(rows):
            step = row.get("_step", index)
            for key, value in row.items():
                if isinstance(value, int | float) and key != "_step":
                    steps, values = columns.setdefault(key, ([], []))
                    steps.append(step)
                    values.append(value)
        return cls({k: Series(k, np.array(s, np.int64), np.array(v, np.float64)) for k, (s, v) in columns.items()})

    def __getitem__(self, name: str) -> Series:
        return self._series[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __repr__(self) -> str:
        return f"History({', '.join(f'{name}[{len(s)}]' for name, s in self._series.items())})"
