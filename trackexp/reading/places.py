"""Where a run is: a folder, a file, `latest`, an id or a name → the `.wandb` files meant by it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from trackexp.errors import RunNotFoundError, UsageError, nearest
from trackexp.reading.wandb_file import read_title, run_id_of
from trackexp.settings import Environment

_RUN_FOLDER = re.compile(r"(?:offline-)?run-(\d{8}_\d{6})-(.+)")
_NOT_ENTERED = frozenset({"files", "logs", "tmp", "node_modules", "__pycache__", "site-packages", ".git"})
_LISTED = 10  # candidates that a message names

Where = str | os.PathLike[str]


def wandb_folder(root: Where | None = None) -> Path:
    """Return the folder that W&B writes its runs to: `wandb` or `.wandb` under `root`, WANDB_DIR or the current folder.

    Where neither is there, that folder itself: it may hold runs of any other arrangement.
    """
    above = Path(root) if root is not None else Environment.read().directory or Path()
    return next((above / name for name in (".wandb", "wandb") if (above / name).is_dir()), above).expanduser()


def run_folder_id(folder: Path) -> str | None:
    """Return the id in the name of a folder that W&B made for a run; None for any other folder.

    >>> run_folder_id(Path("wandb/offline-run-20260101_120000-6tviu1ge"))
    '6tviu1ge'
    """
    match = _RUN_FOLDER.fullmatch(folder.name)
    return match[2] if match else None


def is_place(where: Where) -> bool:
    """Return whether `where` is a file or folder on this disk, and not `latest`, an id or a name."""
    return _is_place(where, Path(where).expanduser())


def find_runs(where: Where | None = None, root: Where | None = None) -> Iterator[Path]:
    """Yield the `.wandb` files at a place, oldest first in each folder; without a place, all that W&B wrote here."""
    path = wandb_folder(root) if where is None else Path(where).expanduser()
    if where is None or _is_place(where, path):
        yield from _below(path)
    else:
        yield _named(str(where), wandb_folder(root))


def find_run(where: Where = "latest", root: Where | None = None) -> Path:
    """Return the one `.wandb` file that is meant.

    Raises:
        RunNotFoundError: None answers to it, or more than one does; the message lists them.
    """
    found = [path for path, _ in zip(find_runs(where, root), range(_LISTED + 1), strict=False)]
    if len(found) > 1:
        raise RunNotFoundError(
            f"{where} holds more than one run; pass one of them, `latest`, or read them all with read_runs:"
            f"{_listing(found)}"
        )
    return found[0]


def _is_place(where: Where, path: Path) -> bool:
    """Return whether `where` is a file or folder on this disk; refuse what can only be a place on the server."""
    text = str(where)
    if "://" in text:
        raise UsageError(_not_yet(text))
    if not text:
        raise UsageError("an empty name for a run; pass a run folder, a .wandb file, an id, a name or `latest`")
    if _exists(path):
        return True
    looks_local = not isinstance(where, str) or text.startswith((".", "~", os.sep)) or text.endswith(".wandb")
    if looks_local or os.sep in text:
        if not looks_local and text.count("/") <= 2 and not _exists(Path(text.split("/")[0])):
            raise UsageError(_not_yet(text))
        raise RunNotFoundError(
            f"{text} does not exist (current folder: {Path.cwd()}); pass a run folder or .wandb file"
        )
    return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than the file system takes
        return False


def _not_yet(text: str) -> str:
    return (
        f"{text!r} is a place on the W&B server, and reading from there is not available yet; "
        "pass a run folder, a .wandb file or a folder of runs"
    )


def _below(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    empty = True
    for path in _walk(place):
        empty = False
        yield path
    if empty:
        raise RunNotFoundError(
            f"no run in {place.resolve()}: looked for *.wandb files there and in all folders below it; "
            "pass the folder that W&B wrote to (usually `wandb`)"
        )


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the runs below a folder, one folder in memory at a time; links are not followed, and runs not entered."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: _by_start(entry.name))
    except OSError:
        return
    files = [Path(entry.path) for entry in entries if entry.name.endswith(".wandb") and entry.is_file()]
    yield from files
    for entry in entries if not files else ():
        if entry.name not in _NOT_ENTERED and entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))


def _by_start(name: str) -> tuple[str, str]:
    match = _RUN_FOLDER.fullmatch(name)
    return (match[1] if match else "", name)


def _named(name: str, folder: Path) -> Path:
    """Return the run that `latest`, an id, a unique beginning of an id, or a display name stands for."""
    if not folder.is_dir():
        raise RunNotFoundError(f"no run {name!r}: the folder {folder.resolve()} does not exist; pass a folder of runs")
    if name == "latest":
        return _latest(folder)
    runs = list(_below(folder))
    ids = {path: run_id_of(path) for path in runs}
    exact = [path for path in runs if ids[path] == name]
    if exact:
        return max(exact, key=_started)
    titles = {path: read_title(path) for path in runs}
    found = [path for path in runs if titles[path] == name] or [path for path in runs if ids[path].startswith(name)]
    if len({ids[path] for path in found}) > 1:
        raise RunNotFoundError(f"{name!r} is more than one run; pass the id or folder of one of them:{_listing(found)}")
    if not found:
        close = nearest(name, {*ids.values(), *titles.values()})
        seen = f"no run with id or name {name!r} among the {len(runs)} in {folder.resolve()}{close}"
        raise RunNotFoundError(f"{seen}; there are:{_listing(runs)}")
    return max(found, key=_started)


def _latest(folder: Path) -> Path:
    linked = folder / "latest-run"
    if linked.is_dir():
        runs = list(_walk(linked.resolve()))
        if runs:
            return runs[0]
    return max(_below(folder), key=_started)


def _started(path: Path) -> tuple[str, float]:
    """Return what runs are ordered by: the start in the folder's name, then the last change of the file."""
    match = _RUN_FOLDER.fullmatch(path.parent.name)
    try:
        return match[1] if match else "", path.stat().st_mtime
    except OSError:
        return "", 0.0


def _listing(paths: list[Path]) -> str:
    lines = [f"\n  {run_id_of(path)}  {read_title(path)}  {path.parent}" for path in paths[:_LISTED]]
    return "".join(lines) + ("\n  …" if len(paths) > _LISTED else "")
