"""The files of a run: those it registered, and those that W&B itself puts into its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from trackexp.record import FileRecord

_OWN = (
    "output.log", "requirements.txt", "conda-environment.yaml", "config.yaml", "diff.patch", "wandb-metadata.json",
    "wandb-summary.json",
)  # fmt: skip
_OWN_FOLDERS = ("code", "media")


def list_files(run_folder: Path, registered: Iterable[str]) -> tuple[FileRecord, ...]:
    """Return the run's files by name; a registered one that is not on this disk has neither path nor size."""
    folder = run_folder / "files"
    names = {match for name in registered for match in _expanded(folder, name)}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in _OWN and entry.is_file():
                names.add(entry.name)
            elif entry.name in _OWN_FOLDERS:
                names.update(_matching(folder, f"{entry.name}/**/*"))
    return tuple(_file(folder, name) for name in sorted(names))


def _expanded(folder: Path, name: str) -> list[str]:
    """Return the names that a registered pattern such as `*.h5` stands for; the pattern itself when there are none."""
    if not _is_inside(name) or not any(character in name for character in "*?["):
        return [name]
    return _matching(folder, name) or [name]


def _matching(folder: Path, pattern: str) -> list[str]:
    try:
        return [path.relative_to(folder).as_posix() for path in folder.glob(pattern) if path.is_file()]
    except (OSError, ValueError, NotImplementedError):
        return []


def _file(folder: Path, name: str) -> FileRecord:
    path = folder / name
    try:
        status = path.stat() if _is_inside(name) else None
    except (OSError, ValueError):
        status = None
    found = status is not None and stat.S_ISREG(status.st_mode)
    return FileRecord(name, path, status.st_size) if found and status is not None else FileRecord(name)


def _is_inside(name: str) -> bool:
    """Return whether a name stays in the folder: a file from a stranger may claim `../../.ssh/id_rsa`."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts
