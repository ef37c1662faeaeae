"""Penalties on the weights that leave nothing to learn with.

## How it is detected
Some kernels have a regularizer, and by the end of the training either more than 90 % of the whole loss is penalty, or
the weights of the penalised layers have shrunk below a tenth of their size before the first update (the median of
them); and the training has failed: without penalties the loss is above 90 % of the best constant's, the outputs are
no better than a constant, or small models beat them.

## Why it matters
The optimizer does what it is told: it makes the weights small.

## What to do
Divide the penalty by 100, and raise it while the validation loss falls; 1e-5 to 1e-3 is usual.

## References
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 7.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import is_complete
from trackexp.diagnosis.evidence.probes import at_chance, column, data_loss_high, last, probes_of, shortfall
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity

_PENALTIES = ("kernel_regularizer", "recurrent_regularizer", "embeddings_regularizer")


@dataclass(frozen=True)
class OverRegularized(FitRule):
    """More penalty than loss.

    Args:
        min_penalty_share: From this share of the whole loss on the penalty rules it.
        max_weight_ratio: Below this share of their first size weights have collapsed.
        min_loss_ratio: Above this share of the best constant's loss the training has failed.
    """

    code = "TX008"
    name = "over-regularized"
    severity = Severity.WARNING
    explains = ("underfitting-capacity", "lr-too-low", "vanishing-gradient", "dead-relu", "inputs-not-normalized",
                "targets-not-scaled", "misaligned-labels")  # fmt: skip
    requires = ("probes.scalars", "model.layers")

    min_penalty_share: float = 0.9
    max_weight_ratio: float = 0.1
    min_loss_ratio: float = 0.9

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the penalty has won."""
        penalised = [one["name"] for one in fit.layers if set(_PENALTIES) & set(one.get("config", {}))]
        if not penalised:
            return
        if not is_complete(fit):
            yield NotApplicable(f"fit {fit.index}: the training is not complete")
            return
        seen = self._share(fit) or self._shrunk(fit, set(penalised))
        failed = (data_loss_high(fit, self.min_loss_ratio) or at_chance(fit) or shortfall(fit)) if seen else ""
        if failed:
            yield self.finding(
                f"{seen}; {failed}",
                "divide the penalty by 100, and raise it while the validation loss falls",
                fit=fit.index,
            )

    def _share(self, fit: Fit) -> str:
        penalty, loss = last(fit, "regularization"), last(fit, "loss")
        if not penalty or loss is None or loss <= 0 or penalty / (penalty + loss) < self.min_penalty_share:
            return ""
        return f"{penalty / (penalty + loss):.0%} of the loss is penalty on weights"

    def _shrunk(self, fit: Fit, penalised: set[str]) -> str:
        scales, start = column(fit, "weight_scale"), np.array(probes_of(fit).get("initial_scale", []), dtype=np.float64)
        names = probes_of(fit).get("names", [])
        places = [place for place, name in enumerate(names) if name in penalised]
        if not len(scales) or not places or len(start) != len(names):
            return ""
        with np.errstate(all="ignore"):
            left = float(np.nanmedian(scales[-1, places] / start[places]))
        return (
            f"the penalised weights have shrunk to {left:.1%} of their first size"
            if left < self.max_weight_ratio
            else ""
        )
