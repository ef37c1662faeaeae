"""The words of a text, each once: looking for a word among them costs a tenth of looking for it in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A key is looked for only where a run of so many letters, digits, `_` or `-` is: most of a program has none.
LONG = 20
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_TABLE = bytes(code if code in _LETTERS else 32 for code in range(256))
_PIECE = re.compile(r"[A-Za-z0-9_-]+")


class Words:
    """The words of a text: runs of ASCII letters, digits, `_` and `-`.

    Attributes:
        text: The text.
        low: The text in small letters, each at its place.
        runs: The words of at least 20 letters, in the order of the text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        # One letter alone becomes two when lowered.
        self.low = text.lower() if text.isascii() else text.replace("\u0130", "I").lower()
        # The sign of kelvin becomes a `k` when lowered.
        source = text if text.isascii() else text.replace("\u0130", "I").replace("\u212a", "K")
        words = source.encode("utf-8", "surrogatepass").translate(_TABLE).split()
        self._words = b"\n".join(set(words)).decode("ascii")
        self._low_words = self._words.lower()
        self.runs = [word.decode("ascii") for word in words if len(word) >= LONG]

    def has(self, part: str) -> bool:
        """Return whether a part of a word stands in the text; `part` is made of the letters of a word alone."""
        return part in self._words

    def has_low(self, part: str) -> bool:
        """Return whether a part of a word, in small letters, stands in the text in whatever case."""
        return part in self._low_words

    def has_any(self, parts: tuple[str, ...]) -> bool:
        """Return whether one of these parts of words, in small letters, stands in the text in whatever case."""
        return any(part in self._low_words for part in parts)

    def matches(self, pattern: re.Pattern[str], begins: str, *, low: bool = False) -> Iterator[re.Match[str]]:
        """Yield what `pattern.finditer` does, for a pattern that begins with these plain letters of a word."""
        if begins not in (self._low_words if low else self._words):
            return
        text = self.low if low else self.text
        place = text.find(begins)
        while place >= 0:
            match = pattern.match(text, place)
            if match:
                yield match
            place = text.find(begins, match.end() if match else place + 1)


def longest_word(text: str) -> str:
    """Return the longest word in a text, nothing where there is none."""
    return max(_PIECE.findall(text), key=len, default="")


def places(text: str, parts: tuple[str, ...]) -> list[int]:
    """Return where these parts stand in a text, in order."""
    found = []
    for part in parts:
        place = text.find(part)
        while place >= 0:
            found.append(place)
            place = text.find(part, place + len(part))
    return sorted(found)
