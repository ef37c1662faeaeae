"""Runs that W&B wrote → RunRecord, without importing wandb."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from trackexp.errors import UnreadableRunError
from trackexp.reading.places import find_run, find_runs
from trackexp.reading.wandb_file import read_file
from trackexp.record import RunRecord

__all__ = ["read_run", "read_runs"]

_log = logging.getLogger("trackexp")


def read_run(where: str | os.PathLike[str] = "latest", *, root: str | os.PathLike[str] | None = None) -> RunRecord:
    """Read one run as it stands on this disk; what is damaged is left out and noted in `record.damage`.

    A run that was resumed lies in one folder per session; of those the newest is read.

    Args:
        where: A run folder, a `.wandb` file, a folder that holds one run, `"latest"`, an id, the unique beginning of an
            id, or a display name.
        root: Folder that holds `wandb/`, for `"latest"`, ids and names; default WANDB_DIR, then the current folder.

    Raises:
        RunNotFoundError: No run answers to `where`, or more than one does.
        UnreadableRunError: The file is no W&B run at all.
        UsageError: `where` is a place on the server.
    """
    return read_file(find_run(where, root))


def read_runs(
    where: str | os.PathLike[str] | None = None, *, root: str | os.PathLike[str] | None = None
) -> Iterator[RunRecord]:
    """Yield the runs of a folder at any depth, each read when it is asked for; oldest first within a folder.

    A file below a folder that is no run is passed over with a warning in the log `trackexp`.

    Args:
        where: As for `read_run`, or a folder of runs; default: every run that W&B wrote here.
        root: As for `read_run`.

    Raises:
        RunNotFoundError: There is no run at all; raised at once, before the first is asked for.
        UnreadableRunError: `where` is itself a file that is no W&B run.
        UsageError: `where` is a place on the server.
    """
    paths = find_runs(where, root)
    first = next(paths)  # a wrong place is said here, not in the caller's loop
    return _read(chain([first], paths), lenient=where is None or not Path(where).expanduser().is_file())


def _read(paths: Iterator[Path], *, lenient: bool) -> Iterator[RunRecord]:
    for path in paths:
        try:
            yield read_file(path)
        except UnreadableRunError as error:
            if not lenient:
                raise
            _log.warning("passed over: %s", error)
