from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trackexp.comparison.code import code_diff, code_differences, code_identity, code_of
from trackexp.record import FileRecord, RunRecord
from trackexp.testing import make_record

HEAD = "diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1,2 +1,2 @@\n x = 0\n-lr = 1\n"


@pytest.fixture
def run(tmp_path: Path):
    """Make a run of a commit whose folder holds these files."""

    def made(name: str, commit: str | None = "c0ffee1", noted: dict[str, Any] | None = None, **files: str) -> RunRecord:
        folder = tmp_path / name
        found = []
        for key, text in files.items():
            path = folder / key.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            found.append(FileRecord(path.relative_to(folder).as_posix(), path, len(text)))
        environment = {"git": {"commit": commit, "remote": "git@example.org:a/b"}} if commit else {}
        config = {"trackexp_code": {"schema": 1, **noted}} if noted else {}
        return make_record(name, environment=environment, files=tuple(found), config=config)

    return made


@pytest.mark.parametrize("name", ["code_patch", "diff_patch"])
def test_two_patches_on_one_commit_are_held_against_each_other(run: Any, name: str):
    """Trackexp's and W&B's own; what differs is told by size and hash, the lines by the diff."""
    runs = [run("a", **{name: HEAD + "+lr = 2\n"}), run("b", **{name: HEAD + "+lr = 3\n"})]
    told = code_differences(runs)

    assert ["changes since the commit"] == list(told)
    assert told["changes since the commit"]["a"].startswith("2 lines in 1 file (")
    assert ["-lr = 2", "+lr = 3"] == code_diff(*runs).split("\n")[-2:]


def test_the_same_patch_is_no_difference(run: Any):
    """Whoever took it."""
    runs = [run("a", code_patch=HEAD + "+lr = 2\n"), run("b", diff_patch=HEAD + "+lr = 2\n")]

    assert ({}, "") == (code_differences(runs), code_diff(*runs))
    assert code_identity(runs[0]) == code_identity(runs[1])


def test_our_patch_comes_before_theirs(run: Any):
    """It has the untracked files too."""
    assert "ours" == code_of(run("a", code_patch="ours", diff_patch="theirs")).patch


def test_of_two_commits_each_shows_what_it_has_on_top(run: Any):
    """The files themselves are in no record."""
    runs = [run("a", code_patch=HEAD + "+lr = 2\n"), run("b", commit="beef222", code_patch="")]

    assert {"commit", "changes since the commit"} == set(code_differences(runs))
    assert code_diff(*runs).startswith("# a, on top of c0ffee1\ndiff --git a/t.py b/t.py")


def test_without_a_commit_the_sources_are_compared(run: Any):
    """File by file, also one that only one run has."""
    runs = [
        run("a", commit=None, code__t_py="x = 0\nlr = 1\n", code__gone_py="y\n"),
        run("b", commit=None, code__t_py="x = 0\nlr = 2\n"),
    ]

    assert ["source t.py"] == list(code_differences(runs))
    assert {"-lr = 1", "+lr = 2", "--- a/gone.py", "+++ /dev/null", "-y"} <= set(code_diff(*runs).split("\n"))


def test_a_clean_tree_that_was_looked_at_is_known_to_be_clean(run: Any):
    """And one that nobody looked at is not."""
    noted = {"commit": "c0ffee1", "dirty": False}

    assert "" == code_of(run("a", noted=noted)).patch
    assert code_of(run("b")).patch is None
    assert code_of(run("c", noted={**noted, "problem": "git took too long"})).patch is None
    assert code_identity(run("d")) is None


def test_what_no_run_says_is_no_difference(run: Any, tmp_path: Path):
    """No commit, a file that is elsewhere, one that vanished."""
    elsewhere = make_record("b", files=(FileRecord("code.patch"),))
    vanished = make_record("c", files=(FileRecord("code.patch", tmp_path / "gone" / "code.patch", 3),))

    assert {} == code_differences([run("a", commit=None), elsewhere, vanished])
    assert "" == code_diff(elsewhere, vanished)
