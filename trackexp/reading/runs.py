"""Runs that W&B wrote → RunRecord: from this disk without importing wandb, from a server through its public API."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from trackexp.errors import RunNotFoundError, UnreadableRunError, UsageError
from trackexp.reading.listing.ends import read_ends
from trackexp.reading.places import LATER_ROWS, find_groups, find_run, is_place, newest_first, server_place
from trackexp.reading.sessions import merged
from trackexp.reading.walk import sessions_of
from trackexp.record import RunRecord
from trackexp.record.run_record import JUDGING_JOBS

__all__ = ["read_run", "read_runs", "read_trained_run"]

_log = logging.getLogger("trackexp")

Where = str | os.PathLike[str]
Progress = Callable[[int, int | None], None]
"""Told how many runs were read, and of how many where that is known."""


def read_run(where: Where = "latest", *, root: Where | None = None, history: bool = True) -> RunRecord:
    """Read one run as it stands, on this disk or on the server; what is damaged is left out and noted.

    A run that was resumed lies in one folder per session: by `latest`, its id or its name they are read as one run, by
    a folder or file that one session alone.

    Args:
        where: A run folder, a `.wandb` file, a folder that holds one run, `"latest"`, an id, the unique beginning of an
            id, or a display name; `"entity/project/id"` or a URL for a run on the server.
        root: Folder that holds `wandb/`, for `"latest"`, ids and names; default WANDB_DIR, then the current folder.
        history: False reads only what a listing shows: names, config, summary, state and times.

    Raises:
        RunNotFoundError: No run answers to `where`, or more than one does.
        UnreadableRunError: The file is no W&B run at all.
        CredentialsError: The server refuses the key.
        ServerError: The server cannot be reached.
    """
    if place := server_place(where):
        from trackexp.reading.api import fetch_run

        if place.run_id is None:
            raise RunNotFoundError(f"{place} is a project; pass {place}/ID, or read all its runs with read_runs")
        return fetch_run(place, history=history)
    path = find_run(where, root)
    return read_sessions([path] if is_place(where) else sessions_of(path), history=history)


def read_trained_run(where: Where = "latest", *, root: Where | None = None) -> RunRecord:
    """Read a run for the model that it kept: as `read_run`, but `latest` passes over runs that only judged a model.

    An evaluation is a run too, and would otherwise be what `latest` means to the command after it. A training that kept
    no model is not passed over: an older model must not be taken for its.
    """
    record = read_run(where, root=root)
    if where != "latest" or is_place(where) or record.job_type not in JUDGING_JOBS:
        return record
    for path in newest_first(root):
        try:
            judges = read_ends(path).job_type in JUDGING_JOBS
        except UnreadableRunError as error:
            _log.warning("passed over: %s", error)
            continue
        if not judges:
            return read_sessions(sessions_of(path), history=True)
    return record


def read_runs(
    where: Where | None = None,
    *,
    root: Where | None = None,
    history: bool = True,
    filters: Mapping[str, Any] | None = None,
    order: str | None = None,
    progress: Progress | None = None,
) -> Iterator[RunRecord]:
    """Yield the runs of a folder at any depth, or of a project on the server, each read when it is asked for.

    Those of a folder come oldest first. The sessions of a run that was resumed, which lie side by side in one folder,
    are one run. A file below a folder that is no run, or that vanishes meanwhile, is passed over with a warning in the
    log `trackexp`.

    Args:
        where: As for `read_run`, or a folder of runs, or `"entity/project"`; default: every run that W&B wrote here.
        root: As for `read_run`.
        history: As for `read_run`.
        filters: For a project: the conditions of `wandb.Api().runs`, such as `{"config.lr": {"$lt": 0.01}}`.
        order: For a project: as `wandb.Api().runs` has it, such as `"-summary_metrics.val/loss"`.
        progress: Called after each run.

    Raises:
        RunNotFoundError: There is no run at all; raised at once, before the first is asked for.
        UnreadableRunError: `where` is itself a file that is no W&B run.
        CredentialsError: The server refuses the key, or does not know the project.
        ServerError: The server cannot be reached.
        UsageError: `filters` or `order` for a place on this disk.
    """
    if place := server_place(where):
        from trackexp.reading.api import fetch_runs

        return fetch_runs(place, filters=filters, order=order, history=history, progress=progress)
    if filters is not None or order is not None:
        raise UsageError(
            f"filters and order are the server's, and {where or 'the folder of runs'} is on this disk; "
            "choose and sort the records that read_runs yields, or use `trackexp ls --filter … --sort …`"
        )
    groups = find_groups(where, root)
    found = chain([next(groups)], groups)  # a wrong place is said here, not in the caller's loop
    return _read(found, lenient=where is None or not Path(where).expanduser().is_file(), history=history, told=progress)


def _read(groups: Iterator[list[str]], *, lenient: bool, history: bool, told: Progress | None) -> Iterator[RunRecord]:
    for count, group in enumerate(groups, start=1):
        try:
            yield read_sessions(list(map(Path, group)), history=history)
        except UnreadableRunError as error:
            if not lenient:
                raise
            _log.warning("passed over: %s", error)
        if told is not None:
            told(count, None)


def read_sessions(paths: list[Path], *, history: bool) -> RunRecord:
    """Read the files of one run; of several, those that are no run at all are passed over.

    Raises:
        UnreadableRunError: None of them is a run.
    """
    records: list[RunRecord] = []
    for path in paths:
        try:
            records.append(_read_file(path, history=history))
        except UnreadableRunError as error:
            if len(records) == 0 and path == paths[-1]:
                raise
            _log.warning("passed over: %s", error)
    try:
        record = merged(records)
        if not history or not any("batch-history" in file.name for file in record.files):
            return record
        from trackexp.reading.batch_history import with_batch_files  # a listing needs no numpy

        return with_batch_files(record)
    except Exception as error:
        raise _unreadable(paths[-1], error) from error


def _read_file(path: Path, *, history: bool) -> RunRecord:
    """Read one file; whatever is in it, one run that cannot be read is no reason to read none.

    Raises:
        UnreadableRunError: It is no run, or holds what nobody foresaw.
    """
    try:
        if history:
            from trackexp.reading.wandb_file.assembly import read_file

            record = read_file(path)
            if not (path.parent / LATER_ROWS).is_file():
                return record
            from trackexp.reading.later_rows import with_later_rows

            return with_later_rows(record)
        return read_ends(path)
    except UnreadableRunError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> UnreadableRunError:
    """Return the error of a run whose file holds what nobody foresaw, or more than there is memory for."""
    if isinstance(error, MemoryError):
        return UnreadableRunError(f"{path} takes more memory than there is ({path.stat().st_size:,} bytes)")
    _log.debug("%s", path, exc_info=True)
    what = f"{type(error).__name__}: {error}"
    return UnreadableRunError(f"{path} holds what trackexp cannot read ({what}); please report it")
