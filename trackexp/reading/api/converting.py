"""What W&B's public API says of a run → RunRecord, as the run's own file would give it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from trackexp.reading.wandb_file.columns import flattened
from trackexp.record import ArtifactRecord, FileRecord, History, MetricDefinition, RunRecord, State

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}  # as the server writes what JSON cannot
_STATES = {"preempting": State.RUNNING, "preempted": State.KILLED, "pending": State.UNKNOWN}
_KINDS = {1: "min", 2: "max", 3: "mean", 4: "best", 5: "last", 6: "none", 7: "copy", 8: "first"}
_HIDDEN = 2  # among the options of a definition


def listed(run: Any) -> RunRecord:
    """Return what one answer of the server holds: everything but history, files, artifacts and environment."""
    attributes = run._attrs
    summary = values_of(run.summary_metrics)
    inner = summary.pop("_wandb", {})
    name = attributes.get("displayName") or ""
    return RunRecord(
        id=run.id,
        name="" if name == run.id else name,
        project=run.project,
        entity=run.entity,
        group=attributes.get("group") or "",
        job_type=attributes.get("jobType") or "",
        tags=tuple(attributes.get("tags") or ()),
        notes=attributes.get("notes") or "",
        state=state_of(run.state),
        exit_code=0 if run.state == "finished" else None,
        config={key: value for key, value in values_of(run.config).items() if key != "_wandb"},
        summary=summary,
        started_at=moment(attributes.get("createdAt")),
        runtime=_longest(inner.get("runtime") if isinstance(inner, Mapping) else None, summary.get("_runtime")),
    )


def state_of(word: str) -> State:
    """Return our word for the server's."""
    try:
        return State(word)
    except ValueError:
        return _STATES.get(word, State.UNKNOWN)


def values_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with the words for what is not finite as numbers again."""
    return {key: _number(value) for key, value in found.items()}


def _number(value: Any) -> Any:
    if isinstance(value, str):
        return _WORDS.get(value, value)
    if isinstance(value, Mapping):
        return values_of(value)
    return [_number(item) for item in value] if isinstance(value, list) else value


def history_of(rows: Iterable[Mapping[str, Any]]) -> History:
    """Return the rows of a scan as columns."""

    def numbers() -> Iterator[dict[str, Any]]:
        for row in rows:
            parts = (flattened(key, value) for key, value in values_of(row).items() if key != "_step")
            merged: dict[str, Any] = {key: number for part in parts for key, number in part.items()}
            yield {"_step": row["_step"], **merged} if "_step" in row else merged

    return History.from_rows(list(numbers()))


def peaks_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return the peak of each system metric under the name that it has in the run's file."""
    peaks: dict[str, float] = {}
    for key, value in (item for row in rows for item in row.items()):
        if key.startswith("system.") and isinstance(value, int | float):
            name = key.removeprefix("system.")
            peaks[name] = max(float(value), peaks.get(name, float(value)))
    return peaks


def definitions_of(raw_config: Mapping[str, Any]) -> dict[str, MetricDefinition]:
    """Return what `define_metric` said, from the numbers under which W&B keeps it in the config."""
    kept = raw_config.get("_wandb")
    kept = kept.get("value", kept) if isinstance(kept, Mapping) else {}
    rows = [row for row in kept.get("m") or () if isinstance(row, Mapping)]
    names = [str(row.get("1") or row.get("2") or "") for row in rows]
    found: dict[str, MetricDefinition] = {}
    for row, name in zip(rows, names, strict=True):
        axis = row.get("5")
        found[name] = MetricDefinition(
            name=name,
            axis=str(row.get("4") or (names[axis - 1] if isinstance(axis, int) and 0 < axis <= len(names) else "")),
            summary=tuple(_KINDS[kind] for kind in row.get("7") or () if kind in _KINDS),
            goal={1: "min", 2: "max"}.get(row.get("8")),  # type: ignore[arg-type]
            hidden=_HIDDEN in (row.get("6") or ()),
        )
    return found


def file_of(found: Any) -> FileRecord:
    """Return a file on the server: it has a name and a size, and no place on this disk."""
    return FileRecord(str(found.name), None, int(found.size))


def artifact_of(found: Any, *, used: bool) -> ArtifactRecord:
    """Return an artifact as the run's file names it: one that was logged by its name alone, without the version."""
    name = str(found.qualified_name) if used else str(found.name).partition(":")[0]
    if used:
        return ArtifactRecord(name, str(found.type), used=True)
    aliases = (alias for alias in found.aliases if not alias[1:].isdigit())
    return ArtifactRecord(name, str(found.type), tuple(sorted(aliases)), str(found.digest), int(found.size))


def moment(text: Any) -> datetime | None:
    """Return a time of the server's; None where it is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _longest(*values: Any) -> float | None:
    return max((float(value) for value in values if isinstance(value, int | float)), default=None)
