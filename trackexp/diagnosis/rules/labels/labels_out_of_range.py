"""Labels outside what the loss counts with.

## How it is detected
Whole-number targets under Keras's own binary crossentropy are not all 0 and 1 (classes coded 1/2, -1/+1 or 0/255); or
class numbers under the sparse categorical crossentropy lie below 0 or at K and above, with no more different classes
than the output has units. With more, it is `too-few-output-units`. The loss's `ignore_class`, and labels that sample
weights may switch off, pass. On runs without facts it is **info**: the config names a binary crossentropy, and the
training loss is below 0, which labels of 0 and 1 never make it.

## Why it matters
Binary crossentropy falls without bound on a label of 2. A class number out of range raises on a CPU after minutes of
setup; on a GPU it gives NaN, or the wrong class, silently.

## What to do
Number the classes 0 to K - 1: `np.unique(y, return_inverse=True)[1]`.

## References
- Stack Overflow 59282996.
- TensorFlow documentation, `sparse_softmax_cross_entropy_with_logits`: labels out of range raise on CPU, NaN on GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import BINARY, SPARSE
from trackexp.diagnosis.evidence.plain_runs import loss_in_config, plain_curve
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, RunRecord, Severity


@dataclass(frozen=True)
class LabelsOutOfRange(HeadRule):
    """Classes that the loss does not know."""

    code = "TX601"
    name = "labels-out-of-range"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("nan-in-loss", "class-imbalance", "lr-too-high")
    losses = BINARY | SPARSE
    needs = ("units", "target.minimum", "target.maximum")

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Check every fit by its facts; a run without any by its curve and the loss that its config names."""
        series = None if record.facts else plain_curve(record, "train/loss")
        if series is None or loss_in_config(record) not in BINARY or not (series.values < 0).any():
            yield from super().examine(record)
            return
        place, loss = int((series.values < 0).argmax()), loss_in_config(record)
        yield self.finding(
            f"the config says loss={loss}, and the loss is {series.values[place]:.4g} at value {place}: "
            "for labels of 0 and 1 it is never below 0",
            "look at the smallest and largest label: they must be 0 and 1",
            epoch=place,
            severity=Severity.INFO,
        )

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for whole numbers outside the range."""
        low, high = head.target.get("minimum") or 0.0, head.target.get("maximum") or 0.0
        units, ignored = head.units or 0, head.loss.get("config", {}).get("ignore_class")
        sparse = head.loss_name in SPARSE
        if not head.target.get("integral") or (sparse and units < 2):
            return
        if ignored is not None or fit.facts.get("fit", {}).get("sample_weight"):
            if low < 0 or high >= (units if sparse else 2):
                yield NotApplicable(f"fit {fit.index}: labels out of range may be left out on purpose")
            return
        classes = head.target.get("distinct") or len(head.target.get("class_counts") or {})
        if (sparse and ((high >= units and classes <= units) or low < 0)) or (not sparse and (low < 0 or high > 1)):
            expected = f"0 to {units - 1} for {units} units" if sparse else "0 and 1"
            yield self.finding(
                f"the labels{head.where} go from {low:g} to {high:g}, and loss={head.loss_name} expects {expected}",
                "number the classes from 0: np.unique(y, return_inverse=True)[1]",
                fit=fit.index,
            )
