"""A text as a person sees it: without the codes that colour it or move the cursor, each letter's place kept."""

from __future__ import annotations

import re
from bisect import bisect_right

# Colours and cursors (CSI), titles and links (OSC), other escapes; letters that take no room; what is struck out by a
# backspace.
# The first letter is one of a few, which is what Python's search is fast for; what it must be followed by comes behind.
_ALONE = r"\x00\x01\x02\x0e\x0f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_UNSEEN = re.compile(
    rf"[\x1b\\{_ALONE}](?:"
    r"(?<=\x1b)(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,1000}(?:\x07|\x1b\\)|[()][\w]|[@-Z\\^_=>78])"
    r"|(?<=\\)(?:x1b|033|e|u001[bB])\[[\d;]{0,12}[A-Za-z]"
    rf"|(?<=[{_ALONE}]))"
)
_WITH_BACKSPACES = re.compile(rf"{_UNSEEN.pattern}|[^\n\x08]\x08")
_SIGNS = ("\x1b", "\\x1b[", "\\033[", "\\e[", "\\u001b[", "\\u001B[", "\x08", "\x00", "\x01")


# Letters that take no room: a quick look whether there is any.
_NO_ROOM = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")


class Visible:
    """What is seen of those lines of a text that hold something unseen.

    Attributes:
        text: The lines without what is not seen.
        whole: These are all lines, or most of them: the text need not be looked through once more.
    """

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._shifts: list[int] = []
        parts: list[str] = []
        seen = kept = position = 0
        line_end = -1
        pattern = _WITH_BACKSPACES if "\x08" in text else _UNSEEN
        for match in pattern.finditer(text):
            if match.start() >= line_end:  # the first on its line
                if line_end >= 0:
                    parts.append(text[position:line_end] + "\n")
                    seen += line_end - position + 1
                position = text.rfind("\n", 0, match.start()) + 1
                line_end = text.find("\n", match.start())
                line_end = len(text) if line_end < 0 else line_end
                kept += line_end - position
                self._add(seen, position)
            parts.append(text[position : match.start()])
            seen += match.start() - position
            position = match.end()
            self._add(seen, position)
        if line_end >= 0:
            parts.append(text[position:line_end])
        self.text = "".join(parts)
        self.whole = kept > len(text) // 2

    def _add(self, seen: int, position: int) -> None:
        self._starts.append(seen)
        self._shifts.append(position - seen)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of the seen text stands in the whole one, with the codes inside of it."""
        return self._place(start), self._place(end - 1) + 1

    def _place(self, seen: int) -> int:
        return seen + self._shifts[bisect_right(self._starts, seen) - 1]


def visible(text: str) -> Visible | None:
    """Return what is seen of a text; None where all of it is."""
    if any(sign in text for sign in _SIGNS) or (not text.isascii() and _NO_ROOM.search(text)):
        return Visible(text)
    return None
