"""How a run ended: by its exit record, and where there is none, by what the machine shows of its writer."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from trackexp.record import Damage, State

_INTERRUPTED = (255, 130)  # W&B's code for Ctrl-C, and the shell's
_FRESH = 60.0  # seconds; W&B writes system metrics every 15 s, so a living file is younger
_LOOK_AGAIN = 2.0  # seconds for which one look at the open files of all processes is good


def state_of(exit_code: int | None, path: Path, host: str, damage: tuple[Damage, ...], end: int) -> State:
    """Return the state; `end` is how many bytes of the file were read, `host` the machine that wrote it."""
    if exit_code is not None:
        return State.FINISHED if exit_code == 0 else State.INTERRUPTED if exit_code in _INTERRUPTED else State.FAILED
    if is_being_written(path, host):
        return State.RUNNING
    last = damage[-1] if damage else None
    if last is not None and last.kind in ("checksum", "garbage") and last.offset + last.length >= end:
        return State.UNKNOWN  # the exit record may have been in there
    return State.KILLED


def is_being_written(path: Path, host: str) -> bool:
    """Return whether the run's writer still lives.

    On Linux a process that holds the file open is the proof, and that there is none is one too when the run was written
    on this host by this user; elsewhere a file that changed within the last minute counts as being written.
    """
    try:
        status = path.stat()
    except OSError:
        return False
    if sys.platform == "linux":
        if str(path.resolve()) in _open_run_files(int(time.monotonic() / _LOOK_AGAIN)):
            return True
        if host == os.uname().nodename and os.geteuid() in (0, status.st_uid):
            return False
    return time.time() - status.st_mtime < _FRESH


@lru_cache(maxsize=1)
def _open_run_files(_moment: int) -> frozenset[str]:
    """Return the `.wandb` files that processes we may look into hold open."""
    found: set[str] = set()
    for process in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):  # ended meanwhile, or not ours
            found.update(target for target in map(_target, process.iterdir()) if target.endswith(".wandb"))
    return frozenset(found)


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:  # closed meanwhile
        return ""
