"""What every kind of data gives: batches of inputs with their answers, and some rows again for galleries."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DataOptions:
    """How data is to be read.

    Args:
        part: Which part to take where a file holds several, such as `"test"` of `x_test`.
        target: Name of the column that holds the answers of a table.
        group: Name of the column that holds the groups of a table.
        scale: Inputs are multiplied by it, such as 1/255 for pixels; None leaves them as they are.
        skip_bad: Leave out unreadable images rather than stop at the first look.
        image_shape: Height, width and channels that the model takes; None where it does not say.
        class_names: In the order of the model's outputs; None: not given.
        encoding: Of a `.csv` file, as Python names it; None: inferred.
        max_batches: Of a stream of unknown length, at most so many are taken; 0: all; None: to its end, if that comes
            within half a minute.
    """

    part: str | None = None
    target: str | None = None
    group: str | None = None
    scale: float | None = None
    skip_bad: bool = False
    image_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    encoding: str | None = None
    max_batches: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Some rows.

    Args:
        inputs: What the model is given, `(n, …)`, or a data frame.
        targets: Answers `(n,)` or `(n, n_classes)`.
        ids: Names of the rows; None: their numbers.
        groups: Their groups, or None.
    """

    inputs: Any
    targets: NDArray[Any]
    ids: Sequence[Any] | NDArray[Any] | None = None
    groups: NDArray[Any] | None = None


class DataSource(Protocol):
    """Data that can be gone through in batches."""

    name: str
    class_names: tuple[str, ...] | None
    notes: list[str]

    @property
    def n(self) -> int | None:
        """Rows; None where they are not known before the end."""

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, `size` at a time."""

    def take(self, rows: NDArray[np.intp]) -> Any:
        """Return the inputs of some rows again, or None where they cannot be had twice."""


@dataclass(eq=False)
class ArraySource:
    """Rows that lie in arrays, in memory or mapped from a file."""

    name: str
    inputs: Any
    targets: NDArray[Any]
    ids: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None
    class_names: tuple[str, ...] | None = None
    scale: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.targets)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order."""
        for start in range(0, self.n, size):
            rows = slice(start, start + size)
            yield Batch(
                scaled(_rows(self.inputs, rows), self.scale),
                np.asarray(self.targets[rows]),
                None if self.ids is None else self.ids[rows],
                None if self.groups is None else self.groups[rows],
            )
            _let_go(self.inputs)

    def take(self, rows: NDArray[np.intp]) -> Any:
        """Return the inputs of some rows."""
        return scaled(_rows(self.inputs, rows), self.scale)


def _let_go(inputs: Any) -> None:
    """Give back what was read of a mapped file: its pages count as the process's memory, and are not read again."""
    mapped = getattr(inputs, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _rows(inputs: Any, rows: Any) -> Any:
    return inputs.iloc[rows] if hasattr(inputs, "iloc") else np.asarray(inputs[rows])


def scaled(inputs: Any, scale: float | None) -> Any:
    """Return inputs times the scale, as float32 where there is one."""
    if scale is None:
        return inputs
    return np.asarray(inputs, dtype=np.float32) * np.float32(scale)
