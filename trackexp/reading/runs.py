"""Runs that W&B wrote → RunRecord, without importing wandb."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from trackexp.errors import UnreadableRunError
from trackexp.reading.batch_history import is_batch_file, with_batches
from trackexp.reading.places import find_run, find_runs, is_place
from trackexp.reading.sessions import by_run, merged, sessions_of
from trackexp.reading.wandb_file.assembly import read_ends, read_file
from trackexp.record import RunRecord

__all__ = ["read_run", "read_runs"]

_log = logging.getLogger("trackexp")


def read_run(
    where: str | os.PathLike[str] = "latest", *, root: str | os.PathLike[str] | None = None, history: bool = True
) -> RunRecord:
    """Read one run as it stands on this disk; what is damaged is left out and noted in `record.damage`.

    A run that was resumed lies in one folder per session: by `latest`, its id or its name they are read as one run, by
    a folder or file that one session alone.

    Args:
        where: A run folder, a `.wandb` file, a folder that holds one run, `"latest"`, an id, the unique beginning of an
            id, or a display name.
        root: Folder that holds `wandb/`, for `"latest"`, ids and names; default WANDB_DIR, then the current folder.
        history: False reads only what a listing shows, from both ends of the file: names, config, summary, state and
            times. What was set in between is not seen.

    Raises:
        RunNotFoundError: No run answers to `where`, or more than one does.
        UnreadableRunError: The file is no W&B run at all.
        UsageError: `where` is a place on the server.
    """
    path = find_run(where, root)
    return _read_sessions([path] if is_place(where) else sessions_of(path), history=history)


def read_runs(
    where: str | os.PathLike[str] | None = None, *, root: str | os.PathLike[str] | None = None, history: bool = True
) -> Iterator[RunRecord]:
    """Yield the runs of a folder at any depth, each read when it is asked for; oldest first within a folder.

    The sessions of a run that was resumed, which lie side by side in one folder, are one run. A file below a folder
    that is no run is passed over with a warning in the log `trackexp`.

    Args:
        where: As for `read_run`, or a folder of runs; default: every run that W&B wrote here.
        root: As for `read_run`.
        history: As for `read_run`.

    Raises:
        RunNotFoundError: There is no run at all; raised at once, before the first is asked for.
        UnreadableRunError: `where` is itself a file that is no W&B run.
        UsageError: `where` is a place on the server.
    """
    paths = find_runs(where, root)
    first = next(paths)  # a wrong place is said here, not in the caller's loop
    found = by_run(chain([first], paths))
    if where is not None and not is_place(where):
        found = iter([sessions_of(first)])
    return _read(found, lenient=where is None or not Path(where).expanduser().is_file(), history=history)


def _read(runs: Iterator[list[Path]], *, lenient: bool, history: bool) -> Iterator[RunRecord]:
    for paths in runs:
        try:
            yield _read_sessions(paths, history=history)
        except UnreadableRunError as error:
            if not lenient:
                raise
            _log.warning("passed over: %s", error)


def _read_sessions(paths: list[Path], *, history: bool) -> RunRecord:
    """Read the files of one run; of several, those that are no run at all are passed over."""
    read = read_file if history else read_ends
    records: list[RunRecord] = []
    for path in paths:
        try:
            records.append(read(path))
        except UnreadableRunError as error:
            if len(records) == 0 and path == paths[-1]:
                raise
            _log.warning("passed over: %s", error)
    record = merged(records)
    tables = [file.path for file in record.files if file.path is not None and is_batch_file(file.name)]
    if not history or not tables:
        return record
    whole, lost = with_batches(record.history, tables)
    return replace(record, history=whole, damage=(*record.damage, *lost))
