"""A patch applied by line numbers alone: the base is known exactly, so no line has to match, and masks do no harm."""

from __future__ import annotations

import re

from trackexp.tracking.code.sections import Section

_LINES = re.compile(rb"[^\n]*\n|[^\n]+")


class PatchError(Exception):
    """The patch does not fit the base."""


def applied(base: bytes, section: Section) -> bytes:
    """Return what a file becomes: kept lines are the base's own, added ones the patch's.

    Raises:
        PatchError: A hunk lies outside the base.
    """
    lines = _LINES.findall(base)
    result: list[bytes] = []
    at = 0
    for hunk in section.hunks():
        start = hunk.start - 1 if hunk.count else hunk.start
        if not at <= start <= len(lines) or start + hunk.count > len(lines):
            raise PatchError(f"line {hunk.start} of the base is not there")
        result += lines[at:start]
        at = start
        for place, line in enumerate(hunk.lines):
            mark = line[:1]
            if mark == "+":
                ends = hunk.lines[place + 1 : place + 2]
                result.append(_bytes(line[1:]) + (b"" if ends and ends[0].startswith("\\") else b"\n"))
            elif mark in (" ", "-"):
                result += lines[at : at + 1] if mark == " " else []
                at += 1
        if at != start + hunk.count:
            raise PatchError(f"the hunk at line {hunk.start} covers {at - start} lines and says {hunk.count}")
    return b"".join([*result, *lines[at:]])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
