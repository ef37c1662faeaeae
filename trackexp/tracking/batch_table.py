"""A table of numbers in a plain `.npy` file that grows in place, so that a cut at any moment costs a row at most."""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import BytesIO, FileIO
from pathlib import Path

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
        self._file: FileIO | None = None

    def append(self, steps: _Ints, epochs: _Ints, metrics: Mapping[str, NDArray[np.float64]]) -> None:
        """Append rows; each array has shape (n,), and a metric that was not there before becomes a further column.

        Raises:
            OSError: The file cannot be written.
        """
        known = list(self._dtype.names or ())
        new = [name for name in metrics if name not in known]
        if new or self._file is None:
            self._widen([*known[2:], *new])
        rows: NDArray[np.void] = np.empty(len(steps), self._dtype)
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
        """Begin the file, or write it anew with further columns: a second fit may have other metrics.

        Where that fails the table stays as it is, and takes rows of its columns.
        """
        wider = BatchTable(self.path.with_name(f".{self.path.name}.part"))
        wider._dtype = _dtype(names)
        wider._file = FileIO(wider.path, "w+")
        try:
            wider._write_header(0)
            if self._file is not None:
                wider._write(_cast(read_batches(self.path)[0], wider._dtype))
            wider.path.replace(self.path)
        except OSError:
            wider.close()
            wider.path.unlink(missing_ok=True)
            raise
        self.close()
        self._file, self._dtype, self._rows = wider._file, wider._dtype, wider._rows

    def _write(self, rows: NDArray[np.void]) -> None:
        """Write rows behind the others, then the header that counts them, which has the same length for any count."""
        assert self._file is not None
        begin = self._file.seek(0, os.SEEK_END)
        try:
            _write_all(self._file, rows.tobytes())
            self._write_header(self._rows + len(rows))
        except OSError:  # half a row would spoil all that follow
            self._file.truncate(begin)
            raise
        self._rows += len(rows)

    def _write_header(self, count: int) -> None:
        assert self._file is not None
        header = {"descr": npy.dtype_to_descr(self._dtype), "fortran_order": False, "shape": (count,)}
        text = BytesIO()
        npy.write_array_header_2_0(text, header)
        self._file.seek(0)
        _write_all(self._file, text.getvalue())


def _write_all(file: FileIO, data: bytes) -> None:
    """Write past any buffer: what a full disk refuses must not come later, behind other rows."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _dtype(names: list[str]) -> np.dtype[np.void]:
    return np.dtype([(STEP, np.int64), (EPOCH, np.int64), *((name, np.float64) for name in names)])


def _cast(rows: NDArray[np.void], dtype: np.dtype[np.void]) -> NDArray[np.void]:
    wider = np.empty(len(rows), dtype)
    for name in dtype.names or ():
        wider[name] = rows[name] if name in (rows.dtype.names or ()) else np.nan
    return wider
