"""One run as data, for `--json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from trackexp.record import BestValue, Damage, RunRecord, best_value, metric_names

SCHEMA = 1


def run_to_dict(record: RunRecord, diagnosis: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run with its diagnosis as JSON-ready data; `code` and `damage` are there only where known."""
    names = ("id", "name", "project", "entity", "group", "job_type", "tags", "notes", "state", "exit_code")
    data = {
        "schema": SCHEMA,
        **{name: getattr(record, name) for name in names},
        "started_at": record.started_at,
        "runtime": record.runtime,
        "path": record.path,
        "config": record.settings,
        "facts": [{key: part for key, part in fit.items() if key != "earlier_fits"} for fit in record.facts],
        "summary": record.summary,
        "best": {name: best_to_dict(best) for name in metric_names(record) if (best := best_value(record, name))},
        **diagnosis,
        "system": record.system,
        "environment": record.environment,
        "files": [asdict(file) for file in record.files],
        "artifacts": [asdict(artifact) for artifact in record.artifacts],
    }
    if record.code:
        data["code"] = record.code
    if record.damage:
        data["damage"] = damage_to_list(record.damage)
    return data


def best_to_dict(best: BestValue) -> dict[str, Any]:
    """Return a best value as JSON-ready data."""
    return {name: getattr(best, name) for name in ("metric", "key", "direction", "value", "epoch", "last")}


def damage_to_list(damage: tuple[Damage, ...]) -> list[dict[str, Any]]:
    """Return the damaged parts as JSON-ready data."""
    return [{"offset": part.offset, "length": part.length, "kind": part.kind, "path": part.path} for part in damage]
