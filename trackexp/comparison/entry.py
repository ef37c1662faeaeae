"""One run as it enters a comparison."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trackexp.comparison.differences import differing as differing_values
from trackexp.record import BestValue, Facts, Finding, RunRecord, Severity, best_value, dotted, epochs_of
from trackexp.reporting import best_to_dict, damage_to_list, value_text

_MOST_SETTINGS, _SHORT = 3, 24  # in a label: how many settings, and how long a value


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run reached in one metric.

    Args:
        best: Value, epoch and last value; None where the run has no such metric.
        area: Mean height of the curve over the epochs that the compared runs share; None where it is not known.
        at_best: The value at the step at which the metric that decides was best; of that metric itself the best.
    """

    best: BestValue | None
    area: float | None = None
    at_best: float | None = None

    def value(self, what: str) -> float | None:
        """Return `"best"`, `"last"` or `"area"`; None where there is none, or no finite one."""
        if what == "area":
            return self.area
        found = None if self.best is None else self.best.value if what == "best" else self.best.last
        return found if found is not None and math.isfinite(found) else None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        told = {"area": self.area, "at_best": self.at_best}
        return told if self.best is None else {**best_to_dict(self.best), **told}


@dataclass(frozen=True, slots=True)
class Entry:
    """A run, what it reached in the metrics that are compared, and what is wrong with it.

    Args:
        label: What the run is called in texts: its name, with the id where others bear the same name.
        best: Of the metric that decides; None when the run has no such metric.
        findings: The worst first.
        measured: By metric, the deciding one first, then the other metrics of the run.
    """

    record: RunRecord
    label: str
    best: BestValue | None
    findings: tuple[Finding, ...]
    measured: Mapping[str, Measured] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return who it is and what it reached, not all of its history."""
        reached = "" if self.best is None else f", {self.best.metric}={self.best.value:.6g}"
        return f"<Entry {self.label[:100]} ({self.id}){reached}, {len(self.findings)} findings>"

    @property
    def id(self) -> str:
        """W&B's id of the run."""
        return self.record.id

    @property
    def epochs(self) -> int | None:
        """How many epochs the run reported."""
        return epochs_of(self.record)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that disqualify the run."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def facts(self) -> Facts:
        """What trackexp noted of the latest fit; empty for a run that it did not record."""
        return self.record.facts[-1] if self.record.facts else Facts()

    def to_dict(self) -> dict[str, Any]:
        """Return the run as JSON-ready data; `damage` is there only where there is some."""
        record = self.record
        data: dict[str, Any] = {
            "id": record.id,
            "name": record.title,
            "project": record.project,
            "group": record.group,
            "state": str(record.state),
            "epochs": self.epochs,
            "runtime": record.runtime,
            "best": None if self.best is None else best_to_dict(self.best),
            "metrics": {name: measured.to_dict() for name, measured in self.measured.items()},
            "system": dict(record.system),
            "findings": [finding.to_dict() for finding in self.findings],
        }
        if record.damage:
            data["damage"] = damage_to_list(record.damage)
        return data


@dataclass(frozen=True, slots=True)
class Excluded:
    """A run that is out of the contest, and why."""

    entry: Entry
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        codes = [finding.code for finding in self.entry.errors]
        return {**named(self.entry), "reason": self.reason, "findings": codes}


def named(entry: Entry) -> dict[str, str]:
    """Return the run's id and name, as they stand in JSON."""
    return {"id": entry.id, "name": entry.record.title}


def labels_of(records: Sequence[RunRecord]) -> dict[str, str]:
    """Return what each run is called in texts, by id: its name, with what tells it from others of that name.

    Runs without a name, and several of one name, are told apart by the settings that differ between them, where those
    do; else by their ids.

    >>> from trackexp.testing import make_record
    >>> labels_of([make_record("aaa", name="", config={"lr": 0.1}), make_record("bbb", name="", config={"lr": 0.2})])
    {'aaa': 'aaa (lr=0.1)', 'bbb': 'bbb (lr=0.2)'}
    """
    named: dict[str, list[RunRecord]] = {}
    for record in records:
        named.setdefault(record.name, []).append(record)
    labels: dict[str, str] = {}
    for name, alike in named.items():
        settings = _telling_settings(alike) if len(alike) > 1 else {}
        distinct = len(set(settings.values())) == len(alike)
        for record in alike:
            told = settings.get(record.id, "")
            if not name:
                labels[record.id] = f"{record.id} ({told})" if told else record.id
            else:
                labels[record.id] = name if len(alike) == 1 else f"{name} ({told if distinct else record.id})"
    return labels


def _telling_settings(records: Sequence[RunRecord]) -> dict[str, str]:
    """Return by id the settings in which runs differ, as text; nothing where no few short ones do."""
    dotted_settings = {record.id: dotted(record.settings) for record in records}
    differing = differing_values(dotted_settings)
    short = [
        key
        for key, values in sorted(differing.items())
        if max(len(value_text(one)) for one in values.values()) <= _SHORT
    ]
    if not short:
        return {}
    telling = short[:_MOST_SETTINGS]
    return {
        run: ", ".join(f"{key}={value_text(values[key])}" for key in telling if key in values)
        for run, values in dotted_settings.items()
    }


def entries(
    records: Sequence[RunRecord],
    metric: str,
    findings: Sequence[tuple[Finding, ...]],
    measured: Sequence[Mapping[str, Measured]] | None = None,
) -> tuple[Entry, ...]:
    """Return an entry for each run, in the order given."""
    labels = labels_of(records)
    return tuple(
        Entry(record, labels[record.id], best_value(record, metric), found, reached)
        for record, found, reached in zip(records, findings, measured or [{}] * len(records), strict=True)
    )
