from __future__ import annotations

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackexp.comparison.patches import between, files_of

HEAD = "diff --git a/t.py b/t.py\nindex 1..2 100644\n--- a/t.py\n+++ b/t.py\n"
BASE = [f"line {number}" for number in range(1, 41)]


def git_patch(old: list[str], new: list[str], name: str = "t.py") -> str:
    """Return a patch as git writes it, with three lines of context; "" where nothing changes."""
    lines = list(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm=""))
    return "\n".join([f"diff --git a/{name} b/{name}", *lines, ""]) if lines else ""


edits = st.lists(
    st.tuples(st.integers(0, 39), st.sampled_from(["delete", "change", "insert"]), st.sampled_from("xyz")), max_size=4
)


def edited(changes: list[tuple[int, str, str]]) -> list[str]:
    """Return the file with these changes."""
    lines: list[str] = []
    by_place = {place: (what, text) for place, what, text in changes}
    for place, line in enumerate(BASE):
        what, text = by_place.get(place, ("", ""))
        lines += [text] if what == "insert" else []
        lines += [] if what == "delete" else [text if what == "change" else line]
    return lines


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=edits, second=edits)
def test_what_lies_between_two_patches_leads_from_the_one_result_to_the_other(
    first: list[tuple[int, str, str]], second: list[tuple[int, str, str]], tmp_path: Path
):
    """Git applies it to the first result, and gets the second; the file that both change was never seen."""
    old, new = edited(first), edited(second)
    found = between(git_patch(BASE, old), git_patch(BASE, new))
    file = tmp_path / "t.py"
    file.write_text("\n".join(old) + "\n")
    if found:
        command = ["git", "apply", "--whitespace=nowarn", "-"]
        subprocess.run(command, cwd=tmp_path, input=found + "\n", text=True, check=True)

    assert "\n".join(new) + "\n" == file.read_text()
    assert (old == new) == (found == "")


def test_only_what_is_known_is_shown():
    """Between two changes far from each other nothing of the file is."""
    one, other = list(BASE), list(BASE)
    one[2], other[30] = "x", "y"
    found = between(git_patch(BASE, one), git_patch(BASE, other)).split("\n")

    assert ["@@ -1,6 +1,6 @@", "@@ -28,7 +28,7 @@"] == [line for line in found if line.startswith("@@")]
    assert "-x" in found
    assert "+line 3" in found
    assert not any("not shown" in line for line in found)


def test_a_file_that_one_patch_makes_is_there_or_gone():
    """From a patch with a new file to one without it every line goes."""
    new = git_patch([], ["a", "b"], "new.py")

    assert ["-a", "-b"] == between(new, "").split("\n")[-2:]
    assert ["+a", "+b"] == between("", new).split("\n")[-2:]


def test_a_change_without_lines_is_named():
    """A binary file has none."""
    patch = "diff --git a/w.bin b/w.bin\nindex 1..2 100644\nBinary files a/w.bin and b/w.bin differ\n"

    assert "" == between(patch, patch)
    assert "# a change without lines" in between(patch, "")


@pytest.mark.parametrize(
    "patch",
    ["", "no patch at all", HEAD, HEAD + "@@ -1,9 +1,9 @@\n-cut", HEAD + "@@ nonsense @@\n-x\n", "@@ -1 +1 @@\n-a\n+b"],
)
def test_what_is_no_whole_patch_breaks_nothing(patch: str):
    """A patch may be cut, or somebody else's."""
    assert isinstance(between(patch, HEAD + "@@ -1 +1 @@\n-a\n+b\n"), str)


@given(st.text(alphabet="ab+- @\\\n0123456789,", max_size=200))
def test_no_text_after_a_head_breaks_the_reader(text: str):
    """Whatever stands there."""
    files_of(HEAD + text)
    between(HEAD + text, HEAD + "@@ -1 +1 @@\n-a\n+b\n")


def test_a_line_that_looks_like_a_head_is_a_line():
    """Inside a hunk the counts decide."""
    patch = HEAD + "@@ -1,2 +1,2 @@\n--- a/old\n+++ b/new\n same\n"

    assert [(1, ["--- a/old", "+++ b/new", " same"])] == files_of(patch)["t.py"].hunks
