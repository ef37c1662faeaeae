from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wandb

from trackexp.reading.wandb_file.assembly import read_file
from trackexp.reading.wandb_file.framing import LogReader
from trackexp.reading.wandb_file.rewriting import copy_without_rows


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 300 rows, some of whose records are longer than a block of the file."""
    folder = tmp_path_factory.mktemp("long")
    with wandb.init(project="p", dir=folder, mode="offline", settings=wandb.Settings(silent=True)) as run:
        for step in range(300):
            run.log({"loss": 1 / (step + 1), **({"text": "x" * 70_000} if step % 100 == 50 else {})})
    return next(folder.rglob("*.wandb"))


def payloads(path: Path) -> list[bytes]:
    """Return the records of a file."""
    with path.open("rb") as file:
        return [frame.payload for frame in LogReader(file)]


def test_a_copy_without_nothing_is_the_same_run(long_run: Path, tmp_path: Path) -> None:
    """Where no row has arrived every record is copied, also those longer than a block, byte for byte."""
    copied = copy_without_rows(long_run, tmp_path / "copy.wandb", -1)

    assert 300 == copied
    assert payloads(long_run) == payloads(tmp_path / "copy.wandb")
    assert long_run.read_bytes() == (tmp_path / "copy.wandb").read_bytes()


@pytest.mark.parametrize("last_step", [0, 49, 50, 298, 299])
def test_only_the_rows_behind_the_last_one_are_copied(long_run: Path, tmp_path: Path, last_step: int) -> None:
    """Rows up to the last step are left out, and everything else of the run is there."""
    path = tmp_path / "run-copy.wandb"
    copied = copy_without_rows(long_run, path, last_step)
    whole, part = read_file(long_run), read_file(path)

    assert 299 - last_step == copied
    assert [] == list(part.damage)
    assert whole.summary == part.summary
    assert list(range(last_step + 1, 300)) == (part.history["loss"].steps.tolist() if copied else [])
    if copied:
        assert np.array_equal(whole.history["loss"].values[last_step + 1 :], part.history["loss"].values)
