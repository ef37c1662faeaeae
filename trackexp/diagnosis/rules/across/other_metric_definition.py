"""One name of a metric, computed in two ways.

## How it is detected
The function behind the metric that decides is not the same in all runs: for a loss, what `compile` was given, with
the arguments that change its value (label smoothing, delta, reduction …); for a metric, what Keras made of its name
(`accuracy` may be binary, categorical or sparse).

## Why it matters
The numbers have one name and two meanings: 0.2 of a crossentropy is no better than 0.3 of a squared error, and label
smoothing alone raises the lowest loss that can be reached.

## What to do
Compare by a metric that means the same in all runs, such as an accuracy of one definition.

## References
- Keras, "Accuracy metrics" and `Model.compile`: how `"accuracy"` is resolved by the shape of the output.
- Szegedy et al., Rethinking the Inception Architecture, CVPR 2016: label smoothing changes the loss itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field, Member, names
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class OtherMetricDefinition(AcrossRule):
    """Two numbers under one name."""

    code = "TX952"
    name = "other-metric-definition"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield a finding where the runs that say how do not agree."""
        parts: dict[str, list[Member]] = {}
        for member in field.members:
            if member.definition is not None:
                parts.setdefault(member.definition, []).append(member)
        if sum(map(len, parts.values())) < 2:
            yield NotApplicable(f"fewer than two runs say how {field.metric} was computed")
        elif len(parts) > 1:
            told = "; ".join(f"{definition} in {names(members)}" for definition, members in parts.items())
            yield self.finding(
                f"{field.metric} is not one metric: {told}",
                "compare by a metric that means the same in all runs",
                [member for members in parts.values() for member in members],
            )
