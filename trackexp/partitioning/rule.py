"""What a rule over a partition is: a frozen dataclass in a file of its own under `partitioning/rules/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from trackexp.diagnosis.discovery import rules_in, sorted_and_unique
from trackexp.diagnosis.rule import AnyRule
from trackexp.partitioning import rules as rules_package
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.record import Finding, Severity


@dataclass(frozen=True, slots=True)
class PartitionFinding(Finding):
    """One thing that is wrong with a partition.

    Args:
        evidence: What was counted, JSON-ready.
    """

    evidence: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return code, name, severity, message, fix and evidence as JSON-ready data."""
        keys = ("code", "name", "message", "fix")
        return {key: getattr(self, key) for key in keys} | {
            "severity": str(self.severity),
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True)
class PartitionRule(AnyRule[PartitionEvidence]):
    """One thing that can be wrong with parts or folds, looked for in what was counted of them."""

    def finding(self, message: str, fix: str, *, severity: Severity | None = None, **evidence: Any) -> PartitionFinding:
        """Return a finding that bears this rule's code and name, and its severity where none is given."""
        return PartitionFinding(
            self.code, self.name, severity or self.severity, message, fix, confidence=self.confidence, evidence=evidence
        )


@cache
def partition_rules() -> tuple[PartitionRule, ...]:
    """Return every rule over a partition, with its default thresholds, in the order of the codes."""
    return tuple(rule for rule in sorted_and_unique(rules_in(rules_package)) if isinstance(rule, PartitionRule))
