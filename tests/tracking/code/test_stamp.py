from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trackexp.tracking.code.dockerignore import matcher
from trackexp.tracking.code.stamp import STAMP, NoRepositoryError, find_stamp, read_stamp, write_stamp

PACKAGE = Path(__file__).parents[3]


def test_a_stamp_reads_back_as_it_was_made(repo):
    """Commit, branch, remote without password, and the patch with bytes that are no UTF-8."""
    repo.write("a.py", "one\n")
    commit = repo.commit()
    repo.git("remote", "add", "origin", "https://me:pw@example.org/x.git")
    repo.write("a.py", b"tw\xff\r\no")
    made, path = write_stamp(repo.root)
    stamp = read_stamp(repo.root)

    assert made == stamp
    assert (commit, "main", "https://example.org/x.git", True) == (
        stamp.commit,
        stamp.branch,
        stamp.remote,
        stamp.dirty,
    )
    assert ["a.py"] == [section.name for section in stamp.patch.sections]
    assert "pw" not in path.read_text()


def test_a_stamp_is_no_part_of_the_next_one(repo):
    """It is trackexp's own file, not the user's."""
    repo.commit()
    write_stamp(repo.root)

    assert () == write_stamp(repo.root)[0].patch.sections


def test_files_that_dockerignore_keeps_out_of_the_image_are_not_deleted(repo):
    """The build does not see them; what is really gone is gone."""
    for name in ("data/x.txt", "keep.py", "gone.py"):
        repo.write(name, "x\n")
    repo.write(".dockerignore", "data\n")
    repo.commit()
    (repo.root / "data" / "x.txt").unlink()
    (repo.root / "gone.py").unlink()

    assert ["gone.py"] == [section.old for section in write_stamp(repo.root)[0].patch.sections]


def test_a_builder_needs_nothing_but_python_and_git(repo, tmp_path: Path):
    """Run as a module with neither site-packages nor a configuration; without a repository it ends with 2."""
    repo.write("a.py", "one\n")
    commit = repo.commit()
    (tmp_path / "plain").mkdir()
    command = [sys.executable, "-S", "-W", "error", "-m", "trackexp.tracking.code.stamp"]
    good = subprocess.run([*command, repo.root, tmp_path / "out" / "s.json"], cwd=PACKAGE, capture_output=True)
    bad = subprocess.run([*command, tmp_path / "plain"], cwd=PACKAGE, capture_output=True, text=True)

    assert (0, b"", b"") == (good.returncode, good.stdout, good.stderr)
    assert commit == read_stamp(tmp_path / "out" / "s.json").commit
    assert 2 == bad.returncode
    assert "lies in no git repository" in bad.stderr


def test_without_git_the_commit_is_known_and_the_reason_told(repo, monkeypatch: pytest.MonkeyPatch):
    """A builder that has the folder and not the program."""
    commit = repo.commit()
    monkeypatch.setenv("PATH", str(repo.root))
    stamp, _ = write_stamp(repo.root)

    assert (commit, None, "git was not installed where the stamp was made") == (
        stamp.commit,
        stamp.patch,
        stamp.problem,
    )


def test_the_nearest_stamp_above_counts_and_one_that_was_named_first(repo, tmp_path: Path):
    """What is no stamp is passed over."""
    repo.commit()
    deep = tmp_path / "app" / "src"
    deep.mkdir(parents=True)
    made, _ = write_stamp(repo.root, tmp_path / "app" / STAMP)
    (deep / STAMP).write_text('{"schema": 99}')

    assert made == find_stamp([deep])
    assert made == find_stamp([Path("/")], tmp_path / "app")
    assert find_stamp([Path("/")], deep) is None
    with pytest.raises(NoRepositoryError, match=r"lies in no git repository.*WANDB_GIT_COMMIT"):
        write_stamp(deep)


@pytest.mark.parametrize(
    ("lines", "ignored", "kept"),
    [
        (["*", "!src"], ["a.py", "tests/x.py"], ["src/a.py", "src/b/c.py"]),
        (["**/*.log", "/data/"], ["x.log", "a/b/x.log", "data/y"], ["b/data/y", "x.logs"]),
        (["a?c", "[xy].txt", "# b"], ["abc", "x.txt"], ["ac", "z.txt", "b"]),
        (["docs/**/tmp"], ["docs/tmp/a", "docs/a/b/tmp"], ["docs/a/tmpx"]),
    ],
)
def test_dockerignore_is_read_as_docker_reads_it(lines: list[str], ignored: list[str], kept: list[str]):
    """The last pattern that matches a name, or a folder above it, counts."""
    match = matcher(lines)

    assert (ignored, []) == ([name for name in ignored if match(name)], [name for name in kept if match(name)])
