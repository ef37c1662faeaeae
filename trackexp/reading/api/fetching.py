"""One run, or those of a project, from the server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from trackexp.errors import RunNotFoundError, ServerError, TrackexpError, UnreadableRunError
from trackexp.reading.api.asking import asked, connected
from trackexp.reading.api.converting import (
    artifact_of,
    definitions_of,
    file_of,
    history_of,
    listed,
    moment,
    peaks_of,
)
from trackexp.reading.batch_history import is_batch_file, with_batches
from trackexp.reading.places import ServerPlace
from trackexp.reading.wandb_file.contents import from_metadata
from trackexp.record import Damage, History, RunRecord

_log = logging.getLogger("trackexp")

_SAMPLES = 10_000  # of the system's metrics
_LINES = 10_000  # of the console

Progress = Callable[[int, int | None], None]


def fetch_run(place: ServerPlace, *, history: bool = True) -> RunRecord:
    """Fetch one run.

    Raises:
        RunNotFoundError: The server has no such run.
        CredentialsError: It refuses the key.
        ServerError: It cannot be reached.
        UnreadableRunError: Its answer has another shape than W&B's.
        UsageError: The URL is on another server.
    """
    api = connected(place)
    run = asked(lambda: api.run(str(place)), place)
    return _shaped(lambda: _whole(run, place) if history else listed(run), place)


def fetch_runs(
    place: ServerPlace,
    *,
    filters: Mapping[str, Any] | None = None,
    order: str | None = None,
    history: bool = True,
    progress: Progress | None = None,
) -> Iterator[RunRecord]:
    """Fetch the runs of a project one after the other, page by page; of a place that is one run, that run.

    Raises:
        RunNotFoundError: The server has no such project, or there is no run in it.
        CredentialsError: It refuses the key.
        ServerError: It cannot be reached.
        UsageError: It does not understand the filters, or the URL is on another server.
    """
    if place.run_id is not None:
        return iter([fetch_run(place, history=history)])
    api = connected(place)
    runs = asked(lambda: api.runs(str(place), dict(filters or {}), order or "+created_at", lazy=False), place)
    total = asked(lambda: len(runs), place)
    if total == 0:
        condition = " for which the filters hold" if filters else ""
        raise RunNotFoundError(f"no run in {place}{condition}")
    return _each(api, runs, place, history=history, told=progress, total=total)


def _each(
    api: Any, runs: Any, place: ServerPlace, *, history: bool, told: Progress | None, total: int
) -> Iterator[RunRecord]:
    count = 0
    while True:
        try:
            run = asked(lambda: next(runs, None), place)
        except IndexError:  # as W&B ends its pages when runs were deleted meanwhile
            return
        if run is None:
            return
        one = ServerPlace(place.entity, place.project, run.id, place.host)
        try:
            record = _shaped(partial(_one, api, run, one, history=history), one)
        except RunNotFoundError:  # deleted meanwhile
            continue
        except UnreadableRunError as error:
            _log.warning("passed over: %s", error)
            continue
        yield record
        count += 1
        if told is not None:
            told(count, total)


def _one(api: Any, run: Any, place: ServerPlace, *, history: bool) -> RunRecord:
    return _whole(asked(partial(api.run, str(place)), place), place) if history else listed(run)


def _shaped(read: Callable[[], RunRecord], place: ServerPlace) -> RunRecord:
    """Return what is read of an answer.

    Raises:
        UnreadableRunError: The answer has another shape than W&B's server gives it.
    """
    try:
        return read()
    except TrackexpError:
        raise
    except (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"
        raise UnreadableRunError(
            f"{place}: the server's answer is not shaped as W&B's ({what}); is something else between you and it, "
            "such as a proxy, or is it an older release?"
        ) from error


def _whole(run: Any, place: ServerPlace) -> RunRecord:
    """Return a run with all that takes further questions: history, files, artifacts, environment, console."""
    record = listed(run)
    rows = asked(lambda: list(run.scan_history()), place)
    events = asked(lambda: run.history(samples=_SAMPLES, stream="system", pandas=False), place)
    environment = from_metadata(asked(lambda: run.metadata, place) or {})
    history = history_of(rows)
    lasted = [record.runtime] if record.runtime is not None else []
    lasted += [float(row["_runtime"]) for row in events if isinstance(row.get("_runtime"), int | float)]
    if "_runtime" in history and len(history["_runtime"]):
        lasted.append(float(history["_runtime"].values.max()))
    stored = asked(lambda: list(run.files()), place)
    files = [file_of(found) for found in stored]
    history, damage = _every_batch(history, stored, place)
    logged = asked(lambda: [artifact_of(found, used=False) for found in run.logged_artifacts()], place)
    used = asked(lambda: [artifact_of(found, used=True) for found in run.used_artifacts()], place)
    return replace(
        record,
        history=history,
        system=peaks_of(events),
        environment=environment,
        files=tuple(sorted(files, key=lambda file: file.name)),
        artifacts=(*logged, *used),
        metric_definitions=definitions_of(run.rawconfig),
        console=_console(run, place),
        started_at=moment(environment.get("startedAt")) or record.started_at,
        runtime=max(lasted, default=None),
        damage=damage,
    )


def _every_batch(history: History, stored: list[Any], place: ServerPlace) -> tuple[History, tuple[Damage, ...]]:
    """Return the history with every batch, which lies in a file of the run: its own rows are the dashboard's means."""
    tables = [file for file in stored if is_batch_file(file.name)]
    if not tables:
        return history, ()
    with TemporaryDirectory(prefix="trackexp-") as folder:
        for file in tables:
            asked(partial(file.download, root=folder, replace=True), place).close()
        return with_batches(history, [Path(folder, file.name) for file in tables])


def _console(run: Any, place: ServerPlace) -> str:
    """Return the end of what the run printed; nothing where the client or the server is too old to say."""
    if not hasattr(run, "console_logs"):
        return ""
    try:
        lines = asked(lambda: list(islice(run.console_logs(last=_LINES), _LINES)), place)
    except (ServerError, RunNotFoundError):
        return ""
    return "".join(f"{line.content}\n" for line in lines)
