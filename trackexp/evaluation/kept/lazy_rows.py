"""Inputs that stay where they are until a table or a gallery shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class LazyRows:
    """Rows that are read when they are asked for: by number, or many at once.

    Args:
        read: Returns some rows' inputs, by number.
        n: Rows in all.
        places: Of which of the numbers this is a part; None: all.
    """

    lazy = True

    def __init__(self, read: Callable[[NDArray[np.intp]], Any], n: int, places: NDArray[np.intp] | None = None) -> None:
        self._read, self._n, self._places = read, n, places

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, row: int) -> Any:
        return self.take([row])[0]

    def take(self, rows: ArrayLike) -> Any:
        """Return the inputs of some rows."""
        numbers = np.asarray(rows, dtype=np.intp)
        return self._read(numbers if self._places is None else self._places[numbers])

    def part(self, rows: NDArray[np.intp]) -> LazyRows:
        """Return some of the rows, still unread."""
        return LazyRows(self._read, len(rows), rows if self._places is None else self._places[rows])
