from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp.errors import FilterError, UsageError
from trackexp.viewing import Board
from trackexp.viewing.rows import Table

PATIENCE = 30.0  # seconds, far beyond what a busy machine needs


def waited(board: Board, holds: Callable[[], bool]) -> bool:
    """Wait for news until something holds."""
    version = board.version
    while not holds():
        if not board.wait(version, PATIENCE):
            return holds()
        version = board.version
    return True


def test_a_run_that_appears_and_vanishes_comes_and_goes(board: Board, add_run: Callable[..., Path]):
    """Nobody asks for it."""
    path = add_run("thirdrun")

    assert waited(board, lambda: board.entry("thirdrun") is not None)
    shutil.rmtree(path.parent)
    assert waited(board, lambda: board.entry("thirdrun") is None)
    assert ["thirdrun"] == board.since(1).removed


def test_a_folder_may_come_later_go_and_come_back(tmp_path: Path, add_run: Callable[..., Path], folder: Path):
    """A view is often opened before the first training."""
    (kept := add_run("firstrun").parent).rename(aside := tmp_path / "aside")
    folder.rmdir()
    with Board([folder]) as board:
        said = Table(board).since(0)["notices"]
        folder.mkdir()
        aside.rename(kept)
        came = waited(board, lambda: board.entry("firstrun") is not None)
        shutil.rmtree(folder)
        went = waited(board, lambda: board.entry("firstrun") is None)

    assert [f"{folder} is not there yet; the page follows it as soon as it is"] == said
    assert (True, True) == (came, went)


@pytest.mark.parametrize("content", [b"", b"<html>", bytes(100), b":W&B\xe1\xbe\x00"])
def test_a_damaged_file_hides_no_other_run(folder: Path, add_run: Callable[..., Path], content: bytes):
    """What cannot be read is said by its place."""
    add_run("firstrun")
    bad = folder / "offline-run-20260101_120001-broken" / "run-broken.wandb"
    bad.parent.mkdir()
    bad.write_bytes(content)
    with Board([folder]) as board:
        keys = [entry.key for entry in board.entries()]
        notices = Table(board).since(0)["notices"]

    assert "firstrun" in keys
    assert ("broken" in keys) != any(str(bad) in notice for notice in notices)


def test_an_empty_file_that_becomes_a_run_is_seen(folder: Path, add_run: Callable[..., Path]):
    """W&B writes the first records of a run some seconds after its file."""
    path = add_run("firstrun")
    data = path.read_bytes()
    path.write_bytes(b"")
    with Board([folder]) as board:
        before = board.entries()
        path.write_bytes(data)

        assert [] == before
        assert waited(board, lambda: board.entry("firstrun") is not None)


def test_copies_of_one_run_are_two_rows(folder: Path, add_run: Callable[..., Path]):
    """Each has a key of its own that a link can name."""
    path = add_run("firstrun")
    shutil.copytree(path.parent, folder / "copies" / path.parent.name)
    with Board([folder]) as board:
        keys = [entry.key for entry in board.entries()]

    assert (2, "firstrun") == (len(set(keys)), keys[0])


def test_a_row_is_read_while_its_run_is_written(
    folder: Path, growing_run: Callable[[float], None], add_run: Callable[..., Path]
):
    """State, progress and values follow the file of a real run."""
    add_run("firstrun")
    growing_run(0.5)
    with Board([folder]) as board:
        seen = []
        for loss in (0.25, 0.125):
            growing_run(loss)
            assert waited(board, lambda loss=loss: has_loss(board, loss))
            entry = board.entry("growing")
            assert entry is not None
            seen.append((str(entry.record.state), entry.progress["epoch"]))

    assert [("running", 2), ("running", 3)] == seen


def has_loss(board: Board, loss: float) -> bool:
    """Return whether the growing run has come to a loss."""
    entry = board.entry("growing")
    return entry is not None and loss == entry.record.summary.get("val/loss")


def test_a_viewer_sees_what_fits_its_filter_and_loses_what_does_not_any_more(board: Board):
    """Filters and columns are those of `trackexp ls`."""
    fitting = Table(board, 'id == "firstrun"', ["id", "val/loss"]).since(0)
    none = Table(board, "config.lr > 100").since(0)

    assert (["id", "val/loss"], [["firstrun", 0.5]]) == (fitting["columns"], [row[5] for row in fitting["rows"]])
    assert [] == none["rows"]


@pytest.mark.parametrize(("condition", "columns"), [("config.lr <", []), ("", ["nothing"]), ("(((", [])])
def test_a_wrong_filter_or_column_is_said_at_once(board: Board, condition: str, columns: list[str]):
    """Before a page waits for rows that never come."""
    with pytest.raises(FilterError):
        Table(board, condition, columns)


def test_a_server_is_no_folder():
    """W&B's own page shows a project on a server."""
    with pytest.raises(UsageError, match="is on a server"):
        Board(["https://wandb.ai/someone/digits"])
