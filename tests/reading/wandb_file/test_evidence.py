from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

import pytest

from trackexp.reading.wandb_file import evidence
from trackexp.reading.wandb_file.evidence import is_being_written, state_of
from trackexp.record import Damage, State

HERE = platform.node()


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A file that nobody has touched for an hour."""
    path = tmp_path / "run-x.wandb"
    path.write_bytes(b"x")
    os.utime(path, (time.time() - 3600,) * 2)
    return path


@pytest.fixture(autouse=True)
def _look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_LOOK_AGAIN", 1e-9)


@pytest.mark.parametrize(
    ("code", "state"),
    [(0, "finished"), (1, "failed"), (-1, "failed"), (137, "failed"), (255, "interrupted"), (130, "interrupted")],
)
def test_the_exit_record_decides(old_file: Path, code: int, state: str) -> None:
    """With an exit record nothing else is asked."""
    assert State(state) is state_of(code, old_file, HERE, (), 1)


def test_without_an_exit_record_a_dead_run_was_killed(old_file: Path) -> None:
    """Nobody writes and nothing was recorded of an end."""
    assert State.KILLED is state_of(None, old_file, HERE, (), 1)
    assert State.KILLED is state_of(None, old_file, "elsewhere", (), 1)


@pytest.mark.parametrize(
    ("damage", "state"),
    [
        (Damage(5, 5, "checksum"), State.UNKNOWN),
        (Damage(5, 5, "garbage"), State.UNKNOWN),
        (Damage(5, 5, "truncated"), State.KILLED),
        (Damage(5, 5, "zeros"), State.KILLED),
        (Damage(2, 5, "checksum"), State.KILLED),
    ],
)
def test_a_damaged_end_may_have_held_the_exit_record(old_file: Path, damage: Damage, state: State) -> None:
    """Where the last record is unreadable the end is unknown; a cut or zeros are what killing leaves."""
    assert state is state_of(None, old_file, HERE, (damage,), 10)


@pytest.mark.skipif(sys.platform != "linux", reason="open files are looked up in /proc")
def test_a_process_that_holds_the_file_open_is_a_living_writer(old_file: Path) -> None:
    """However old the file is; and through a link to it as well."""
    link = old_file.with_name("link.wandb")
    link.symlink_to(old_file)

    with old_file.open("ab"):
        assert is_being_written(old_file, HERE)
        assert is_being_written(link, "elsewhere")
    assert not is_being_written(old_file, HERE)


def test_a_fresh_file_from_another_host_counts_as_growing(old_file: Path) -> None:
    """On a shared disk the writer's processes cannot be seen, so the time of the last change is asked."""
    assert not is_being_written(old_file, "elsewhere")

    os.utime(old_file)

    assert is_being_written(old_file, "elsewhere")


@pytest.mark.skipif(sys.platform != "linux", reason="open files are looked up in /proc")
def test_a_fresh_file_of_this_host_that_nobody_holds_is_not_growing(old_file: Path) -> None:
    """A run that was killed a second ago is known as killed at once."""
    os.utime(old_file)

    assert not is_being_written(old_file, HERE)


def test_a_file_that_vanished_is_not_being_written(tmp_path: Path) -> None:
    """It raises nothing."""
    assert not is_being_written(tmp_path / "gone.wandb", HERE)
