"""Every row compared with the target of every other.

## How it is detected
An elementwise loss is given outputs of shape `(n, 1)` and targets of shape `(n,)`, or the reverse; or a difference in
the graph of a loss written by hand has the shape `(n, n)` where the output has n rows. PyTorch stretches both to `(n,
n)`. Losses over pairs on purpose, such as a quantile Huber loss, have more axes and pass.

## Why it matters
The model learns the mean of all targets for every row; the loss falls to their variance and stays there.

## What to do
Give both one shape: `output.squeeze(1)` or `target.unsqueeze(1)`.

## References
- PyTorch: [Broadcasting semantics](https://docs.pytorch.org/docs/stable/notes/broadcasting.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity

ELEMENTWISE = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss"})


@dataclass(frozen=True)
class TargetBroadcastInMse(FitRule):
    """n rows become n × n."""

    code = "TX154"
    name = "target-broadcast-in-mse"
    severity = Severity.ERROR
    explains = ("underfitting-capacity", "lr-too-low", "too-few-epochs", "label-shape-broadcast")
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        seen = [
            (loss["config"]["output_shape"], loss["config"]["target_shape"], loss["config"].get("function"))
            for loss in fit.facts.get("compile", {}).get("losses", [])
            if loss.get("config", {}).get("function") in ELEMENTWISE and "target_shape" in loss["config"]
        ]
        for output, target, function in seen:
            if {len(output), len(target)} == {1, 2} and output[0] == target[0] > 1 and 1 in (output[-1], target[-1]):
                yield self.finding(
                    f"{function} is given outputs of shape {tuple(output)} and targets of shape {tuple(target)}: "
                    f"it compares all {output[0]} × {output[0]} pairs",
                    "give both one shape: output.squeeze(1), or target.unsqueeze(1)",
                    fit=fit.index,
                )
                return
        broadcast = loop_of(fit).get("broadcast")
        if broadcast:
            yield self.finding(
                f"the loss subtracts targets from outputs of shape {tuple(broadcast[0])} and gets "
                f"{tuple(broadcast[1])}",
                "give both one shape: output.squeeze(1), or target.unsqueeze(1)",
                fit=fit.index,
            )
