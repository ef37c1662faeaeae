"""One run as the page shows it: everything but its curves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trackexp.diagnosis import Status, diagnose, findings_of
from trackexp.diagnosis.documentation import documented_rules, page_of
from trackexp.record import FileRecord, Finding, RunRecord, best_value, dotted, metric_names
from trackexp.reporting.formats import json_ready, value_text
from trackexp.reporting.run_data import best_to_dict, damage_to_list
from trackexp.reporting.system import system_peaks
from trackexp.viewing.board import Entry
from trackexp.viewing.live_run import LiveRun, progress_of
from trackexp.viewing.series import charts_of, system_charts_of

SCHEMA = 1
_CONSOLE = 64 << 10  # characters of the end of what was printed
_MOST_BEST = 200
_MOST_FILES = 5_000
_MOST_VALUES = 5_000
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def details_of(entry: Entry, live: LiveRun) -> dict[str, Any]:
    """Return a run as data for its page."""
    record = live.whole()
    names = ("id", "name", "title", "project", "entity", "group", "job_type", "notes", "exit_code", "runtime")
    data = {name: getattr(record, name) for name in names}
    return json_ready(  # type: ignore[no-any-return]
        {
            "schema": SCHEMA,
            "key": entry.key,
            **data,
            "tags": record.tags,
            "state": str(record.state),
            "started_at": record.started_at,
            "path": record.path,
            "command": record.command,
            "progress": progress_of(record),
            "config": _texts(record.settings),
            "best": _best(record),
            "kept": record.summary.get("best"),
            **_diagnosis(record),
            "code": _code(record),
            "environment": _texts(record.environment),
            "console": _clean(record.console[-_CONSOLE:]),
            "console_cut": len(record.console) > _CONSOLE,
            "files": [_file(file) for file in record.files[:_MOST_FILES]],
            "artifacts": [asdict(artifact) for artifact in record.artifacts],
            "alerts": record.alerts,
            "damage": damage_to_list(record.damage),
            "peaks": system_peaks(record.system),
            "charts": charts_of(record),
            "system": system_charts_of(live.system()),
            "pages": pages_of(record),
            "beginnings": live.beginnings,
        }
    )


def pages_of(record: RunRecord) -> list[dict[str, str]]:
    """Return the pages of evaluations, comparisons and monitors that a run has among its files."""
    return [
        {"name": file.name, "title": Path(file.name).stem.replace("_", " ")}
        for file in record.files
        if file.path is not None and file.name.endswith(".html")
    ]


def _diagnosis(record: RunRecord) -> dict[str, Any]:
    """Return the findings, each with its rule's own documentation, and which rules could not tell and why."""
    diagnosis = diagnose(record)
    findings = findings_of(record, diagnosis)
    silent = [
        {"code": one.code, "name": one.name, "reason": one.reason, "crashed": one.status is Status.CRASHED}
        for one in diagnosis.outcomes
        if one.status in (Status.NOT_APPLICABLE, Status.CRASHED)
    ]
    return {
        "findings": [one.to_dict() for one in findings],
        "explained": _explained(findings),
        "silent": silent,
        "passed": sum(one.status is Status.PASSED for one in diagnosis.outcomes),
    }


def _explained(findings: Sequence[Finding]) -> dict[str, dict[str, Any]]:
    """Return what `trackexp explain` says of the rules behind some findings, by code."""
    codes = {finding.code for finding in findings}
    rules = documented_rules()
    if not codes <= {rule.code for rule in rules}:  # those of partitions need pandas
        from trackexp.partitioning import partition_rules

        rules = (*rules, *partition_rules())
    pages = {rule.code: page_of(rule) for rule in rules if rule.code in codes}
    return {code: {"what": page.what, "sections": dict(page.sections)} for code, page in pages.items()}


def _best(record: RunRecord) -> list[dict[str, Any]]:
    names = [name for name in metric_names(record) if not name.startswith(("batch/", "probe/"))]
    found = [best for name in names[:_MOST_BEST] if (best := best_value(record, name))]
    return [best_to_dict(best) for best in sorted(found, key=lambda best: best.direction is None)]


def _code(record: RunRecord) -> dict[str, Any]:
    code = {key: value for key, value in record.code.items() if value not in (None, "", {}, [])}
    return {"script": record.script, "facts": _texts(code)}


def _texts(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return nested values as pairs of a dotted name and a text."""
    return [(_clean(name), _clean(value_text(value))) for name, value in list(dotted(values).items())[:_MOST_VALUES]]


def _file(file: FileRecord) -> dict[str, Any]:
    return {"name": file.name, "size": file.size, "here": file.path is not None}


def _clean(text: str) -> str:
    """Return a text without the control characters of terminals, and those that turn the direction of a line."""
    return _CONTROL.sub("", _ANSI.sub("", text))
