"""The `.wandb` files below a folder, those of one run together, oldest first; a folder of a million runs fits."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

_RUN_FOLDER = re.compile(r"(?:offline-)?run-(\d{8}_\d{6})-(.+)")
# What W&B puts behind the name of a folder that is there already: a run resumed within the second in which it began.
_AGAIN = re.compile(r"-(\d+)")
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
    run_id = path.name.removeprefix("run-").removesuffix(".wandb")
    if run_id == path.name or not _is_of(path.parent.name, run_id):
        return [path]
    above = path.parent.parent
    files = [above / name / path.name for name in _entries(str(above))[1] if _is_of(name, run_id)]
    return [file for file in files if file.is_file()] or [path]


def _is_of(name: str, run_id: str) -> bool:
    """Tell whether a folder has the name of one that W&B makes for a run, or for the same again."""
    found = run_folder_id(name) or ""
    return found == run_id or (found.startswith(run_id) and _AGAIN.fullmatch(found, len(run_id)) is not None)


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
    runs.sort(key=_in_order)
    return sorted(files), runs, sorted(others)


def _in_order(name: str) -> tuple[str, int, str]:
    """Return what sorts folders by the start of their runs; one made again in the same second follows its first."""
    name = name.removeprefix("offline-")
    first, _, ending = name.rpartition("-")
    return (first, int(ending), name) if ending.isdecimal() and run_folder_id(first) else (name, 0, name)


def _run_folders(folder: str, names: list[str]) -> Iterator[list[str] | str]:
    ids = _ids(folder, names)
    again = {run_id for run_id, count in Counter(ids.values()).items() if count > 1}
    done: set[str | None] = set()
    for name in names:
        run_id = ids[name]
        if run_id not in again:
            sessions = [name]
        elif run_id in done:
            continue
        else:
            done.add(run_id)
            sessions = [other for other in names if ids[other] == run_id]
        yield from _files(folder, sessions, f"run-{run_id}.wandb")


def _ids(folder: str, names: list[str]) -> dict[str, str | None]:
    """Return the id of the run in each folder; an ending such as `-1` is no part of it where the file says so."""
    ids = {name: run_folder_id(name) for name in names}
    for name, found in ids.items():
        first, dash, ending = name.rpartition("-")
        if dash and ending.isdecimal() and first in ids and found is not None:
            run_id = found.rpartition("-")[0]
            if os.path.exists(f"{folder}{os.sep}{name}{os.sep}run-{run_id}.wandb"):
                ids[name] = run_id
    return ids


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
