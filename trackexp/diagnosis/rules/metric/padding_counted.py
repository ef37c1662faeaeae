"""Padding that is counted as right answers.

## How it is detected
Sequences of token ids and targets for every position have 0 at the same places: at least 30 % of all positions, and at
least 99 % of the positions where the id is 0 have the target 0. Nothing masks them: no Embedding with `mask_zero`, no
Masking layer, no sample weights, no `ignore_class`. That alone is **info**. It is a warning where a complete training
shows what it hides: an accuracy of 0.8 or more of which, with all padding counted as right, less than half of the real
positions can be right.

## Why it matters
"Padding is padding" is learnt at once. It lifts the accuracy and lowers the loss by the share of padding, and two runs
padded to different lengths cannot be compared.

## What to do
Build the Embedding with `mask_zero=True`, or pass sample weights of 0 for the padding.

## References
- Keras documentation, Understanding masking and padding: https://keras.io/guides/understanding_masking_and_padding/
- keras-team/keras issue 9311.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.curves import curve_of, is_complete
from trackexp.diagnosis.evidence.losses import ACCURACIES, PROBABILITY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class PaddingCounted(HeadRule):
    """A score for what nobody asked.

    Args:
        min_padded_share: Least share of positions that are padding.
        min_agreement: Least share of the padded inputs whose target is padding too.
        min_accuracy: Least accuracy that misleads.
        max_real_accuracy: Highest accuracy on the real positions that it may hide.
    """

    code = "TX404"
    name = "padding-counted"
    severity = Severity.WARNING
    losses = PROBABILITY
    needs = ("target.shape",)

    min_padded_share: float = 0.3
    min_agreement: float = 0.99
    min_accuracy: float = 0.8
    max_real_accuracy: float = 0.5

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield info for padding that nothing masks, a warning where the accuracy hides the rest."""
        padding = fit.facts.get("data", {}).get("padding")
        if padding is None or len(head.output.get("shape") or []) != 3:
            if len(head.target.get("shape", [])) >= 2 and len(head.output.get("shape") or []) == 3:
                yield NotApplicable(f"fit {fit.index}: no token ids with a target for every position were seen")
            return
        share, agreement = padding["share"], padding["agreement"]
        if share < self.min_padded_share or agreement < self.min_agreement or _masks(fit, head):
            return
        accuracy = self._accuracy(fit, head)
        real = None if accuracy is None else (accuracy - share) / (1 - share) if share < 1 else 0.0
        hides = accuracy is not None and accuracy >= self.min_accuracy and real is not None
        hides = hides and (real or 0.0) < self.max_real_accuracy
        told = f"; the last accuracy is {accuracy:.1%}, {max(0.0, real or 0.0):.0%} on the real ones" if hides else ""
        yield self.finding(
            f"{share:.0%} of the positions{head.where} are padding, and loss and metrics count them{told}",
            "build the Embedding with mask_zero=True, or pass sample weights of 0 for the padding",
            fit=fit.index,
            severity=None if hides else Severity.INFO,
        )

    def _accuracy(self, fit: Fit, head: Head) -> float | None:
        names = [metric.get("name") for metric in head.metrics if metric.get("identifier") in ACCURACIES]
        for part in ("val", "train") if names and is_complete(fit) and not head.label else ():
            values = curve_of(fit, f"{part}/{names[0]}")
            if len(values):
                return float(values[-1])
        return None


def _masks(fit: Fit, head: Head) -> bool:
    masked = any(layer.get("layer") == "Masking" or layer.get("config", {}).get("mask_zero") for layer in fit.layers)
    weighted = fit.facts.get("fit", {}).get("sample_weight") or fit.facts.get("fit", {}).get("class_weight")
    return bool(masked or weighted or head.loss.get("config", {}).get("ignore_class") is not None)
