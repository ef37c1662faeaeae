from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from trackexp.errors import UsageError
from trackexp.record import FileRecord, RunRecord
from trackexp.record.code import KEY
from trackexp.tracking.code.restore import restore_code
from trackexp.tracking.secrets import Scrubber

SECRET = "sk-proj-" + "aB3dE5fG7hJ9kL1m" * 3


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder around which no repository lies."""
    folder = tmp_path / "apart"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_secret_in_a_kept_line_comes_back_and_one_in_an_added_line_is_told(repo, tmp_path: Path):
    """Kept lines are the commit's own, whatever the patch shows of them."""
    repo.write("a.py", f"KEY = '{SECRET}'\nlast = 1\nOLD_KEY = '{SECRET[::-1]}'\n")
    repo.commit()
    repo.write("a.py", f"KEY = '{SECRET}'\nlast = 2\ntoken = '{SECRET}'\n")
    target, restored = repo.restored(tmp_path / "run")
    patch = (tmp_path / "run" / "code.patch").read_text()

    assert 2 == patch.count("<masked:openai")
    assert [f"KEY = '{SECRET}'", "last = 2"] == (target / "a.py").read_text().splitlines()[:2]
    assert (["a.py:3"], True) == (restored.masked, restored.complete)


def test_known_values_are_masked_and_the_names_of_files_stay(repo, tmp_path: Path):
    """A file whose name holds a secret is left out, and named without it."""
    repo.commit()
    repo.write("hunter2-correct.txt", "x\n")
    repo.write("b.py", "p = 'hunter2-correct'\n")
    _, restored = repo.restored(tmp_path / "run", Scrubber({"DB_PASSWORD": "hunter2-correct"}))

    assert ["b.py"] == restored.patched
    assert "hunter2" not in (tmp_path / "run" / "code.patch").read_text()
    assert ["a secret in its name"] == [one["why"] for one in restored.left_out]


def test_without_the_commit_whole_files_come_back_and_the_rest_is_named(repo, tmp_path: Path, apart: Path):
    """Untracked files need no base, and the run's own copies stand in for changed sources."""
    repo.write("a.py", "one\n")
    repo.write("b.txt", "one\n")
    repo.commit()
    repo.write("a.py", "two\n")
    repo.write("b.txt", "two\n")
    repo.write("new.py", "new\n")
    record = repo.record(tmp_path / "run")
    copy = tmp_path / "run" / "copy.py"
    copy.write_text("two\n")
    record = replace(record, files=(*record.files, FileRecord("code/a.py", copy)))
    restored = restore_code(record, apart / "out")

    assert ({"a.py", "new.py"}, ["a.py"]) == ({path.name for path in (apart / "out").iterdir()}, restored.from_sources)
    assert [("b.txt", "a change to a file of the commit, which is not there")] == restored.refused
    assert not restored.complete
    assert "no repository lies around" in (restored.missing or "")


def test_the_commit_is_fetched_from_the_recorded_remote(repo, tmp_path: Path, apart: Path):
    """Where no clone is at hand; a transport that runs a program is refused."""
    repo.write("a.py", "one\n")
    repo.commit()
    repo.write("a.py", "two\n")
    record = repo.record(tmp_path / "run")
    code = {**record.config[KEY], "remote": f"file://{repo.root}"}
    restored = restore_code(replace(record, config={KEY: code}), apart / "out")
    evil = {**code, "remote": f"ext::sh -c touch% {apart}/ran"}
    refused = restore_code(replace(record, config={KEY: evil}), apart / "evil")

    assert (True, f"file://{repo.root}") == (restored.complete, restored.place)
    assert "two\n" == (apart / "out" / "a.py").read_text()
    assert not refused.complete
    assert not (apart / "ran").exists()


def test_nothing_is_written_into_a_folder_that_holds_something(repo, tmp_path: Path):
    """The message says what is there and what to do."""
    repo.write("a.py", "one\n")
    repo.commit()
    target = tmp_path / "full"
    target.mkdir()
    (target / "mine.txt").write_text("mine")

    with pytest.raises(UsageError, match=r"not empty \(it holds mine.txt\).*name a folder that is empty"):
        restore_code(repo.record(tmp_path / "run"), target, repo.root)
    assert ["mine.txt"] == [path.name for path in target.iterdir()]


def test_links_that_leave_the_tree_are_refused(repo, tmp_path: Path):
    """By an absolute target, by dots, or by way of another link; one that stays is made."""
    (repo.root / "d" / "e").mkdir(parents=True)
    repo.write("d/e/f.py", "x\n")
    links = {"ok": "d/e/f.py", "abs": "/etc/passwd", "up": "../secret", "in": "d/e", "sly": "in/../../../x"}
    for name, to in links.items():
        (repo.root / name).symlink_to(to)
    repo.commit()
    (repo.root / "late").symlink_to("/etc/shadow")
    target, restored = repo.restored(tmp_path / "run")

    assert {"abs", "up", "sly", "late"} == {name for name, _ in restored.refused}
    assert {"ok", "in"} == {path.name for path in target.iterdir() if path.is_symlink()}


def test_a_patch_from_a_stranger_writes_nothing_outside(tmp_path: Path, apart: Path):
    """Names that leave the folder, that belong to git, or that go through a link of the same patch."""
    names = ["../out.txt", "/tmp/x-abs.txt", ".git/hooks/post-checkout", "a/../../up.txt"]
    parts = [
        f"diff --git a/{name} b/{name}\nnew file mode 100755\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+x\n"
        for name in names
    ]
    link = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+..\n\\ No newline\n"
    through = "diff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n@@ -0,0 +1 @@\n+x\n"
    file = tmp_path / "code.patch"
    file.write_text("".join([*parts, link, through]))
    record = RunRecord("abc", config={KEY: {"schema": 1, "patch": {}}}, files=(FileRecord("code.patch", file),))
    restored = restore_code(record, apart / "t")

    assert {*names, "l"} == {name for name, _ in restored.refused}
    assert ["t"] == [path.name for path in apart.iterdir()]
    assert ["l/x"] == [str(path.relative_to(apart / "t")) for path in (apart / "t").rglob("*") if path.is_file()]


def test_a_run_that_holds_no_code_says_so(tmp_path: Path):
    """With the reasons that this can have."""
    with pytest.raises(UsageError, match="neither a commit nor code"):
        restore_code(RunRecord("abc"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("body", ["@@ -9,2 +9,2 @@\n-a\n+b\n", "@@ -1,3 +1,1 @@\n-a\n", "@@ -0,0 +0,0 @@\n-a\n"])
def test_a_patch_that_does_not_fit_is_refused_by_file(repo, tmp_path: Path, body: str):
    """The other files come back; of this one neither the commit's content nor a wrong one is left."""
    repo.write("a.py", "a\n")
    repo.write("b.py", "b\n")
    repo.commit()
    record = repo.record(tmp_path / "run")
    path = record.files[0].path
    path.write_text(f"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n{body}")
    restored = restore_code(record, tmp_path / "out", repo.root)

    assert ["a.py"] == [name for name, _ in restored.refused]
    assert not (tmp_path / "out" / "a.py").exists()
    assert "b\n" == (tmp_path / "out" / "b.py").read_text()
