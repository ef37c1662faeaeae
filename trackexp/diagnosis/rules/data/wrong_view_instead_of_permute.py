"""Pictures reshaped where their axes should be permuted.

## How it is detected
The first convolution is given `(n, c, height, width)` with 2 to 4 channels, and along the memory of each row values
that lie c (and 2 c) apart are more alike than those one nearer or farther, by a tenth, over 8 rows or more: the
channels of a pixel lie side by side, as in `(n, height, width, c)`.

## Why it matters
`view` and `reshape` keep the memory and change its reading: every plane is a third of the picture with all colours
mixed, and convolutions see noise.

## What to do
Use `x.permute(0, 3, 1, 2)`.

## References
- PyTorch: [torch.permute](https://docs.pytorch.org/docs/stable/generated/torch.permute.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class WrongViewInsteadOfPermute(FitRule):
    """Colours where columns should be."""

    code = "TX552"
    name = "wrong-view-instead-of-permute"
    severity = Severity.WARNING
    explains = ("underfitting-capacity",)
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        seen = loop_of(fit).get("interleaved")
        if seen:
            yield self.finding(
                f"the {seen['channels']} channels of the pictures lie interleaved: values {seen['channels']} apart "
                f"differ by {seen['ratio']:.0%} of what their neighbours do",
                "use x.permute(0, 3, 1, 2) instead of view or reshape",
                fit=fit.index,
            )
