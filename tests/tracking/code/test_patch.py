from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from trackexp.tracking.code.git import Shadow
from trackexp.tracking.code.masking import masked
from trackexp.tracking.code.patch import Patch
from trackexp.tracking.code.repository import find_repository
from trackexp.tracking.secrets import Scrubber


def text_of(patch: Patch) -> str:
    """Return the patch as it is stored."""
    return masked(patch, Scrubber())[0]


def test_a_repository_without_commits_is_a_patch_of_all_its_files(repo, tmp_path: Path):
    """There is nothing to be against, so everything is an addition, staged or not."""
    repo.write("a.py", "a\n")
    repo.write("b.py", "b\n")
    repo.git("add", "a.py")
    target, restored = repo.restored(tmp_path / "run")

    assert (None, True, 2) == (restored.commit, restored.complete, restored.files)
    assert ["a\n", "b\n"] == [(target / name).read_text() for name in ("a.py", "b.py")]


def test_the_copied_index_is_as_old_as_the_one_it_is_of(repo):
    """Git compares the bytes of files that changed when the index was written, and a newer copy would hide them."""
    repo.write("a.py", "a\n")
    repo.commit()
    index = repo.root / ".git" / "index"
    os.utime(index, ns=(1_600_000_000_123_456_789, 1_600_000_000_123_456_789))
    found = find_repository(repo.root)
    assert found is not None
    with Shadow(found) as shadow:
        copied = (shadow.git_dir / "index").stat().st_mtime_ns

    assert index.stat().st_mtime_ns == copied


def test_a_clean_working_tree_is_not_dirty(repo):
    """A commit alone says it all; files that git ignores are no difference."""
    repo.write(".gitignore", "*.log\n")
    repo.commit()
    repo.write("x.log", "x")
    patch = repo.patch()

    assert ((), False, 0) == (patch.sections, patch.dirty, patch.untracked)


@pytest.mark.parametrize("name", [".env", "deep/.env.local", "prod.env", "id_rsa", "server.pem", ".netrc"])
@pytest.mark.parametrize("tracked", [True, False])
def test_files_that_are_secret_by_name_are_named_and_never_stored(repo, name: str, tracked: bool):
    """Tracked by mistake or not."""
    repo.write("a.py", "")
    if tracked:
        repo.write(name, "X=first\n")
    repo.commit()
    repo.write(name, "X=second-value\n")
    patch = repo.patch()

    assert [(name, "secret by its name")] == [(one["path"], one["why"]) for one in patch.left_out]
    assert "value" not in text_of(patch)


def test_an_example_of_an_env_file_is_no_secret(repo):
    """It is made to be shared."""
    repo.commit()
    repo.write(".env.example", "WANDB_API_KEY=\n")

    assert [".env.example"] == [section.name for section in repo.patch().sections]


def test_a_file_of_two_gigabytes_is_named_and_not_read(repo):
    """Its size is enough to know."""
    repo.commit()
    with (repo.root / "data.csv").open("wb") as file:
        file.truncate(2 << 30)
    began = time.process_time()
    (left_out,) = repo.patch().left_out

    assert {"path": "data.csv", "why": "larger than 1 MB", "bytes": 2 << 30} == left_out
    assert time.process_time() - began < 1.5  # reading it would take longer


def test_what_a_program_has_said_is_no_code(repo):
    """Logs by their names, and the file that this process writes to: a run and the next one have the same patch."""
    repo.write("train.py", "x = 1\n")
    repo.commit()
    repo.write("notes.txt", "code may read it\n")
    before = repo.patch()
    for name in ("train.log", "nohup.out", "slurm-12.out", "logs/a.log.1"):
        repo.write(name, "epoch 1\n")
    with (repo.root / "result.txt").open("w") as output:
        output.write("open for writing")
        output.flush()
        after = repo.patch()

    assert ["notes.txt"] == [section.name for section in after.sections]
    assert text_of(before) == text_of(after)


def test_too_many_untracked_files_are_counted_and_the_sources_come_first(repo, monkeypatch: pytest.MonkeyPatch):
    """A tree of outputs must not push out the one file that matters."""
    monkeypatch.setattr("trackexp.tracking.code.untracked.MOST_FILES", 3)
    repo.commit()
    for index in range(10):
        repo.write(f"out/{index}.csv", "x")
    repo.write("src/deep/model.py", "x\n")
    patch = repo.patch()

    assert ("src/deep/model.py", 8, "out") == (patch.sections[-1].name, patch.unnamed, patch.unnamed_in)
    assert "# left out: 8 more files, most of them in out/\n" in text_of(patch)


def test_binaries_are_named_with_size_and_hash(repo):
    """Changed or new; one that is deleted is a deletion."""
    repo.write("old.bin", b"\0old")
    repo.write("gone.bin", b"\0gone")
    repo.commit()
    repo.write("old.bin", b"\0new bytes")
    repo.write("new.bin", b"\0")
    (repo.root / "gone.bin").unlink()
    patch = repo.patch()
    found = {one["path"]: one for one in patch.left_out}

    assert {"old.bin", "new.bin"} == set(found)
    assert (10, 64, True) == (found["old.bin"]["bytes"], len(found["old.bin"]["sha256"]), patch.dirty)
    assert [("gone.bin", None)] == [(section.old, section.new) for section in patch.sections]


def test_nothing_that_the_user_configured_takes_part(repo, tmp_path: Path):
    """External diffs, filters, textconv, hooks, fsmonitor, colours, prefixes: none runs, none shows."""
    ran = tmp_path / "ran"
    program = repo.write("evil.sh", f"#!/bin/sh\ntouch {ran}\ncat\n", 0o755)
    repo.write("a.py", "one\n")
    repo.write(".gitattributes", "*.py diff=evil filter=evil\n")
    repo.commit()
    entries = {
        "diff.external": program,
        "diff.evil.textconv": program,
        "diff.evil.command": program,
        "filter.evil.clean": program,
        "filter.evil.smudge": program,
        "core.fsmonitor": program,
        "core.pager": program,
        "color.ui": "always",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
    }
    for key, value in entries.items():
        repo.git("config", key, str(value))
    repo.write("a.py", "two\n")
    (section,) = repo.patch().sections

    assert not ran.exists()
    assert ("diff --git a/a.py b/a.py", ("@@ -1 +1 @@", "-one", "+two")) == (section.header[0], section.body)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_edits_that_git_was_told_not_to_look_at_are_seen(repo, flag: str):
    """They ran all the same."""
    repo.write("a.py", "one\n")
    repo.commit()
    repo.git("update-index", flag, "a.py")
    repo.write("a.py", "two\n")

    assert (["a.py"], True) == ([section.name for section in repo.patch().sections], repo.patch().dirty)


def test_a_conflict_is_stored_as_the_file_stands(repo, tmp_path: Path):
    """With its markers, as Python would have read it."""
    repo.write("a.py", "one\n")
    repo.commit()
    repo.git("checkout", "--quiet", "-b", "other")
    repo.write("a.py", "two\n")
    repo.commit()
    repo.git("checkout", "--quiet", "main")
    repo.write("a.py", "three\n")
    repo.commit()
    with pytest.raises(AssertionError):
        repo.git("merge", "other")
    target, _ = repo.restored(tmp_path / "run")

    assert "<<<<<<<" in (target / "a.py").read_text()
    assert (repo.root / "a.py").read_bytes() == (target / "a.py").read_bytes()


def test_line_ends_that_git_converts_come_back_as_they_were(repo, tmp_path: Path):
    """The commit has LF, the working tree CRLF, and to git nothing is changed."""
    repo.write(".gitattributes", "*.bat text eol=crlf\n")
    repo.write("run.bat", "one\r\ntwo\r\n")
    repo.commit()
    target, restored = repo.restored(tmp_path / "run")

    assert b"one\r\ntwo\r\n" == (target / "run.bat").read_bytes()
    assert restored.complete
    assert not repo.patch().dirty


def test_files_that_are_announced_or_forced_are_stored(repo):
    """`git add -N`, and `git add -f` of what is ignored."""
    repo.write(".gitignore", "*.log\n")
    repo.commit()
    repo.write("new.py", "x\n")
    repo.write("kept.log", "y\n")
    repo.git("add", "--intent-to-add", "new.py")
    repo.git("add", "--force", "kept.log")

    assert ["kept.log", "new.py"] == sorted(section.name for section in repo.patch().sections)


def test_a_submodule_is_recorded_by_its_commit(repo, tmp_path: Path, new_repo):
    """The one that is checked out; initialised or not is told."""
    inner = new_repo(tmp_path / "inner")
    inner.write("m.py", "1\n")
    first = inner.commit()
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub")
    repo.commit()
    (repo.root / "sub" / "m.py").write_text("2\n")
    second = type(repo)(repo.root / "sub").commit()
    target, restored = repo.restored(tmp_path / "run")

    assert first != second
    assert [{"path": "sub", "commit": second, "initialised": True}] == restored.submodules
    assert [] == list((target / "sub").iterdir())

    repo.git("submodule", "--quiet", "deinit", "--force", "sub")

    assert [False] == [one["initialised"] for one in repo.patch().submodules]


def test_a_nested_repository_is_named(repo, tmp_path: Path, new_repo):
    """It has commits of its own."""
    repo.commit()
    new_repo(repo.root / "inner").commit()

    assert [("inner/", "a git repository of its own")] == [(one["path"], one["why"]) for one in repo.patch().left_out]


def test_from_a_subfolder_and_a_linked_tree_the_whole_tree_is_seen(repo, tmp_path: Path):
    """Where the script stands does not matter; a linked tree has a HEAD of its own, here a detached one."""
    repo.write("src/a.py", "a\n")
    repo.commit()
    repo.write("top.py", "t\n")
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    (tmp_path / "linked" / "l.py").write_text("l\n")

    assert ["top.py"] == [section.name for section in repo.patch("src").sections]
    assert ["l.py"] == [section.name for section in type(repo)(tmp_path / "linked").patch("src").sections]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_owner_is_read(repo):
    """Git's "dubious ownership", usual in containers, refuses nothing here."""
    repo.write("a.py", "one\n")
    repo.commit()
    repo.write("a.py", "two\n")
    for path in [repo.root, *repo.root.rglob("*")]:
        os.chown(path, 12345, 12345)

    assert ["a.py"] == [section.name for section in repo.patch().sections]


def test_a_private_key_is_masked_though_only_its_middle_was_edited(repo):
    """Three lines of context from the middle of a key betray it."""
    rows = [f"{index:02}" + "kQ9z" * 15 for index in range(20)]
    begin, end = (f"-----{word} PRIVATE KEY-----" for word in ("BEGIN", "END"))
    repo.write("key.py", "\n".join([begin, *rows, end, ""]))
    repo.commit()
    rows[8] = "zz" + "kQ9z" * 15
    repo.write("key.py", "\n".join([begin, *rows, end, ""]))

    assert "kQ9z" not in text_of(repo.patch())
