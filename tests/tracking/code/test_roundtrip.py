from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackexp.tracking.secrets.scrubber import MASK

SECRET = "sk-proj-" + "aB3dE5fG7hJ9kL1m" * 3
PLANTED = [f'API_KEY = "{SECRET}"', f"password={SECRET}", f"# see {SECRET} here"]
WORDS = ["a", "\tb", "x = 1", "", " ", "ü", "--- a/x", "+++ b/x", "@@ -1 +1 @@", "diff --git a/x b/x", "\\ No newline"]
NAMES = [
    "a.py",
    "b b.txt",
    "ü.md",
    'q"q',
    "tab\there",
    "back\\slash",
    "-dash",
    "new\nline",
    "d/e/f.py",
    "d/g",
    "z/y.sh",
]

lines = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(PLANTED),
    st.binary(max_size=6).map(lambda raw: raw.replace(b"\0", b"").replace(b"\n", b"")),
)
ends = st.sampled_from([b"\n", b"\n", b"\r\n"])


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Text of any line ends, with or without the last one."""
    parts = draw(st.lists(st.tuples(lines, ends), max_size=12))
    text = b"".join((line if isinstance(line, bytes) else line.encode()) + end for line, end in parts)
    return text if draw(st.booleans()) else text.rstrip(b"\r\n")


@st.composite
def edits(draw: st.DrawFn, before: bytes) -> bytes:
    """The same text with some lines taken out, put in or changed."""
    rows = before.splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(rows)))
        rows[place : place + draw(st.integers(0, 2))] = [draw(contents())]
    return b"".join(rows)


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[str, tuple[int, bytes]], dict[str, tuple[int, bytes]], list[str]]:
    """A committed tree, what it has become, and the names that were staged on the way."""
    modes = st.sampled_from([0o644, 0o755])
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=6))
    old = {name: (draw(modes), draw(contents())) for name in names}
    new = dict(old)
    for name in names:
        match draw(st.sampled_from(["keep", "edit", "edit", "chmod", "delete", "rename"])):
            case "edit":
                new[name] = (new[name][0], draw(edits(new[name][1])))
            case "chmod":
                new[name] = (draw(modes), new[name][1])
            case "delete":
                del new[name]
            case "rename":
                new[f"renamed/{name}"] = (new.pop(name)[0], draw(st.one_of(st.just(old[name][1]), edits(old[name][1]))))
    for name in draw(st.lists(st.sampled_from([f"new/{name}" for name in NAMES]), unique=True, max_size=3)):
        new[name] = (draw(modes), draw(contents()))
    return old, new, draw(st.lists(st.sampled_from([*old, *new, "."]), max_size=2))


def read_tree(root: Path) -> dict[str, tuple[bool, bytes]]:
    """Return the files below a folder: whether they are executable, and their bytes."""
    files = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts]
    return {str(path.relative_to(root)): (os.access(path, os.X_OK), path.read_bytes()) for path in files}


def is_but_for_masks(seen: bytes, expected: bytes) -> bool:
    """Return whether the bytes are those expected, masked values apart."""
    parts = re.split(MASK.pattern.encode(), seen)
    return re.fullmatch(b"[^\n]+?".join(map(re.escape, parts)), expected) is not None


def check_that_it_comes_back(new_repo: Any, made: Any) -> None:
    """Make the tree, capture and restore it, and compare the bytes."""
    old, new, staged = made
    with tempfile.TemporaryDirectory() as place:
        repo = new_repo(Path(place) / "repo")
        for name, (mode, content) in old.items():
            repo.write(name, content, mode)
        repo.commit()
        for name in old.keys() - new.keys():
            (repo.root / name).unlink()
        for name, (mode, content) in new.items():
            repo.write(name, content, mode)
        for name in staged:
            if name == "." or (repo.root / name).exists():
                repo.git("--literal-pathspecs", "add", "--", name)
        before = {path: path.read_bytes() for path in repo.root.rglob(".git/index")}
        target, restored = repo.restored(Path(place) / "run")
        text = (Path(place) / "run" / "code.patch").read_bytes()
        seen, expected = read_tree(target), read_tree(repo.root)

        assert [] == restored.refused
        assert SECRET.encode() not in text
        assert before == {path: path.read_bytes() for path in repo.root.rglob(".git/index")}
        assert expected.keys() == seen.keys()
        for name, (mode, content) in expected.items():
            assert mode == seen[name][0], name
            assert is_but_for_masks(seen[name][1], content), (name, content, seen[name][1])
        if b"<masked:" not in text and text.count(b"\ndiff --git "):
            assert expected == applied_by_git(repo, Path(place), text)


def applied_by_git(repo: Any, place: Path, text: bytes) -> dict[str, tuple[bool, bytes]]:
    """Return what plain git makes of the patch."""
    (place / "patch").write_bytes(text)
    clone = place / "clone"
    shutil.copytree(repo.root, clone)
    repo.git("reset", "--quiet", "--hard", cwd=clone)
    repo.git("clean", "--quiet", "-d", "--force", "-x", cwd=clone)
    repo.git("apply", "--whitespace=nowarn", str(place / "patch"), cwd=clone)
    return read_tree(clone)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees())
def test_a_working_tree_comes_back_byte_for_byte_except_masked_values(new_repo: Any, made: Any):
    """Edits, additions, deletions, renames, modes, any line ends and names, secrets at any line, staged or not."""
    check_that_it_comes_back(new_repo, made)


@pytest.mark.heavy
@pytest.mark.timeout(600)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees())
def test_many_working_trees_come_back(new_repo: Any, made: Any):
    """The same, far more often: each tree takes some 20 calls of git."""
    check_that_it_comes_back(new_repo, made)
