"""NaN among the inputs.

## How it is detected
An input array has NaN in the rows that were scanned (all of them up to 16 MB). Silent where a layer or operation could
handle it: one that is not Keras's own, a Lambda, or a test for NaN in the graph.

## Why it matters
One NaN makes the loss NaN, and through it every weight, for good. A relu on a CPU may turn it into 0 first: then the
loss stays finite, and the weights of that feature do not.

## What to do
Drop or impute those rows before training.

## References
- Pedregosa et al., scikit-learn, Imputation of missing values: https://scikit-learn.org/stable/modules/impute.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.inputs import handles_itself, spoilt_input
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity

_CAREFUL = frozenset({"Isnan", "NanToNum", "Where", "Lambda", "Isfinite", "Masking"})


@dataclass(frozen=True)
class NanInInputs(FitRule):
    """Inputs that are no numbers.

    Args:
        share: Largest accepted share of the values.
    """

    code = "TX503"
    name = "nan-in-inputs"
    severity = Severity.ERROR
    explains = ("nan-in-loss", "lr-too-high", "inputs-not-normalized")
    requires = ("data.inputs",)

    share: float = 0.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first array with NaN."""
        if handles_itself(fit, _CAREFUL):
            yield NotApplicable(f"fit {fit.index}: the model may handle NaN itself")
        elif found := spoilt_input(fit, "nan_share", self.share):
            share, which, rows = found
            yield self.finding(
                f"{share:.2g} of the values of {which} are NaN ({rows})",
                "drop or impute these rows before training",
                fit=fit.index,
            )
