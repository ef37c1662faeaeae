"""One run, or those of a project, from the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from trackexp.errors import RunNotFoundError, ServerError
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
from trackexp.reading.places import ServerPlace
from trackexp.reading.wandb_file.contents import from_metadata
from trackexp.record import RunRecord

_SAMPLES = 10_000  # of the system's metrics
_LINES = 10_000  # of the console

Progress = Callable[[int, int | None], None]


def fetch_run(place: ServerPlace, *, history: bool = True) -> RunRecord:
    """Fetch one run.

    Raises:
        RunNotFoundError: The server has no such run.
        CredentialsError: It refuses the key.
        ServerError: It cannot be reached.
        UsageError: The URL is on another server.
    """
    api = connected(place)
    run = asked(lambda: api.run(str(place)), place)
    return _whole(run, place) if history else listed(run)


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
            yield _whole(asked(partial(api.run, str(one)), one), one) if history else listed(run)
        except RunNotFoundError:  # deleted meanwhile
            continue
        count += 1
        if told is not None:
            told(count, total)


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
    files = asked(lambda: [file_of(found) for found in run.files()], place)
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
    )


def _console(run: Any, place: ServerPlace) -> str:
    """Return the end of what the run printed; nothing where the client or the server is too old to say."""
    if not hasattr(run, "console_logs"):
        return ""
    try:
        lines = asked(lambda: list(islice(run.console_logs(last=_LINES), _LINES)), place)
    except (ServerError, RunNotFoundError):
        return ""
    return "".join(f"{line.content}\n" for line in lines)
