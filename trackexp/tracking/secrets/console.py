"""The captured console: masked line by line between the terminal, which shows all, and the run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from trackexp.tracking.secrets.detection.private_keys import BEGIN, END, MAX_LINES, is_body
from trackexp.tracking.secrets.scrubber import Scrubber

logger = logging.getLogger("trackexp")

# A line that is longer is looked through in parts, each with the end of the part before it.
MAX_LINE, OVERLAP = 65_536, 4096


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
        self._key_lines = 0

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
        inside = self._key_lines > 0
        masked = self._scrubber.text(text, self._place) if not inside else self._in_key(text)
        if not inside and "PRIVATE KEY" in text:
            self._begin_key(text)
        self._write(masked)

    def _begin_key(self, text: str) -> None:
        last = max((match.end() for match in BEGIN.finditer(text)), default=-1)
        if last >= 0 and not END.search(text, last):
            self._key_lines = MAX_LINES

    def _in_key(self, text: str) -> str:
        """Mask the lines of a private key whose first line has been handed on already."""
        parts: list[str] = []
        lines = text.splitlines(keepends=True)
        for index, line in enumerate(lines):
            if END.search(line) or not is_body(line) or self._key_lines <= 0:
                self._key_lines = 0
                rest = "".join(lines[index:])
                if "PRIVATE KEY" in rest:
                    self._begin_key(rest)
                return "".join([*parts, self._scrubber.text(rest, self._place)])
            self._key_lines -= 1
            parts.append(self._scrubber.whole_line(line, self._place, "private-key"))
        return "".join(parts)


def _between_words(text: str, end: int) -> int:
    """Return the last place before `end` where a word ends, so that no value is cut in two."""
    for letter in " \t,;&":
        found = text.rfind(letter, max(0, end - OVERLAP), end)
        if found >= 0:
            return found + 1
    return end
