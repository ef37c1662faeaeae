"""Which processes live that may own a temporary folder; known on Linux alone, where `/proc` tells it."""

from __future__ import annotations

import os
import time
from pathlib import Path

_PROC = Path("/proc")


def oldest_python(user: int) -> float | None:
    """Return when the oldest living Python of a user began, as a time stamp; now for none, None where it is not known.

    A folder that is older than this was made by a process that is dead.
    """
    try:
        booted = next(
            float(line.split()[1]) for line in (_PROC / "stat").read_text().splitlines() if line.startswith("btime")
        )
        begins = [
            _began(process, booted) for process in _PROC.iterdir() if process.name.isdigit() and _is(process, user)
        ]
    except (OSError, StopIteration, ValueError):
        return None
    return min((begin for begin in begins if begin is not None), default=time.time())


def _is(process: Path, user: int) -> bool:
    """Return whether a process is the user's and may run Python: one that cannot be looked into may."""
    try:
        if process.stat().st_uid != user:
            return False
        return "python" in (process / "maps").read_text(errors="replace")
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _began(process: Path, booted: float) -> float | None:
    try:
        fields = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()
        return booted + int(fields[19]) / os.sysconf("SC_CLK_TCK") - 2  # seconds that the clock may have been moved by
    except (OSError, IndexError, ValueError):
        return None
