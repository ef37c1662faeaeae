"""A training in which no weight changes.

## How it is detected
The model has trainable weights, the training is over, and a digest of them is after the last update what it was before
the first. Or, as it goes on, in two probes or more the followed weights of every layer are exactly as they were before.
A layer whose weights are looked up by row (an Embedding) may be untouched by chance, so at least one other layer must
be among them. Gradients that are accumulated over several batches change the weights at the last of them only: before
so many batches have been trained on nothing is said, and a loop of one's own in which they were once seen to move
passes.

## Why it matters
The loss that is logged is that of the initial weights. The usual causes are a learning rate of 0, a training step of
one's own that applies no gradients, gradients that are all None or all skipped by a loss scale, or a compile before
`trainable` was changed.

## What to do
Print `optimizer.iterations` after an epoch: at 0 the step never reaches the optimizer, else the rate or the gradients
are 0.

## References
- Keras documentation, Customizing what happens in fit():
  https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import loss_of
from trackexp.diagnosis.evidence.probes import column, probes_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class NoUpdateHappened(FitRule):
    """Epochs of evaluation.

    Args:
        min_probes: Least number of probes, in all of which the weights stood still.
    """

    code = "TX910"
    name = "no-update-happened"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("lr-too-low", "gradient-blocked", "underfitting-capacity", "vanishing-gradient", "misaligned-labels",
                "inputs-not-normalized", "targets-not-scaled", "too-few-epochs", "batch-too-large")  # fmt: skip
    requires = ("model.trainable_parameters",)

    min_probes: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where all weights stood still."""
        if fit.facts.get("loop", {}).get("weights_moved"):
            return
        if (waiting := _accumulating(fit)) is not None:
            yield NotApplicable(waiting)
            return
        changes, names = column(fit, "weight_change"), probes_of(fit).get("names", [])
        kinds = {layer["name"]: layer.get("layer") for layer in fit.layers}
        trained = {layer["name"] for layer in fit.layers if layer.get("trainable") and layer.get("parameters")}
        places = [place for place, name in enumerate(names) if name in trained]
        followed = [p for p in places if len(changes) and np.isfinite(changes[:, p]).any()]
        others = any(kind != "Embedding" for name, kind in kinds.items() if name in trained)
        model = fit.facts["model"]
        ended = model.get("final_weights") is not None and others
        if not ended and (
            len(changes) < self.min_probes or not any(kinds.get(names[p]) != "Embedding" for p in followed)
        ):
            yield NotApplicable(f"fit {fit.index}: no digest of the weights, and fewer than {self.min_probes} probes")
            return
        seen = changes[:, followed] if followed else np.zeros((0, 0))
        moved = bool((seen[np.isfinite(seen)] != 0).any())
        if not model["trainable_parameters"] or moved:
            return
        if ended and model.get("final_weights") != model.get("initial_weights"):
            return
        rate = (fit.facts.get("compile", {}).get("optimizer") or {}).get("learning_rate")
        why = "the learning rate is 0" if rate == 0 else "no update has reached them"
        yield self.finding(
            f"no weight has changed in {len(loss_of(fit)) or len(changes)} epochs: {why}",
            "set a learning rate above 0"
            if rate == 0
            else "look at optimizer.iterations: at 0 the step never reaches the optimizer, else the gradients are 0",
            fit=fit.index,
        )


def _accumulating(fit: Fit) -> str | None:
    """Return, in words, that the first update is still to come, behind gradients of several batches; else None."""
    optimizer = fit.facts.get("compile", {}).get("optimizer") or {}
    steps, batches = (
        optimizer.get("config", {}).get("gradient_accumulation_steps"),
        fit.facts.get("fit", {}).get("batches"),
    )
    done = len(loss_of(fit)) * batches if batches else None
    if not steps or done is None or done >= steps:
        return None
    return f"fit {fit.index}: gradients of {steps:,} batches make one update, and {done:,} were trained on"
