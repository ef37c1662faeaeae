"""Dropout behind the last layer.

## How it is detected
Between the output of the model and the layer with weights that makes it lies a Dropout, under one of Keras's own
losses for classes or numbers. Custom and similarity losses, whose outputs may be embeddings, pass.

## Why it matters
The answer itself is set to 0 at random, and scaled up otherwise: the loss measures the dropout.

## What to do
Move the dropout before the last layer.

## References
- Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, JMLR 15 (2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import PROBABILITY, REGRESSION
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class DropoutOnOutput(HeadRule):
    """Answers that are dropped."""

    code = "TX004"
    name = "dropout-on-output"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    losses = PROBABILITY | REGRESSION
    needs = ("output.passed", "output.head")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a Dropout follows the last weights."""
        made_by = next((layer for layer in fit.layers if layer["name"] == head.output.get("head")), None)
        pooled = any("Pooling" in kind for kind in head.output.get("passed", []))
        if "Dropout" in head.output.get("passed", []) and made_by is not None and not pooled:
            yield self.finding(
                f"a Dropout lies between {made_by['name']!r} and the output{head.where}",
                f"move the Dropout before {made_by['name']!r}",
                fit=fit.index,
            )
