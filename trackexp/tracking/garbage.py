"""What W&B left in staging, cache and temporary folders: of each file, whether it may go and why."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trackexp.tracking.references import References, references, refers

DAY = 86_400.0
_PROC = Path("/proc")


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


def home_folders() -> list[tuple[str, Path, str]]:
    """Return them: what each is for, where it is by W&B's own variables, and the variable that moves it."""
    from wandb import env

    places: list[tuple[str, str | Path, str]] = [
        ("staging", env.get_data_dir(), "WANDB_DATA_DIR"),
        ("cache", env.get_cache_dir(), "WANDB_CACHE_DIR"),
    ]
    return [(name, Path(folder).expanduser().absolute(), variable) for name, folder, variable in places]


def leftovers(
    runs: Sequence[Path], data: Path, cache: Path, *, days: float = 7, orphans: bool = False, began: float | None = None
) -> Iterator[Leftover]:
    """Yield what W&B left, with a verdict on each; what is in doubt stays.

    Args:
        runs: Where runs lie; all that lie there are read.
        data: W&B's data folder, in which artifacts are staged.
        cache: W&B's cache folder.
        days: How long a file of the cache must not have been used to go.
        began: When this process began to load wandb: temporary folders made since then are its own; a time stamp.
        orphans: Whether staged files go that no run refers to: those of runs that were online, and of deleted ones.
    """
    staging = data / "artifacts" / "staging"
    found = references(runs, staging)
    now = time.time()
    for path in _files(staging):
        name = f"staging/{path.relative_to(staging).as_posix()}"
        written = _status(path)
        old_enough = written is not None and now - written.st_mtime > DAY
        yield _left("staging", path, *_staged(found, name, orphans=orphans and old_enough))
    unused = f"not used for {days:g} days"
    for place, folder in (("cache", cache / "artifacts"), ("logs", cache / "wandb" / "logs")):
        for path in _files(folder):
            if refers(found.unsent, path.relative_to(folder).as_posix()):
                yield _left(place, path, False, "of runs that were not sent yet")
            else:
                old = _idle(path, now) >= days * DAY
                yield _left(place, path, old, unused if old else f"used in the last {days:g} days")
    yield from _temporary(found, now if began is None else began)


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


def _temporary(found: References, began: float) -> Iterator[Leftover]:
    """Yield the folders that W&B's processes make for themselves, and leave when they are killed."""
    for path in sorted(Path(tempfile.gettempdir()).glob("*wandb-*")):
        if not path.is_dir() or path.is_symlink() or not path.name.endswith(("wandb-media", "wandb-artifacts")):
            continue
        status = path.stat()
        if status.st_mtime >= began:
            continue
        oldest = _oldest_python(status.st_uid)
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


def _oldest_python(user: int) -> float | None:
    """Return when the oldest living Python of a user began, as a time stamp; now for none, None where it is not known.

    A folder that is older than this was made by a process that is dead.
    """
    try:
        booted = next(
            float(line.split()[1]) for line in (_PROC / "stat").read_text().splitlines() if line.startswith("btime")
        )
        begins = [
            _began(process, booted)
            for process in _PROC.iterdir()
            if process.name.isdigit() and _may_be_python(process, user)
        ]
    except (OSError, StopIteration, ValueError):
        return None
    return min((begin for begin in begins if begin is not None), default=time.time())


def _may_be_python(process: Path, user: int) -> bool:
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
