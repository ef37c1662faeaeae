"""The captured console: masked line by line between the terminal, which shows all, and the run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from trackexp.tracking.secrets.private_keys import BEGIN, END, MAX_LINES, is_body
from trackexp.tracking.secrets.scrubber import Scrubber

logger = logging.getLogger("trackexp")

# A line that is longer is looked through in parts, each with the end of the part before it.
MAX_LINE, OVERLAP = 65_536, 4096
# A private key without a footer ends where so many lines cannot be a part of it.
MAX_STRANGERS = 3


class ConsoleFilter:
    r"""Takes what is written to a stream piece by piece, and hands on its whole lines, masked.

    A secret may come in two writes, so the end of a line is waited for; a progress bar's `\r` ends one too. A line
    that is never ended is handed on by `flush`, when the capture ends.

    Args:
        place: How the masks are located: `stdout`, `stderr`.
        write: Where the masked text goes; what it raises is kept from the script.
    """

    def __init__(self, scrubber: Scrubber, place: str, write: Callable[[str], None]) -> None:
        self._scrubber = scrubber
        self._place = place
        self._write = write
        self._lock = threading.RLock()  # a write may print, in another destructor
        self._pending: list[str] = []
        self._length = 0
        self._key_lines = self._strangers = 0

    def __call__(self, data: str | bytes) -> None:
        """Take a piece of the stream."""
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        with self._lock:
            self._pending.append(text)
            self._length += len(text)
            if "\n" in text or "\r" in text or self._length > MAX_LINE:
                whole = "".join(self._pending)
                end = max(whole.rfind("\n"), whole.rfind("\r")) + 1
                if len(whole) - end > MAX_LINE:
                    end = _between_words(whole, len(whole) - OVERLAP)
                self._keep(whole[end:])
                self._hand_on(whole[:end])

    def flush(self) -> None:
        """Hand on the line that has not ended."""
        with self._lock:
            rest = "".join(self._pending)
            self._keep("")
            self._hand_on(rest)

    def _keep(self, rest: str) -> None:
        self._pending, self._length = ([rest] if rest else []), len(rest)

    def _hand_on(self, text: str) -> None:
        if not text:
            return
        self._scrubber.follow()
        if self._key_lines or "PRIVATE KEY" in text:
            parts = [self._key_line(line) for line in text.splitlines(keepends=True)]
            self._write("".join(parts))
        else:
            self._write(self._scrubber.text(text, self._place))

    def _key_line(self, line: str) -> str:
        """Mask a line of a private key, whose lines come one by one; those of other threads may stand between them."""
        begins = max((match.end() for match in BEGIN.finditer(line)), default=-1)
        if begins >= 0 and not END.search(line, begins):
            self._key_lines, self._strangers = MAX_LINES, 0
        elif self._key_lines and (END.search(line) or self._strangers >= MAX_STRANGERS):
            self._key_lines = 0
        elif self._key_lines and is_body(line):
            self._key_lines, self._strangers = self._key_lines - 1, 0
            return self._scrubber.whole_line(line, self._place, "private-key")
        elif self._key_lines:
            self._strangers += 1
        return self._scrubber.text(line, self._place)


def _between_words(text: str, end: int) -> int:
    """Return the last place before `end` where a word ends, so that no value is cut in two."""
    for letter in " \t,;&":
        found = text.rfind(letter, max(0, end - OVERLAP), end)
        if found >= 0:
            return found + 1
    return end
