"""What a diagnosis says: the findings, and of every rule how it went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trackexp.record import Finding, Severity, worst_first


class Status(StrEnum):
    """How it went with one rule."""

    FINDING = "finding"
    EXPLAINED = "explained"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    IGNORED = "ignored"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went with one rule on one record.

    Args:
        reason: Why it could not be applied (also in part: one `fit` of several), was ignored or crashed, or which
            finding explains it; else "".
    """

    code: str
    name: str
    status: Status
    reason: str = ""
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON-ready data; its findings stand in the diagnosis."""
        return {"code": self.code, "name": self.name, "status": str(self.status), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All outcomes of one record, in the order of the codes."""

    outcomes: tuple[Outcome, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, the worst first."""
        return worst_first(finding for outcome in self.outcomes for finding in outcome.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that disqualify the run."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    def to_dict(self) -> dict[str, Any]:
        """Return the diagnosis as JSON-ready data."""
        return {
            "findings": [finding.to_dict() for finding in self.findings],
            "outcomes": [outcome.to_dict() for outcome in self.outcomes],
        }
