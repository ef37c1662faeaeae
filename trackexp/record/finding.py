"""One thing that is wrong with a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is, the worst first: an error disqualifies the run, a warning asks for attention, info is no alarm."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Place among the severities, 0 for the worst."""
        return list(Severity).index(self)

    @property
    def is_alarm(self) -> bool:
        """Whether somebody ought to act on it: an error or a warning."""
        return self is not Severity.INFO

    def at_least(self, limit: Severity) -> bool:
        """Tell whether it is as bad as the limit, or worse.

        >>> Severity.ERROR.at_least(Severity.WARNING), Severity.INFO.at_least(Severity.WARNING)
        (True, False)
        """
        return self.rank <= limit.rank


class Confidence(StrEnum):
    """How a finding is known: certain by construction, or likely by the evidence of curves, samples and probes."""

    CERTAIN = "certain"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what was seen, and what to do about it.

    Args:
        code: Stable code of the rule, such as `"TX101"`; never reused.
        name: The rule's name, such as `"bce-on-categorical"`: it names the bad pattern, never the cure.
        severity: `error`, `warning` or `info`.
        message: What was seen, with the values in it.
        fix: What to do, in one sentence.
        fit: Which `fit` of the run it is about, counted from 0.
        epoch: The epoch at which it was seen; 0 also stands for "before the first update".
        confidence: Whether it is certain by construction, or likely by the evidence; None in records of 0.1.
    """

    code: str
    name: str
    severity: Severity
    message: str
    fix: str
    fit: int = 0
    epoch: int = 0
    confidence: Confidence | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON-ready data."""
        return {**asdict(self), "severity": str(self.severity), "confidence": self.confidence and str(self.confidence)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        """Read a finding back from `to_dict`'s form; keys of a later version are ignored."""
        known = {key: data[key] for key in cls.__slots__ if key in data}
        if known.get("confidence") is not None:
            known["confidence"] = Confidence(known["confidence"])
        return cls(**{**known, "severity": Severity(data["severity"])})


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings by severity, then code, then fit."""
    return tuple(sorted(findings, key=lambda finding: (finding.severity.rank, finding.code, finding.fit)))
