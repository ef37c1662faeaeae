from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackexp.reading.batch_history import read_batches
from trackexp.tracking.batch_table import BatchTable

NAMES = st.lists(st.sampled_from(["batch/loss", "batch/accuracy", "batch/auc"]), unique=True)
CHUNKS = st.lists(st.tuples(st.integers(0, 5), NAMES), max_size=6)


def write(path: Path, chunks: list[tuple[int, list[str]]]) -> list[dict[str, float]]:
    """Write chunks of so many rows with these metrics; return the rows as they must be read."""
    table, rows = BatchTable(path), []
    for count, names in chunks:
        steps = np.arange(len(rows), len(rows) + count)
        metrics = {name: steps + len(name) / 100 for name in names}
        table.append(steps, steps // 4, metrics)
        rows += [{"batch/step": int(step), **{name: step + len(name) / 100 for name in names}} for step in steps]
    table.close()
    return rows


@given(CHUNKS)
@settings(deadline=None, max_examples=50)
def test_every_row_is_read_back(tmp_path_factory: pytest.TempPathFactory, chunks: list[tuple[int, list[str]]]) -> None:
    """Whatever columns come later, each row has its values, and NaN where it had none."""
    path = tmp_path_factory.mktemp("table") / "batch-history.npy"
    expected = write(path, chunks)
    if not chunks:
        return
    rows, damage = read_batches(path)
    found = [
        {name: row[name].item() for name in rows.dtype.names if name != "epoch" and not np.isnan(row[name])}
        for row in rows
    ]

    assert (expected, None) == (found, damage)


def test_numpy_alone_reads_the_table(tmp_path: Path) -> None:
    """`numpy.load` gives the same rows, a column a metric."""
    path = tmp_path / "batch-history.npy"
    write(path, [(3, ["batch/loss"]), (2, ["batch/loss", "batch/auc"])])
    table = np.load(path)

    assert ("batch/step", "epoch", "batch/loss", "batch/auc") == table.dtype.names
    assert [0, 1, 2, 3, 4] == table["batch/step"].tolist()


def test_any_cut_gives_the_rows_before_it(tmp_path: Path) -> None:
    """A file cut at any byte gives every row that is whole there, and says what is lost."""
    path, cut = tmp_path / "batch-history.npy", tmp_path / "cut.npy"
    write(path, [(4, ["batch/loss"]), (3, ["batch/loss"])])
    whole = path.read_bytes()
    width = 3 * 8
    begin = len(whole) - 7 * width
    seen = []
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        rows, damage = read_batches(cut)
        seen.append((len(rows), damage is not None))

    expected = [
        (max(0, length - begin) // width, length < begin or (length - begin) % width > 0)
        for length in range(len(whole))
    ]
    assert expected == seen


def test_rows_behind_a_header_that_is_late_are_read(tmp_path: Path) -> None:
    """A process killed between the rows and their count in the header has lost none of them."""
    path = tmp_path / "batch-history.npy"
    table = BatchTable(path)
    table.append(np.arange(3), np.zeros(3, np.int64), {"batch/loss": np.arange(3.0)})
    table.close()
    header = path.read_bytes()
    path.write_bytes(header.replace(b"(3,)", b"(0,)"))
    rows, damage = read_batches(path)

    assert ([0.0, 1.0, 2.0], None) == (rows["batch/loss"].tolist(), damage)
