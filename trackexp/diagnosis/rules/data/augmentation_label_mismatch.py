"""Augmentation that changes what the label says.

## How it is detected
The model holds augmentation layers of Keras (RandomFlip, RandomRotation …). Each look runs the fixed batch through the
model once as in inference and once with these layers alone at work. *Contradicted*: in the last two probes of a
complete training the loss is more than twice as high with them, and 0.3 fewer of the rows are right; dropout and batch
normalisation are in neither. *Washed out*: the training has come to rest (its loss falls by less than 5 % an epoch),
small models beat the trained one on rows without augmentation by 0.1 and four standard errors, and with the layers at
work it is no better.

## Why it matters
A 6 upside down is a 9: the model is taught that both are right, and learns the difference away.

## What to do
Keep the changes that leave the label what it is: small shifts and turns for digits, horizontal flips for photographs.

## References
- Shorten and Khoshgoftaar, A Survey on Image Data Augmentation for Deep Learning, 2019: safety of augmentations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.curves import is_complete
from trackexp.diagnosis.evidence.probes import at_rest, last, probes_of, shortfall
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class AugmentationLabelMismatch(FitRule):
    """Images that change their class.

    Args:
        min_loss_ratio: How many times the loss must be as high with the augmentation.
        min_score_drop: Least share of rows that are no longer right.
        min_probes: Number of consecutive probes that must agree.
        max_loss_drop_per_epoch: Largest relative fall of the loss per epoch at the end; it falls unevenly, since
            every epoch draws other changes.
    """

    code = "TX511"
    name = "augmentation-label-mismatch"
    severity = Severity.WARNING
    explains = ("underfitting-capacity", "overfitting")
    requires = ("probes.scalars.loss_augmented",)

    min_loss_ratio: float = 2.0
    min_score_drop: float = 0.3
    min_probes: int = 2
    max_loss_drop_per_epoch: float = 0.05

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where augmented rows have other answers."""
        if not is_complete(fit):
            yield NotApplicable(f"fit {fit.index}: the training is not complete")
            return
        if seen := self._contradicted(fit) or self._washed_out(fit):
            layers = [layer["name"] for layer in fit.layers if layer.get("layer", "").startswith("Random")]
            yield self.finding(
                f"with {', '.join(layers) or 'augmentation'} at work {seen}",
                "keep the changes that leave the label what it is",
                fit=fit.index,
            )

    def _contradicted(self, fit: Fit) -> str:
        scalars = probes_of(fit).get("scalars", {})
        pairs = list(zip(scalars.get("loss", []), scalars.get("loss_augmented", []), strict=True))[-self.min_probes :]
        score, augmented = last(fit, "score"), last(fit, "score_augmented")
        if (
            len(pairs) < self.min_probes
            or score is None
            or augmented is None
            or score - augmented < self.min_score_drop
        ):
            return ""
        if not all(
            plain is not None and other is not None and other > self.min_loss_ratio * plain for plain, other in pairs
        ):
            return ""
        return (
            f"the loss of the same rows is {pairs[-1][1]:.4g} in place of {pairs[-1][0]:.4g}, and {augmented:.0%} of "
            f"them are right in place of {score:.0%}"
        )

    def _washed_out(self, fit: Fit) -> str:
        short, loss, augmented = shortfall(fit), last(fit, "loss"), last(fit, "loss_augmented")
        if (
            not short
            or not at_rest(fit, self.max_loss_drop_per_epoch)
            or loss is None
            or augmented is None
            or augmented < loss
        ):
            return ""
        return f"the loss has come to rest, and without it {short}"
