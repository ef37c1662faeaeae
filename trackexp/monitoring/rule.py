"""What a rule over a window is: a frozen dataclass in a file of its own under `monitoring/rules/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from trackexp.diagnosis.discovery import rules_in, sorted_and_unique
from trackexp.diagnosis.rule import AnyRule
from trackexp.monitoring import rules as rules_package
from trackexp.monitoring.evidence import Window
from trackexp.record import Finding, Severity


@dataclass(frozen=True, slots=True)
class MonitorFinding(Finding):
    """One thing that is wrong with a window.

    Args:
        window: Name of the window.
        evidence: What was counted, JSON-ready.
    """

    window: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return code, name, severity, window, message, fix and evidence as JSON-ready data."""
        told = {key: getattr(self, key) for key in ("code", "name", "window", "message", "fix")}
        return told | {"severity": str(self.severity), "evidence": dict(self.evidence)}


@dataclass(frozen=True)
class MonitorRule(AnyRule[Window]):
    """One thing that can be wrong with a window of the log."""

    def finding(
        self, window: Window, message: str, fix: str, *, severity: Severity | None = None, **evidence: Any
    ) -> MonitorFinding:
        """Return a finding that bears this rule's code and name, and its severity where none is given."""
        return MonitorFinding(
            self.code, self.name, severity or self.severity, message, fix, confidence=self.confidence,
            window=window.name, evidence=evidence,
        )  # fmt: skip


@cache
def monitoring_rules() -> tuple[MonitorRule, ...]:
    """Return every rule over a window, with its default thresholds, in the order of the codes."""
    return tuple(rule for rule in sorted_and_unique(rules_in(rules_package)) if isinstance(rule, MonitorRule))
