"""A table of numbers in a plain `.npy` file that grows in place, so that a cut at any moment costs a row at most."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from trackexp.reading.batch_history import EPOCH, STEP, read_batches

_Ints = NDArray[np.int64]


class BatchTable:
    """One structured array, with the columns `batch/step`, `epoch` and one for each metric.

    Args:
        path: The file; one that is there is begun anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._dtype = _dtype([])
        self._rows = 0
        self._file: BinaryIO | None = None

    def append(self, steps: _Ints, epochs: _Ints, metrics: Mapping[str, NDArray[np.float64]]) -> None:
        """Append rows; each array has shape (n,), and a metric that was not there before becomes a further column.

        Raises:
            OSError: The file cannot be written.
        """
        known = list(self._dtype.names or ())
        new = [name for name in metrics if name not in known]
        if new or self._file is None:
            self._widen([*known[2:], *new])
        rows = np.empty(len(steps), self._dtype)
        rows[STEP], rows[EPOCH] = steps, epochs
        for name in (self._dtype.names or ())[2:]:
            rows[name] = metrics.get(name, np.nan)
        self._write(rows)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _widen(self, names: list[str]) -> None:
        """Begin the file, or write it anew with further columns: a second fit may have other metrics."""
        before = None
        if self._file is not None:
            self.close()
            before, _ = read_batches(self.path)
        self._dtype = _dtype(names)
        part = self.path.with_name(f".{self.path.name}.part")
        file = part.open("w+b")
        try:
            self._file, self._rows = file, 0
            self._write(_cast(before, self._dtype) if before is not None else np.empty(0, self._dtype))
            part.replace(self.path)
        except OSError:
            self.close()
            part.unlink(missing_ok=True)
            raise

    def _write(self, rows: NDArray[np.void]) -> None:
        """Write rows behind the others, then the header that counts them, which has the same length for any count."""
        assert self._file is not None
        if self._rows == 0:
            self._write_header(0)
        begin = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(rows.tobytes())
            self._file.flush()
        except OSError:  # half a row would spoil all that follow
            self._file.truncate(begin)
            raise
        self._rows += len(rows)
        self._write_header(self._rows)

    def _write_header(self, count: int) -> None:
        assert self._file is not None
        self._file.seek(0)
        header = {"descr": npy.dtype_to_descr(self._dtype), "fortran_order": False, "shape": (count,)}
        npy.write_array_header_2_0(self._file, header)
        self._file.flush()


def _dtype(names: list[str]) -> np.dtype[np.void]:
    return np.dtype([(STEP, np.int64), (EPOCH, np.int64), *((name, np.float64) for name in names)])


def _cast(rows: NDArray[np.void], dtype: np.dtype[np.void]) -> NDArray[np.void]:
    wider = np.empty(len(rows), dtype)
    for name in dtype.names or ():
        wider[name] = rows[name] if name in (rows.dtype.names or ()) else np.nan
    return wider
