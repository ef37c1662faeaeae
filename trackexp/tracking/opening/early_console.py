"""What a script prints before its run begins, kept for the run."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

# So many letters are kept; what is printed beyond them before a run begins is not in it.
MAX_LETTERS = 4_000_000


class EarlyConsole:
    """Keeps what goes to stdout and stderr until `take` is called; the terminal shows it as ever."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, str]] = []
        self._letters = 0
        self._lock = threading.Lock()
        self._originals: list[tuple[Any, Callable[..., Any], Callable[..., Any], bool]] = []
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            write = getattr(stream, "write", None)
            if write is not None:
                self._wrap(name, stream, write)

    def take(self) -> list[tuple[str, str]]:
        """Return what was printed, as pairs of a stream's name and a text, and keep no more."""
        for stream, write, ours, own in self._originals:
            if getattr(stream, "write", None) is ours:  # wrapped by others since: theirs stays, ours keeps nothing
                if own:
                    stream.write = write  # W&B has put in its own when it was imported
                else:
                    del stream.write
        self._originals = []
        with self._lock:
            pieces, self._pieces, self._letters = self._pieces, [], MAX_LETTERS
        return pieces

    def _wrap(self, name: str, stream: Any, write: Callable[..., Any]) -> None:
        def ours(text: Any) -> Any:
            if isinstance(text, str) and self._letters < MAX_LETTERS:
                with self._lock:
                    self._letters += len(text)
                    self._pieces.append((name, text))
            return write(text)

        own = "write" in getattr(stream, "__dict__", {})
        try:
            stream.write = ours
        except AttributeError:  # a stream of somebody's own that cannot be wrapped
            return
        self._originals.append((stream, write, ours, own))
