"""One run as it enters a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trackexp.record import BestValue, Facts, Finding, RunRecord, Severity, best_value, epochs_of
from trackexp.reporting import best_to_dict, damage_to_list


@dataclass(frozen=True, slots=True)
class Entry:
    """A run, what it reached in the metric that is compared, and what is wrong with it.

    Args:
        label: What the run is called in texts: its name, with the id where others bear the same name.
        best: None when the run has no such metric.
        findings: The worst first.
    """

    record: RunRecord
    label: str
    best: BestValue | None
    findings: tuple[Finding, ...]

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


def entries(records: list[RunRecord], metric: str, findings: list[tuple[Finding, ...]]) -> tuple[Entry, ...]:
    """Return an entry for each run, in the order given."""
    titles = [record.title for record in records]
    return tuple(
        Entry(
            record,
            f"{record.title} ({record.id})" if titles.count(record.title) > 1 else record.title,
            best_value(record, metric),
            found,
        )
        for record, found in zip(records, findings, strict=True)
    )
