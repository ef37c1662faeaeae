"""A finding that the winner has and the others have not.

## How it is detected
The best run has a warning of a rule that every other run that was compared passed: not one for which a run lacks the
facts. Errors play no part, they disqualify.

## Why it matters
The one thing that is odd about the winner may be why it wins: a leak, an overlap of the sets, a metric that counts
otherwise.

## What to do
Read the finding (`trackexp explain CODE`) and ask whether it could raise the number; repeat the run without it.

## References
- Kaufman et al., Leakage in Data Mining, KDD 2011: a surprising lead is the first sign of a leak.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field, Member, names
from trackexp.diagnosis.discovery import all_rules
from trackexp.diagnosis.engine import diagnose
from trackexp.diagnosis.outcome import Status
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class WinnerHasAFinding(AcrossRule):
    """Odd, and first."""

    code = "TX957"
    name = "winner-has-a-finding"
    severity = Severity.INFO
    confidence = Confidence.CERTAIN

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield a finding for each warning that is the winner's alone."""
        if field.best is None:
            yield NotApplicable("no run is the best")
            return
        others = [member for member in field.compared if member is not field.best]
        alone = {finding.code: finding for finding in field.best.findings if finding.severity is Severity.WARNING}
        for code, finding in alone.items():
            if others and all(_passed(member, code) for member in others):
                yield self.finding(
                    f"{field.best.label} is the best, and of the runs compared it alone has {code} {finding.name}; "
                    f"{names(others)} passed that rule",
                    f"ask whether {finding.name} can raise the number: {finding.fix}",
                    [field.best],
                )


def _passed(member: Member, code: str) -> bool:
    rules = [rule for rule in all_rules() if rule.code == code]
    if not rules or any(finding.code == code for finding in member.findings):
        return False
    return all(outcome.status is Status.PASSED for outcome in diagnose(member.record, rules=rules).outcomes)
