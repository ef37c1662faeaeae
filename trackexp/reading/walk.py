"""The `.wandb` files below a folder, those of one run together, oldest first; a folder of a million runs fits."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

_RUN_FOLDER = re.compile(r"(?:offline-)?run-(\d{8}_\d{6})-(.+)")
_NOT_ENTERED = frozenset({"files", "logs", "tmp", "node_modules", "__pycache__", "site-packages", ".git"})


def run_folder_id(name: str) -> str | None:
    """Return the id in the name of a folder that W&B made for a run; None for any other name.

    >>> run_folder_id("offline-run-20260101_120000-6tviu1ge")
    '6tviu1ge'
    """
    match = _RUN_FOLDER.fullmatch(name)
    return match[2] if match else None


def started(name: str) -> str:
    """Return the start in the name of a run's folder, which orders as text; empty for any other name."""
    match = _RUN_FOLDER.fullmatch(name)
    return match[1] if match else ""


def walk_runs(folder: str, entered: Callable[[str], object] | None = None) -> Iterator[list[str]]:
    """Yield the files of each run below a folder: the sessions of one that was resumed, oldest first, side by side.

    Runs themselves are not entered, nor are links followed; one folder's names are in memory at a time.

    Args:
        folder: Where to begin.
        entered: Told every folder whose names were read: as long as none of them changes, no run comes or goes.
    """
    if entered is not None:
        entered(folder)
    open_folders = [_steps(folder)]  # not by recursion: folders may lie deeper than Python's stack
    while open_folders:
        step = next(open_folders[-1], None)
        if step is None:
            open_folders.pop()
        elif isinstance(step, str):
            if entered is not None:
                entered(step)
            open_folders.append(_steps(step))
        else:
            yield step


def _steps(folder: str) -> Iterator[list[str] | str]:
    """Yield the files of each run in a folder, and the folders in it that are to be looked into next."""
    files, runs, others = _entries(folder)
    yield from ([f"{folder}{os.sep}{name}"] for name in files)
    if files:
        return
    yield from _run_folders(folder, runs)
    yield from (f"{folder}{os.sep}{name}" for name in others)


def sessions_of(path: Path) -> list[Path]:
    """Return the files of all sessions of the run that a file belongs to, oldest first: its own, where that is all."""
    run_id = run_folder_id(path.parent.name)
    if run_id is None:
        return [path]
    above = path.parent.parent
    names = [name for name in _entries(str(above))[1] if name.endswith(run_id) and run_folder_id(name) == run_id]
    files = [above / name / path.name for name in names]
    return [file for file in files if file.is_file()] or [path]


def _entries(folder: str) -> tuple[list[str], list[str], list[str]]:
    """Return the names of run files, of W&B's run folders in the order of their start, and of other folders."""
    files: list[str] = []
    runs: list[str] = []
    others: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(".wandb") and entry.is_file():
                    files.append(name)
                elif name not in _NOT_ENTERED and entry.is_dir(follow_symlinks=False):
                    (runs if _RUN_FOLDER.fullmatch(name) else others).append(name)
    except OSError:
        pass  # gone meanwhile, or not ours to look into: no run is there for us
    runs.sort(key=lambda name: name.removeprefix("offline-"))
    return sorted(files), runs, sorted(others)


def _run_folders(folder: str, names: list[str]) -> Iterator[list[str] | str]:
    again = {name for name, count in Counter(map(run_folder_id, names)).items() if count > 1}
    done: set[str | None] = set()
    for name in names:
        run_id = run_folder_id(name)
        if run_id not in again:
            sessions = [name]
        elif run_id in done:
            continue
        else:
            done.add(run_id)
            sessions = [other for other in names if run_folder_id(other) == run_id]
        yield from _files(folder, sessions, f"run-{run_id}.wandb")


def _files(folder: str, sessions: list[str], usual: str) -> Iterator[list[str] | str]:
    """Yield the files of one run by their usual name, and those of its folders that hold others instead."""
    found = [path for name in sessions if os.path.exists(path := f"{folder}{os.sep}{name}{os.sep}{usual}")]
    if found:
        yield found
    if len(found) < len(sessions):
        held = {os.path.dirname(path) for path in found}
        for name in sessions:
            inside = f"{folder}{os.sep}{name}"
            if inside not in held:
                yield inside
