from __future__ import annotations

from pathlib import Path

import pytest

from trackexp import track
from trackexp.reading.wandb_file.framing import BLOCK
from trackexp.reading.wandb_file.tail import has_exit


@pytest.mark.parametrize("rows", [1, 400])
def test_an_ended_run_has_its_exit_in_its_last_blocks(workspace: Path, rows: int) -> None:
    """The exit of a run is found in a file of one block and in one of many, and is missed once it is cut away."""
    with track("tail", mode="offline", settings={"console": "off"}) as run:
        for step in range(rows):
            run.log({"step": step, "text": "x" * 200})
        path = run.folder / f"run-{run.id}.wandb"
        before = has_exit(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - len(whole) % BLOCK if rows > 1 else len(whole) // 2])

    assert (False, False) == (before, has_exit(path))
    path.write_bytes(whole)
    assert has_exit(path)


def test_no_file_has_no_exit(tmp_path: Path) -> None:
    """A file that is not there, or no run, has no exit."""
    (tmp_path / "text.wandb").write_text("no run")

    assert [False, False] == [has_exit(tmp_path / "none.wandb"), has_exit(tmp_path / "text.wandb")]
