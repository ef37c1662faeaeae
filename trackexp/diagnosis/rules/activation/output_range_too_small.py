"""Targets outside what the output can reach.

## How it is detected
A regression loss of Keras's own meets an output with a bounded last effective activation (sigmoid, softmax, tanh,
softsign, relu and relatives bounded below), with every Rescaling after it applied to the bounds. The 1st or the 99th
percentile of the targets lies outside by more than 5 % of the distance between them; percentiles and margin leave out
rare outliers and rounding. At least 32 target rows (Keras's batch). Silent for a relu on targets that are never
negative, and where the end cannot be told.

## Why it matters
The output saturates at its bound: those rows can never be met, and on the way there the gradient vanishes.

## What to do
Use a linear output, or scale the targets into the range.

## References
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2: the output unit follows the targets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from trackexp.diagnosis.evidence.losses import REGRESSION
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity

_RANGES = {
    "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0), "relu": (0.0, inf), "softplus": (0.0, inf),
    "exponential": (0.0, inf), "relu6": (0.0, 6.0), "elu": (-1.0, inf),
}  # fmt: skip


@dataclass(frozen=True)
class OutputRangeTooSmall(HeadRule):
    """Targets that no weights can reach.

    Args:
        min_excess_share: How far outside they must lie, as a share of the distance from the 1st to the 99th percentile.
        min_rows: Least number of target rows that must have been looked at.
    """

    code = "TX304"
    name = "output-range-too-small"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("targets-not-scaled", "accuracy-on-regression")
    losses = REGRESSION
    needs = ("activation", "target.percentile_1", "target.percentile_99")

    min_excess_share: float = 0.05
    min_rows: int = 32

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a bound cuts the targets."""
        low, high = _RANGES.get(head.activation or "", (-inf, inf))
        for scale, offset in reversed(head.output.get("scales", [])):
            low, high = sorted((low * scale + offset, high * scale + offset)) if scale else (-inf, inf)
        first, last = head.target.get("percentile_1") or 0.0, head.target.get("percentile_99") or 0.0
        room = self.min_excess_share * (last - first)
        if first >= low - room and last <= high + room:
            return
        if head.target.get("sampled_rows", 0) < self.min_rows:
            yield NotApplicable(f"fit {fit.index}: it takes {self.min_rows} target rows")
            return
        reach = f"at least {low:g}" if high == inf else f"at most {high:g}" if low == -inf else f"{low:g} to {high:g}"
        yield self.finding(
            f"the output{head.where} ends in a {head.activation} ({reach}), and 98 % of the targets lie between "
            f"{first:.4g} and {last:.4g}",
            "use a linear output, or scale the targets into its range",
            fit=fit.index,
        )
