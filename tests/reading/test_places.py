from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp.errors import RunNotFoundError, UsageError
from trackexp.reading.places import ServerPlace, find_run, find_runs, server_place, wandb_folder

RunFile = Callable[[str], Path]


def ids_of(paths: list[Path]) -> list[str]:
    """Return the ids in the names of run files."""
    return [path.stem.removeprefix("run-") for path in paths]


@pytest.fixture
def copied(runs: Path, tmp_path: Path) -> Path:
    """A copy of the recorded runs that a test may rearrange."""
    shutil.copytree(runs / "wandb", tmp_path / "wandb", symlinks=True)
    return tmp_path


def add_run(folder: Path, name: str) -> Path:
    """Make a run folder with a file that need not be readable."""
    path = folder / name / f"run-{name.rsplit('-', 1)[-1]}.wandb"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    return path


def test_a_run_is_named_by_its_folder_or_its_file(run_file: RunFile) -> None:
    """Both as text and as path."""
    path = run_file("richrun1")

    for where in (path, str(path), path.parent, str(path.parent)):
        assert path == find_run(where)


def test_runs_are_found_at_any_depth_oldest_first(runs: Path) -> None:
    """The folder of runs, and the one above it, hold the same runs; links to them are not counted again."""
    expected = ["richrun1", "failed1", "ctrlc1", "longrun1"]

    assert expected == ids_of(list(find_runs(runs / "wandb")))
    assert expected == ids_of(list(find_runs(runs)))
    assert expected == ids_of(list(find_runs(root=runs)))


def test_latest_is_what_the_link_says(runs: Path, run_file: RunFile) -> None:
    """W&B leaves a link to the newest run."""
    assert run_file("longrun1") == find_run("latest", runs).resolve()


@pytest.mark.parametrize("link", ["dangling", "absent", "elsewhere"])
def test_latest_is_the_newest_by_start_where_the_link_is_of_no_use(copied: Path, tmp_path: Path, link: str) -> None:
    """A dangling link, none at all, and one to a folder without a run are not trusted."""
    latest = copied / "wandb" / "latest-run"
    latest.unlink()
    empty = tmp_path / "empty"
    empty.mkdir()
    if link != "absent":
        latest.symlink_to("offline-run-gone" if link == "dangling" else empty)
    newest = add_run(copied / "wandb", "run-29991231_235959-newest")
    os.utime(newest, (0, 0))

    assert newest == find_run("latest", copied)


def test_the_wandb_folder_is_where_the_client_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WANDB_DIR beats the current folder, `root` beats both, and a `.wandb` folder beats `wandb`, as in the client."""
    for name in ("here/wandb", "there/wandb", "root/wandb", "root/.wandb"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")

    monkeypatch.delenv("WANDB_DIR", raising=False)
    assert tmp_path / "here" / "wandb" == wandb_folder().resolve()
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "there"))
    assert tmp_path / "there" / "wandb" == wandb_folder()
    assert tmp_path / "root" / ".wandb" == wandb_folder(tmp_path / "root")


@pytest.mark.parametrize("where", ["richrun1", "rich", "rich ü, renamed"])
def test_an_id_its_beginning_and_a_name_find_the_run(runs: Path, run_file: RunFile, where: str) -> None:
    """Searched for in the folder that W&B writes to."""
    assert run_file("richrun1") == find_run(where, runs)


def test_the_newest_part_of_a_resumed_run_is_meant(copied: Path) -> None:
    """One id in two folders is one run that was resumed."""
    newer = add_run(copied / "wandb", "offline-run-29991231_235959-richrun1")

    assert newer == find_run("richrun1", copied)


def test_a_name_of_two_runs_lists_both(runs: Path) -> None:
    """The message gives the ids to choose from."""
    with pytest.raises(RunNotFoundError, match=r"(?s)'twin' is more than one run.*ctrlc1.*longrun1"):
        find_run("twin", runs)


def test_a_beginning_of_two_ids_lists_both(copied: Path) -> None:
    """A beginning has to be unique."""
    add_run(copied / "wandb", "run-29991231_235959-richrun2")

    with pytest.raises(RunNotFoundError, match=r"(?s)'rich' is more than one run.*richrun1.*richrun2"):
        find_run("rich", copied)


def test_an_unknown_run_names_the_nearest_and_what_there_is(runs: Path) -> None:
    """What was looked for, where, what is near, and the runs that are there."""
    with pytest.raises(RunNotFoundError, match=r"(?s)'ritchrun1' among the 4 in .*did you mean 'richrun1'.*longrun1"):
        find_run("ritchrun1", runs)


def test_a_folder_of_several_runs_is_not_one_run(runs: Path) -> None:
    """The message lists them and says how to read them all."""
    with pytest.raises(RunNotFoundError, match=r"(?s)more than one run.*read_runs.*richrun1.*longrun1"):
        find_run(runs)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("someone/digits", ("someone", "digits", None, "")),
        ("someone/digits/6tviu1ge", ("someone", "digits", "6tviu1ge", "")),
        ("someone/digits/runs/6tviu1ge", ("someone", "digits", "6tviu1ge", "")),
        ("https://wandb.ai/someone/digits", ("someone", "digits", None, "wandb.ai")),
        ("https://wandb.ai/someone/my%20digits/runs/x?nw=1#a", ("someone", "my digits", "x", "wandb.ai")),
        ("http://127.0.0.1:8765/someone/digits/workspace", ("someone", "digits", None, "127.0.0.1:8765")),
    ],
)
def test_a_place_on_the_server_is_told_from_one_on_this_disk(
    where: str, expected: tuple[str | None, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a URL, or two or three names of which none is here."""
    monkeypatch.chdir(tmp_path)

    assert ServerPlace(*expected) == server_place(where)


@pytest.mark.parametrize(
    "where", ["here/digits", "here/digits/x", "./a/b", "~/a/b", "/a/b", "a/b.wandb", "a", Path("a/b")]
)
def test_what_is_on_this_disk_is_no_place_on_the_server(
    where: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that exists wins, also when what is below it does not."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)

    assert server_place(where) is None


def test_a_url_without_a_project_is_refused() -> None:
    """It says what a URL has to look like."""
    with pytest.raises(UsageError, match="names no project; pass https://HOST/ENTITY/PROJECT"):
        server_place("https://wandb.ai/someone")


@pytest.mark.parametrize(
    "where", ["./gone", "/gone/for/good", "~/surely gone", "gone.wandb", "a/b/c/d/e", Path("gone")]
)
def test_a_path_that_is_not_there_is_said_to_be_absent(
    where: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local path is never taken for a place on the server."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(RunNotFoundError, match="does not exist"):
        find_run(where)


@pytest.mark.parametrize("where", ["", "x" * 5_000, "nul\0"])
def test_a_name_that_cannot_be_is_refused(where: str, runs: Path) -> None:
    """An empty, an endless and an impossible name raise our error, not the system's."""
    with pytest.raises(UsageError):
        find_run(where, runs)


def test_a_folder_without_runs_says_what_was_looked_for(tmp_path: Path) -> None:
    """And where, and which folder to pass."""
    with pytest.raises(RunNotFoundError, match=rf"no run in {tmp_path}: looked for \*\.wandb"):
        find_run(tmp_path)
    with pytest.raises(RunNotFoundError, match="no run in"):
        find_run("latest", tmp_path)
    with pytest.raises(RunNotFoundError, match="does not exist"):
        find_run("latest", tmp_path / "gone")
