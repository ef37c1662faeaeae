"""Two patches on top of the same files: what leads from the one result to the other.

The files themselves are in no record; but a patch shows the lines around each change, and what two patches show of a
file is enough to say in which lines their results differ. Lines that neither shows are equal in both.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_CONTEXT = 3  # lines around a change, as git shows them
_Line = str | int  # the number of a line of the old file that neither patch shows, else the line
_Opcode = tuple[str, int, int, int, int]


@dataclass(slots=True)
class FilePatch:
    """What a patch does to one file: its header, and its hunks by the line of the old file at which each begins."""

    path: str
    header: list[str] = field(default_factory=list)
    hunks: list[tuple[int, list[str]]] = field(default_factory=list)


def files_of(patch: str) -> dict[str, FilePatch]:
    """Return what a unified git patch does to each file, by path."""
    files: dict[str, FilePatch] = {}
    current: FilePatch | None = None
    left_old = left_new = 0
    for line in patch.split("\n"):
        if left_old > 0 or left_new > 0 or (current and current.hunks and line.startswith("\\")):
            assert current is not None
            current.hunks[-1][1].append(line or " ")
            left_old -= line[:1] in (" ", "-", "")
            left_new -= line[:1] in (" ", "+", "")
        elif found := re.match(r"diff --git a/(.*) b/(.*)$", line):
            current = files[found[2]] = FilePatch(found[2], [line])
        elif current is not None and (hunk := _HUNK.match(line)):
            left_old, left_new = int(hunk[2] or 1), int(hunk[4] or 1)
            # A hunk without old lines stands after the line that it names.
            current.hunks.append((int(hunk[1]) + (left_old == 0), []))
        elif current is not None and line:
            current.header.append(line)
    return files


def between(first: str, second: str) -> str:
    r"""Return what leads from the result of the first patch to that of the second, as a unified diff.

    >>> head = "diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1,2 +1,2 @@\n x = 0\n-lr = 1\n"
    >>> print(between(head + "+lr = 2\n", head + "+lr = 3\n"))
    diff --git a/t.py b/t.py
    --- a/t.py
    +++ b/t.py
    @@ -1,2 +1,2 @@
     x = 0
    -lr = 2
    +lr = 3
    """
    one, other = files_of(first), files_of(second)
    parts = (_of_file(path, one.get(path), other.get(path)) for path in dict.fromkeys((*one, *other)))
    return "\n".join(filter(None, parts))


def _of_file(path: str, first: FilePatch | None, second: FilePatch | None) -> str:
    if first is not None and second is not None and (first.header, first.hunks) == (second.header, second.hunks):
        return ""
    patches = [patch for patch in (first, second) if patch is not None]
    head = [f"diff --git a/{path} b/{path}"]
    if not any(patch.hunks for patch in patches):
        return "\n".join((*head, "# a change without lines: a binary file, a mode or a name"))
    base = _shown(patches)
    lines = list(_unified(_result(base, first), _result(base, second)))
    if not lines:
        return ""
    return "\n".join((*head, f"--- a/{path}", f"+++ b/{path}", *lines))


def _shown(patches: list[FilePatch]) -> dict[int, str]:
    """Return the lines of the old file that the patches show, by their number from 1."""
    base: dict[int, str] = {}
    for patch in patches:
        for start, lines in patch.hunks:
            number = start
            for line in lines:
                if line[0] in " -":
                    base[number] = line[1:]
                    number += 1
    return base


def _result(base: dict[int, str], patch: FilePatch | None) -> list[_Line]:
    """Return the new file as far as it is shown: the lines that are known, and the numbers of the rest."""
    last = max(base, default=0)
    result: list[_Line] = []
    number = 1
    for start, lines in patch.hunks if patch else []:
        result += [base.get(n, n) for n in range(number, start)]
        result += [line[1:] for line in lines if line[0] in " +"]
        number = start + sum(line[0] in " -" for line in lines)
    return result + [base.get(n, n) for n in range(number, last + 1)]


def _unified(first: list[_Line], second: list[_Line]) -> Iterator[str]:
    """Yield the hunks that lead from one to the other; context that is not known is left out."""
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        codes = _with_known_ends(list(group), first)
        body: list[str] = []
        for tag, i1, i2, j1, j2 in codes:
            if tag == "equal":
                body += [
                    f" {line}" if isinstance(line, str) else f" (line {line} is not shown)" for line in first[i1:i2]
                ]
            else:
                body += [f"-{line}" for line in first[i1:i2]] + [f"+{line}" for line in second[j1:j2]]
        yield f"@@ -{_range(codes[0][1], codes[-1][2])} +{_range(codes[0][3], codes[-1][4])} @@"
        yield from body


def _with_known_ends(codes: list[_Opcode], first: list[_Line]) -> list[_Opcode]:
    """Shorten the context before and after a group of changes to the lines that are known."""
    tag, i1, i2, j1, j2 = codes[0]
    if tag == "equal":
        less = max((n + 1 - i1 for n in range(i1, i2) if isinstance(first[n], int)), default=0)
        codes[0] = (tag, i1 + less, i2, j1 + less, j2)
    tag, i1, i2, j1, j2 = codes[-1]
    if tag == "equal":
        more = min((n - i1 for n in range(i1, i2) if isinstance(first[n], int)), default=i2 - i1)
        codes[-1] = (tag, i1, i1 + more, j1, j1 + more)
    return codes


def _range(begin: int, end: int) -> str:
    """Return a range of lines as a hunk's head has it: counted from 1, the one before where it is empty."""
    count = end - begin
    return f"{begin + (count > 0)}" + ("" if count == 1 else f",{count}")
