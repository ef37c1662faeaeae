"""How far the value behind a name reaches: to the closing quote, or to the end of the word."""

from __future__ import annotations

import re

# How far a value in quotes is followed; a longer one is some encoded file.
MAX_VALUE = 16_384
# How often the same word is looked at from further inside: `a=b=c=…` a megabyte long is no work for a run.
_MAX_LOOKS = 8
_OPENING = re.compile(r"[rbfuRBFU]{0,2}(\\{0,3})([\"'`])")
_BARE = re.compile(r"[^\s\"'`,;&<>(){}\[\]\\|\x1b]+")


class Reach:
    """Finds the ends of values in one text, from left to right, each letter looked at a bounded number of times."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._word_end = -1
        self._looks = 0

    def value(self, start: int) -> tuple[int, int, bool] | None:
        """Return where the value at `start` begins and ends, and whether it stands in quotes; None without one."""
        opening = _OPENING.match(self._text, start)
        if opening:
            return *self._quoted(opening), True
        return self._word(start)

    def _quoted(self, opening: re.Match[str]) -> tuple[int, int]:
        """Return where the words between the quotes begin and end; a quote that is not closed ends with its line."""
        text, closing, begin = self._text, opening[1] + opening[2], opening.end()
        if not opening[1] and text.startswith(closing * 2, begin):
            begin += 2  # three quotes
        line_end = text.find("\n", begin, begin + MAX_VALUE)
        limit = min(len(text), begin + MAX_VALUE) if line_end < 0 else line_end
        end = text.find(closing, begin, limit)
        while not opening[1] and end > begin and text[end - 1] == "\\" and text[end - 2] != "\\":
            end = text.find(closing, end + 1, limit)
        return begin, (limit if end < 0 else end)

    def _word(self, start: int) -> tuple[int, int, bool] | None:
        if start < self._word_end:
            self._looks += 1
            return (start, self._word_end, False) if self._looks <= _MAX_LOOKS else None
        word = _BARE.match(self._text, start)
        if word is None:
            return None
        self._word_end, self._looks = word.end(), 0
        return start, word.end(), False
