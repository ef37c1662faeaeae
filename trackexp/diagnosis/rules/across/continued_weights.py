"""A run that starts with the weights at which another one ended.

## How it is detected
The digest of the model's weights before the first update of one run equals the digest after the last update of another,
and of an earlier one where both are known to have started. The same live model that is fitted again in a second run,
`load_weights` and a warm start all look like this. Runs that start from the same pretrained weights do not.

## Why it matters
The later run has had the earlier one's epochs as well. Its better number is no evidence for the setting that was
changed in between.

## What to do
Build the model anew in each run, or compare by the epochs of both together.

## References
- Ash and Adams, On Warm-Starting Neural Network Training, NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field, Member, names
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class ContinuedWeights(AcrossRule):
    """Two trainings in one."""

    code = "TX958"
    name = "continued-weights"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield a finding for each run that continues another."""
        starts = {member.record.id: initial_weights(member) for member in field.members}
        ends = {member.record.id: final_weights(member) for member in field.members}
        if sum(value is not None for value in starts.values()) < 2 or not any(ends.values()):
            yield NotApplicable("fewer than two runs say by a digest which weights they started with")
            return
        for member in field.members:
            before = [
                other
                for other in field.members
                if other is not member
                and starts[member.record.id] is not None
                and starts[member.record.id] == ends[other.record.id]
                and starts[member.record.id] != starts[other.record.id]
                and _earlier(other, member)
            ]
            if before:
                yield self.finding(
                    f"{member.label} starts with the weights at which {names(before[:1])} ended",
                    "build the model anew in each run; a continued run is no rival of the one that it continues",
                    [member, before[0]],
                )


def initial_weights(member: Member) -> str | None:
    """Return the digest of the weights before the first update of the run; None where it is not known."""
    facts = member.record.facts
    return facts[0].get("model", {}).get("initial_weights") if facts else None


def final_weights(member: Member) -> str | None:
    """Return the digest of the weights after the last update of the run; None where it is not known."""
    facts = member.record.facts
    return facts[-1].get("model", {}).get("final_weights") if facts else None


def _earlier(first: Member, second: Member) -> bool:
    one, other = first.record.started_at, second.record.started_at
    return one is None or other is None or one <= other
