"""What W&B left in staging, cache and temporary folders: of each file, whether it may go and why."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trackexp.tracking.storage.processes import oldest_python
from trackexp.tracking.storage.references import References, references, refers

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """One file, or one temporary folder, that W&B left.

    Args:
        place: `staging`, `cache`, `logs` or `temporary`.
        goes: Whether nobody needs it any more.
        reason: Why it goes or stays, as in "of runs that were sent".
    """

    place: str
    path: Path
    bytes: int
    goes: bool
    reason: str


def leftovers(
    runs: Sequence[Path], data: Path, cache: Path, *, days: float = 7, orphans: bool = False
) -> Iterator[Leftover]:
    """Yield what W&B left, with a verdict on each; what is in doubt stays.

    Args:
        runs: Where runs lie; all that lie there are read.
        data: W&B's data folder, in which artifacts are staged.
        cache: W&B's cache folder.
        days: How long a file of the cache must not have been used to go.
        orphans: Whether staged files go that no run refers to: those of runs that were online, and of deleted ones.
    """
    staging = data / "artifacts" / "staging"
    found = references(runs, staging)
    now = time.time()
    for path in _files(staging):
        name = f"staging/{path.relative_to(staging).as_posix()}"
        yield _left("staging", path, *_staged(found, name, orphans=orphans and _idle(path, now) > DAY))
    unused = f"not used for {days:g} days"
    for place, folder in (("cache", cache / "artifacts"), ("logs", cache / "wandb" / "logs")):
        for path in _files(folder):
            if refers(found.unsent, path.relative_to(folder).as_posix()):
                yield _left(place, path, False, "of runs that were not sent yet")
            else:
                old = _idle(path, now) >= days * DAY
                yield _left(place, path, old, unused if old else f"used in the last {days:g} days")
    yield from _temporary(found)


def free(leftover: Leftover) -> bool:
    """Remove what may go; returns whether it is gone."""
    if not leftover.goes:
        return False
    try:
        if leftover.path.is_dir() and not leftover.path.is_symlink():
            shutil.rmtree(leftover.path)
        else:
            leftover.path.unlink()
    except OSError:
        return False
    return True


def _staged(found: References, name: str, *, orphans: bool) -> tuple[bool, str]:
    if refers(found.unsent, name):
        return False, "of runs that were not sent yet"
    if refers(found.sent, name):
        return True, "of runs that were sent"
    return orphans, "of no run that was seen here"


def _temporary(found: References) -> Iterator[Leftover]:
    """Yield the folders that W&B's processes make for themselves, and leave when they are killed."""
    for path in sorted(Path(tempfile.gettempdir()).glob("*wandb-*")):
        if not path.is_dir() or path.is_symlink() or not path.name.endswith(("wandb-media", "wandb-artifacts")):
            continue
        status = path.stat()
        oldest = oldest_python(status.st_uid)
        if refers(found.unsent, f"{path.name}/"):
            yield _left("temporary", path, False, "of runs that were not sent yet")
        elif oldest is not None and max(status.st_mtime, status.st_ctime) < oldest:
            yield _left("temporary", path, True, "of processes that have ended")
        else:
            yield _left("temporary", path, False, "of processes that may be running")


def _left(place: str, path: Path, goes: bool, reason: str) -> Leftover:
    return Leftover(place, path, _bytes(path), goes, reason)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _idle(path: Path, now: float) -> float:
    status = _status(path)
    return now - max(status.st_mtime, status.st_atime) if status else 0


def _bytes(path: Path) -> int:
    files = _files(path) if path.is_dir() else (path,)
    return sum(status.st_size for status in map(_status, files) if status)


def _status(path: Path) -> os.stat_result | None:
    """Return what the file system says of a file; None for one that has just gone."""
    try:
        return path.stat()
    except OSError:
        return None
