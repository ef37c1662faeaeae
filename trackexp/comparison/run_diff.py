"""Two runs: everything that differs, and nothing that does not."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import IO, Any

from trackexp import reporting
from trackexp.comparison import terminal
from trackexp.comparison.code import code_diff, code_differences
from trackexp.comparison.differences import (
    ByRun,
    data_differences,
    differences,
    differing,
    differing_where_told,
    environment_differences,
    other_data,
    ratios,
)
from trackexp.comparison.entry import labels_of
from trackexp.comparison.grouping import names_repetition
from trackexp.comparison.metrics import Metric, area, available_names, reached, shared_range
from trackexp.diagnosis import Policy, findings_of, resolve_policy
from trackexp.errors import UsageError
from trackexp.record import RunRecord

SCHEMA = 1
SECTIONS = ("run", "config", "data", "code", "environment", "findings", "metrics", "system")
_EPOCH = " best epoch"
_NOISE = 0.05  # share within which two peaks are one: the same script twice differs by as much


@dataclass(frozen=True)
class RunDiff:
    """What differs between two runs, by section; in each the value by run id, by key.

    Args:
        run: State, group, tags, notes, runtime.
        config: Dotted keys.
        data: Hash, shape, type and class counts of the arrays, versions of dataset artifacts.
        code: Commit, repository, program, patch.
        environment: Hardware, Python, packages.
        findings: The message by rule.
        metrics: Best, last and mean height of each metric.
        system: Peaks that lie more than 5 % apart.
        patch: What leads from the first run's code to the second's, as a unified diff.
    """

    first: RunRecord
    second: RunRecord
    run: ByRun
    config: ByRun
    data: ByRun
    code: ByRun
    environment: ByRun
    findings: ByRun
    metrics: ByRun
    system: ByRun
    patch: str

    @property
    def statement(self) -> str:
        """That the two were not trained on the same data; "" where nothing says so."""
        return other_data([self.first, self.second])

    @property
    def labels(self) -> dict[str, str]:
        """What each run is called, by id."""
        return labels_of([self.first, self.second])

    def ratios(self, section: str) -> dict[str, dict[str, float]]:
        """Return how many times as large a section's amounts, no seeds or epochs, are as those of the first run."""
        told = getattr(self, section).items()
        amounts = {key: values for key, values in told if not names_repetition(key) and not key.endswith(_EPOCH)}
        return ratios(amounts, self.first.id)

    def show(self, file: IO[str] | None = None, sections: tuple[str, ...] = SECTIONS) -> None:
        """Print what differs, by default to standard output: plain where that is no terminal."""
        terminal.show_diff(reporting.console(file or sys.stdout), self, sections)

    def to_dict(self, sections: tuple[str, ...] = SECTIONS) -> dict[str, Any]:
        """Return the sections as JSON-ready data; what is empty is there too."""
        told: dict[str, Any] = {section: getattr(self, section) for section in sections}
        if "code" in sections:
            told["patch"] = self.patch
        if "data" in sections:
            told["other_data"] = bool(self.statement)
        numbers = {section: self.ratios(section) for section in sections if section in ("config", "metrics", "system")}
        runs = [{"id": record.id, "name": record.title} for record in (self.first, self.second)]
        return {"schema": SCHEMA, "runs": runs, **told, "ratios": numbers}


def diff(first: RunRecord, second: RunRecord, *, policy: Policy | None = None) -> RunDiff:
    """Return everything that differs between two runs, and nothing that does not.

    Args:
        first: A run.
        second: The run to hold against it.
        policy: Which rules run, with which thresholds; default what the project's files around the working folder say.

    Raises:
        UsageError: It is one run, twice.

    >>> from trackexp.testing import make_record
    >>> found = diff(make_record("a", config={"lr": 0.1, "bs": 5}), make_record("b", config={"lr": 0.2, "bs": 5}))
    >>> found.config, found.metrics, found.code
    ({'lr': {'a': 0.1, 'b': 0.2}}, {}, {})
    """
    if first.id == second.id:
        raise UsageError(f"both runs are {first.title} ({first.id}): expected two runs.")
    records = [first, second]
    policy = resolve_policy() if policy is None else policy
    return RunDiff(
        first,
        second,
        differing_where_told({record.id: _told_of_run(record) for record in records}),
        differences(records),
        data_differences(records),
        code_differences(records),
        environment_differences(records),
        differing({record.id: _findings(record, policy) for record in records}),
        _metrics(records),
        _system(first, second),
        code_diff(first, second),
    )


def _told_of_run(record: RunRecord) -> dict[str, Any]:
    names = ("project", "entity", "group", "job_type", "notes", "exit_code", "runtime")
    told = {name: getattr(record, name) or None for name in names}
    return {**told, "state": str(record.state), "tags": list(record.tags), "damage": bool(record.damage)}


def _findings(record: RunRecord, policy: Policy) -> dict[str, str]:
    told: dict[str, list[str]] = {}
    for finding in findings_of(record, policy=policy):
        told.setdefault(f"{finding.severity}: {finding.code} {finding.name}", []).append(finding.message)
    return {name: "; ".join(dict.fromkeys(messages)) for name, messages in told.items()}


def _system(first: RunRecord, second: RunRecord) -> ByRun:
    """Return the peaks that lie further apart than those of one script that runs twice."""
    told = differing_where_told({record.id: dict(record.system) for record in (first, second)})
    return {
        key: values
        for key, values in told.items()
        if abs(values[first.id] - values[second.id]) > _NOISE * max(map(abs, values.values()))
    }


def _metrics(records: list[RunRecord]) -> ByRun:
    told: dict[str, dict[str, Any]] = {record.id: {} for record in records}
    for name in available_names(records):
        between = shared_range(records, name)
        for record in records:
            found = reached(record, Metric(name))
            if found is None:
                continue
            if found.direction is not None:
                told[record.id] |= {f"{name} best": found.value, f"{name}{_EPOCH}": found.epoch}
            told[record.id] |= {f"{name} last": found.last, f"{name} area": area(record, name, between)}
    return differing({run: {key: v for key, v in values.items() if v is not None} for run, values in told.items()})
