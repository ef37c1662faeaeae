"""Outputs that are probabilities already, under a loss that takes them for logits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from trackexp.diagnosis.evidence.losses import PROBABILITY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class ProbabilitiesWithFromLogits(HeadRule):
    """What the rules on softmax and on sigmoid outputs share."""

    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    losses = PROBABILITY
    needs = ("activation",)
    activations: ClassVar[tuple[str, ...]]
    """Those that make probabilities; the first is the kind's name."""

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where such an output meets from_logits=True."""
        if head.activation in self.activations and head.loss.get("from_logits") is True:
            yield self.finding(
                f"loss={head.loss_name}{head.where} has from_logits=True, and the output ends in a {head.activation}",
                f"drop the {self.activations[0]} of the last layer, or from_logits=True",
                fit=fit.index,
            )
