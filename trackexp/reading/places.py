"""Where a run is: a folder, a file, `latest`, an id or a name → the `.wandb` files meant by it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from trackexp.errors import RunNotFoundError, UsageError, nearest
from trackexp.reading.listing.ends import read_title
from trackexp.reading.walk import sessions_of, started, walk_runs
from trackexp.reading.wandb_file.contents import run_id_of
from trackexp.settings import Environment

LATER_ROWS = "trackexp-later-rows.jsonl"  # beside a run's file: what W&B's own process could no longer take
_LISTED = 10  # candidates that a message names

Where = str | os.PathLike[str]


def wandb_folder(root: Where | None = None) -> Path:
    """Return the folder that W&B writes its runs to: `wandb` or `.wandb` under `root`, WANDB_DIR or the current folder.

    Where neither is there, that folder itself: it may hold runs of any other arrangement.
    """
    above = Path(root) if root is not None else Environment.read().directory or Path()
    return next((above / name for name in (".wandb", "wandb") if (above / name).is_dir()), above).expanduser()


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """A project on a W&B server, or one run in it; `host` where a URL named one."""

    entity: str
    project: str
    run_id: str | None = None
    host: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.entity, self.project, self.run_id) if part)


def is_place(where: Where) -> bool:
    """Return whether `where` is a file or folder on this disk, and not `latest`, an id or a name."""
    return _is_place(where, Path(where).expanduser())


def server_place(where: Where | None) -> ServerPlace | None:
    """Return the place on a server that is meant by a URL, `entity/project` or `entity/project/id`; else None.

    What exists on this disk, and whatever is written as a path, is never taken for a place on the server.

    >>> server_place("someone/digits/6tviu1ge")
    ServerPlace(entity='someone', project='digits', run_id='6tviu1ge', host='')
    >>> server_place("https://wandb.ai/someone/digits/runs/6tviu1ge/overview").run_id
    '6tviu1ge'

    Raises:
        UsageError: A URL that names no project.
    """
    if not isinstance(where, str):
        return None
    if "://" in where:
        return _from_url(where)
    parts = where.split("/")
    if len(parts) == 4 and parts[2] == "runs":
        del parts[2]
    local = where.startswith((".", "~", os.sep)) or where.endswith((".wandb", "/")) or os.sep + os.sep in where
    if local or not 2 <= len(parts) <= 3 or _exists(Path(where)) or _exists(Path(parts[0])):
        return None
    return ServerPlace(*parts)


def _from_url(text: str) -> ServerPlace:
    from urllib.parse import unquote  # a listing of this disk has no use for it

    host, _, path = text.partition("://")[2].partition("/")
    parts = [part for part in path.partition("?")[0].partition("#")[0].split("/") if part]
    if len(parts) < 2:
        raise UsageError(f"{text!r} names no project; pass https://HOST/ENTITY/PROJECT or …/ENTITY/PROJECT/runs/ID")
    run_id = parts[3] if len(parts) > 3 and parts[2] == "runs" else None
    return ServerPlace(unquote(parts[0]), unquote(parts[1]), run_id, host)


def find_groups(where: Where | None = None, root: Where | None = None) -> Iterator[list[str]]:
    """Yield the `.wandb` files of each run at a place; without a place, of all that W&B wrote here.

    Those of a folder come oldest first, and the sessions of a run that was resumed together. An id, a name or `latest`
    is one run, a file or a folder of W&B's that is named is that session alone.
    """
    path = wandb_folder(root) if where is None else Path(where).expanduser()
    if where is None or _is_place(where, path):
        yield from _below(path)
    else:
        yield list(map(str, sessions_of(_named(str(where), wandb_folder(root)))))


def find_runs(where: Where | None = None, root: Where | None = None) -> Iterator[Path]:
    """Yield the newest `.wandb` file of each run at a place."""
    return (Path(group[-1]) for group in find_groups(where, root))


def find_run(where: Where = "latest", root: Where | None = None) -> Path:
    """Return the one `.wandb` file that is meant, of several sessions the newest.

    Raises:
        RunNotFoundError: None answers to it, or more than one does; the message lists them.
    """
    found = list(islice(find_runs(where, root), _LISTED + 1))
    if len(found) > 1:
        raise RunNotFoundError(
            f"{where} holds more than one run; pass one of them, `latest`, or read them all with read_runs:"
            f"{_listing(found)}"
        )
    return found[0]


def newest_first(root: Where | None = None) -> list[Path]:
    """Return the newest `.wandb` file of each run that W&B wrote here, the run that was started last at the front."""
    return sorted((Path(group[-1]) for group in _below(wandb_folder(root))), key=_started, reverse=True)


def _is_place(where: Where, path: Path) -> bool:
    """Return whether `where` is a file or folder on this disk."""
    text = str(where)
    if not text:
        raise UsageError("an empty name for a run; pass a run folder, a .wandb file, an id, a name or `latest`")
    if _exists(path):
        return True
    if not isinstance(where, str) or text.startswith((".", "~")) or text.endswith(".wandb") or os.sep in text:
        raise RunNotFoundError(
            f"{text} does not exist (current folder: {Path.cwd()}); pass a run folder or .wandb file"
        )
    return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than the file system takes
        return False


def _below(place: Path) -> Iterator[list[str]]:
    if not place.is_dir():  # also a pipe or a device, which whoever opens it refuses
        yield [str(place)]
        return
    empty = True
    for group in walk_runs(str(place)):
        empty = False
        yield group
    if empty:
        raise RunNotFoundError(
            f"no run in {place.absolute()}: looked for *.wandb files there and in all folders below it; "
            "pass the folder that W&B wrote to (usually `wandb`)"
        )


def _named(name: str, folder: Path) -> Path:
    """Return the run that `latest`, an id, a unique beginning of an id, or a display name stands for."""
    if not folder.is_dir():
        raise RunNotFoundError(f"no run {name!r}: the folder {folder.absolute()} does not exist; pass a folder of runs")
    if name == "latest":
        return _latest(folder)
    runs = [Path(file) for group in _below(folder) for file in group]
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
        seen = f"no run with id or name {name!r} among the {len(runs)} in {folder.absolute()}{close}"
        raise RunNotFoundError(f"{seen}; there are:{_listing(runs)}")
    return max(found, key=_started)


def _latest(folder: Path) -> Path:
    linked = folder / "latest-run"
    if linked.is_dir():
        runs = next(walk_runs(str(linked.resolve())), None)
        if runs:
            return Path(runs[0])
    return max((Path(group[-1]) for group in _below(folder)), key=_started)


def _started(path: Path) -> tuple[str, float]:
    """Return what runs are ordered by: the start in the folder's name, then the last change of the file."""
    try:
        return started(path.parent.name), path.stat().st_mtime
    except OSError:
        return "", 0.0


def _listing(paths: list[Path]) -> str:
    lines = [f"\n  {run_id_of(path)}  {read_title(path)}  {path.parent}" for path in paths[:_LISTED]]
    return "".join(lines) + ("\n  …" if len(paths) > _LISTED else "")
