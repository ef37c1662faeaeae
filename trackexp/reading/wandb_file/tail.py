"""The end of a `.wandb` file, read alone: whether its writer has written the run's exit."""

from __future__ import annotations

from pathlib import Path

from trackexp.reading.wandb_file.framing import BLOCK, LogReader
from trackexp.reading.wandb_file.wire import decode

# The exit is among the last records, each of them small; more than this follows it in no run.
_BLOCKS = 2


def has_exit(path: Path) -> bool:
    """Return whether an exit record stands in the last blocks of the file; False for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            first = max(0, path.stat().st_size // BLOCK - _BLOCKS + 1)
            file.seek(first * BLOCK)
            return any(_is_exit(frame.payload) for frame in LogReader(file, first * BLOCK))
    except OSError:
        return False


def _is_exit(payload: bytes) -> bool:
    try:
        return "exit" in decode(payload, (0, len(payload)), "Record")
    except (ValueError, IndexError):
        return False
