from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trackexp.reading import list_runs, read_runs
from trackexp.reading.listing import cache as cache_module
from trackexp.reading.listing import runs as listing_module
from trackexp.record import RunRecord


@pytest.fixture
def place(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the recorded runs, with a cache of its own."""
    shutil.copytree(runs / "wandb", tmp_path / "wandb", symlinks=True)
    monkeypatch.setenv("TRACKEXP_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "wandb"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read, as they are."""
    names: list[str] = []
    real = listing_module.read_sessions

    def noted(paths: list[Path], *, history: bool) -> RunRecord:
        names.extend(path.stem.removeprefix("run-") for path in paths)
        return real(paths, history=history)

    monkeypatch.setattr(listing_module, "read_sessions", noted)
    return names


def shown(record: RunRecord) -> dict[str, Any]:
    """Return all that a listing has of a run."""
    names = ("id", "name", "project", "entity", "group", "job_type", "tags", "notes", "state", "exit_code")
    more = {"config": dict(record.config), "summary": repr(sorted(dict(record.summary).items()))}
    times = {"started_at": record.started_at, "runtime": record.runtime, "path": record.path, "damage": record.damage}
    return {name: getattr(record, name) for name in names} | more | times


def test_the_second_listing_reads_nothing_and_says_the_same(place: Path, read: list[str]) -> None:
    """Every field of every run comes back from the cache, values that are not finite among them."""
    first, before = [shown(run) for run in list_runs(place)], len(read)
    second = [shown(run) for run in list_runs(place)]

    assert first == second == [shown(run) for run in read_runs(place, history=False)]
    assert (4, 4) == (before, len(read))


def test_only_what_changed_is_read_again(place: Path, read: list[str]) -> None:
    """A file of another size or time; one that is new; one that is gone is not listed."""
    list(list_runs(place))
    read.clear()
    os.utime(next(place.glob("*failed1/*.wandb")), ns=(1, 1))
    shutil.rmtree(next(place.glob("*ctrlc1")))

    assert {"richrun1", "failed1", "longrun1"} == {run.id for run in list_runs(place)}
    assert ["failed1"] == read


def test_a_listing_without_the_cache_keeps_nothing(place: Path, read: list[str], tmp_path: Path) -> None:
    """It reads every file each time."""
    for _ in range(2):
        list(list_runs(place, cache=False))

    assert 8 == len(read)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("reader", [list_runs, read_runs])
def test_a_file_that_vanishes_meanwhile_is_passed_over(
    place: Path, reader: Callable[[Path], Iterator[RunRecord]], caplog: pytest.LogCaptureFixture
) -> None:
    """The other runs are there; the log says which is not, where it had been met already."""
    found = reader(place)
    first = next(found)
    shutil.rmtree(next(place.glob("*longrun1")))

    with caplog.at_level("WARNING", "trackexp"):
        assert ["richrun1", "failed1", "ctrlc1"] == [first.id, *(run.id for run in found)]
    assert reader is read_runs or "run-longrun1.wandb cannot be read: No such file" in caplog.text


def overwrite(path: Path) -> None:
    """Put garbage where the database was."""
    path.write_bytes(b"garbage" * 1000)


def flip(path: Path) -> None:
    """Spoil the middle of the database."""
    content = bytearray(path.read_bytes())
    content[100:2000] = bytes(1900)
    path.write_bytes(content)


def other_rows(path: Path) -> None:
    """Let its rows be of another make."""
    with sqlite3.connect(path) as connection:
        connection.execute("update run set record = '[]'")
    connection.close()


@pytest.mark.parametrize("spoil", [overwrite, flip, other_rows])
def test_a_damaged_cache_is_made_anew(
    place: Path, read: list[str], tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    """The listing is right, and the one after it is quick again."""
    expected = [shown(run) for run in list_runs(place)]
    [path] = (tmp_path / "cache").glob("*.sqlite")
    spoil(path)

    assert expected == [shown(run) for run in list_runs(place)]
    list(list_runs(place, cache=False))
    read.clear()
    list(list_runs(place))
    assert len(read) in (0, 4) if spoil is other_rows else read == []


def test_a_cache_that_cannot_be_written_is_done_without(place: Path, tmp_path: Path) -> None:
    """A file where its folder should be is no error of the listing."""
    (tmp_path / "cache").write_text("in the way")

    assert 4 == len(list(list_runs(place)))


def test_a_cache_that_is_locked_is_done_without(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may keep it as long as it likes."""
    monkeypatch.setattr(cache_module, "_PATIENCE", 0.05)
    list(list_runs(place))
    [path] = (tmp_path / "cache").glob("*.sqlite")
    connection = sqlite3.connect(path)
    connection.execute("begin exclusive")

    assert 4 == len(list(list_runs(place)))
    connection.rollback()
    connection.close()


def test_a_cache_is_bounded(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows that were written first go."""
    monkeypatch.setattr(cache_module, "_MOST_ROWS", 2)
    list(list_runs(place))
    connection = sqlite3.connect(next((tmp_path / "cache").glob("*.sqlite")))
    kept = [path for (path,) in connection.execute("select path from run order by rowid")]
    connection.close()

    assert ["ctrlc1", "longrun1"] == [Path(path).stem.removeprefix("run-") for path in kept]


def test_many_processes_share_a_cache(place: Path, tmp_path: Path) -> None:
    """All that list at once see every run, and the database is whole afterwards."""
    source = f"from trackexp.reading import list_runs; print(len([r.id for r in list_runs({str(place)!r})]))"
    command = [sys.executable, "-c", f"for _ in range(5):\n    {source.replace('; ', chr(10) + '    ')}"]
    jobs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [job.communicate(timeout=60)[0] for job in jobs]
    connection = sqlite3.connect(next((tmp_path / "cache").glob("*.sqlite")))
    [(state,)] = connection.execute("pragma integrity_check")
    connection.close()

    assert ["4\n" * 5] * 4 == said
    assert "ok" == state


def test_a_running_run_is_read_every_time(
    endless_run: tuple[Path, Callable[[], None]], read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its state is the machine's affair, and may change while the file does not."""
    monkeypatch.setenv("TRACKEXP_CACHE_DIR", str(tmp_path / "cache"))
    path, _ = endless_run
    states = [str(run.state) for _ in range(2) for run in list_runs(path.parent.parent)]

    assert ["running", "running"] == states
    assert ["endless1", "endless1"] == read


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Our own variable beats XDG's, which beats the home folder."""
    from trackexp.settings import Environment

    home = {"HOME": "/home/x"}
    assert Path("/a") == Environment.read({**home, "TRACKEXP_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}).cache
    assert Path("/b/trackexp") == Environment.read({**home, "XDG_CACHE_HOME": "/b"}).cache
    assert "trackexp" == Environment.read(home).cache.name
