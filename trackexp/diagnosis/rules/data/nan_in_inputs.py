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

from dataclasses import dataclass

from trackexp.diagnosis.evidence.inputs import SpoiltInputs


@dataclass(frozen=True)
class NanInInputs(SpoiltInputs):
    """Inputs that are no numbers.

    Args:
        min_share: Largest accepted share of the values.
    """

    code = "TX503"
    name = "nan-in-inputs"
    fact = "nan_share"
    values = "NaN"
    handled_by = frozenset({"Isnan", "NanToNum", "Where", "Lambda", "Isfinite", "Masking"})
    fix = "drop or impute these rows before training"
