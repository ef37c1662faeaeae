"""Rows that W&B's own process could no longer take: read back as the run's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from wandb.proto import wandb_internal_pb2 as pb

from trackexp.reading import read_run
from trackexp.reading.places import LATER_ROWS
from trackexp.tracking.arrival.later_rows import LaterRows

Write = Callable[[Sequence[bytes]], bytes]


def row(step: int, **numbers: str) -> bytes:
    """Return a record of one row of history."""
    record = pb.Record(num=step + 1)
    record.history.step.num = step
    for name, text in {"_step": str(step), **numbers}.items():
        record.history.item.add(key=name, value_json=text)
    return bytes(record.SerializeToString())


@pytest.fixture
def run_file(write_log: Write, tmp_path: Path) -> Path:
    """A run of two rows."""
    folder = tmp_path / "offline-run-20260101_000000-abcd1234"
    folder.mkdir()
    path = folder / "run-abcd1234.wandb"
    path.write_bytes(write_log([row(0, loss="0.5"), row(1, loss="0.4")]))
    return path


def test_later_rows_follow_those_of_the_file(run_file: Path) -> None:
    """Of a step that both have, the file's own counts; a metric may begin there; the parts of a row are one."""
    lines = [
        '{"step": 1, "items": {"loss": "9"}}',
        '{"step": 2, "items": {"loss": "0.3"}}',
        '{"step": 2, "items": {"acc": "NaN"}}',
        '{"step": 3, "items": {"acc": "0.7", "note": "\\"x\\""}}',
    ]
    run_file.with_name(LATER_ROWS).write_text("\n".join(lines) + "\n")
    record = read_run(run_file)

    assert [0.5, 0.4, 0.3] == record.history["loss"].values.tolist()
    assert [0, 1, 2] == record.history["loss"].steps.tolist()
    assert ([2, 3], 0.7) == (record.history["acc"].steps.tolist(), record.history["acc"].values[1])
    assert "note" not in record.history
    assert () == tuple(part for part in record.damage if part.path is not None and part.path.name == LATER_ROWS)


@pytest.mark.parametrize(
    "line", ["", "[]", '{"step": "x", "items": {}}', '{"step": 2}', '{"step": 1e999, "items": {"a": "1"}}', "[" * 9999]
)
def test_a_line_that_is_none_is_damage(run_file: Path, line: str) -> None:
    """And the others are read."""
    run_file.with_name(LATER_ROWS).write_text(f'{line}\n{{"step": 2, "items": {{"loss": "0.3"}}}}\n{{"step": 3, "it')
    record = read_run(run_file)

    assert [0.5, 0.4, 0.3] == record.history["loss"].values.tolist()
    assert LATER_ROWS in [part.path.name for part in record.damage if part.path is not None]


def test_rows_wait_for_room_on_a_full_disk(tmp_path: Path) -> None:
    """None is sent to a process that is gone, and none is lost while there is memory for it."""
    folder = tmp_path / "later"
    rows = LaterRows(folder, lambda: True, lambda: 7)
    passes = rows.behind(lambda record: True)
    record = pb.Record()
    record.request.partial_history.item.add(key="loss", value_json="0.5")
    first = passes(record)  # there is no such folder yet
    folder.mkdir()
    second = passes(record)
    lines = (folder / LATER_ROWS).read_text().splitlines()

    assert (False, False) == (first, second)
    assert ['{"step": 7, "items": {"loss": "0.5"}}'] * 2 == lines


def test_what_is_no_row_goes_its_way(tmp_path: Path) -> None:
    """Also to a process that is gone; while it lives, rows go too, and nothing is written."""
    alive = LaterRows(tmp_path, lambda: False, lambda: 0).behind(lambda record: True)
    gone = LaterRows(tmp_path, lambda: True, lambda: 0).behind(lambda record: True)
    record, exiting = pb.Record(), pb.Record()
    record.request.partial_history.item.add(key="loss", value_json="0.5")
    exiting.exit.exit_code = 0

    assert (True, True, True) == (alive(record), alive(exiting), gone(exiting))
    assert [] == list(tmp_path.iterdir())
