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
        model = fit.facts.get("model", {})
        if fit.own_step or model.get("kind") == "subclassed" or _CAREFUL & {layer.get("layer") for layer in fit.layers}:
            yield NotApplicable(f"fit {fit.index}: the model may handle NaN itself")
            return
        for place, array in enumerate(fit.facts["data"]["inputs"]):
            share = array.get("nan_share", 0.0)
            if share > self.share:
                which = (
                    f"input {array.get('name') or place!r}" if len(fit.facts["data"]["inputs"]) > 1 else "the inputs"
                )
                yield self.finding(
                    f"{share:.2g} of the values of {which} are NaN (in {array.get('scanned_rows', 0):,} rows)",
                    "drop or impute these rows before training",
                    fit=fit.index,
                )
                return
