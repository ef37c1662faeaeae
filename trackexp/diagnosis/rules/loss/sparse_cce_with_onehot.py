"""Sparse categorical crossentropy on one-hot targets.

## How it is detected
An output of rank 2 with K ≥ 2 units is compiled with Keras's own `sparse_categorical_crossentropy`, and its targets
are a table of two or more columns in which every value is 0 or 1 and every row sums to 1. Targets of shape (n, T) for
an output of shape (n, T, K) are class numbers a position, and pass.

## Why it matters
The loss expects the number of the class. The first batch raises about shapes, and does not say what is meant.

## What to do
Compile with `categorical_crossentropy`, or pass `y.argmax(axis=1)`.

## References
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
- Stack Overflow 39810655: the same confusion, mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import SPARSE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class SparseCceWithOnehot(HeadRule):
    """One column a class where the number of the class is expected."""

    code = "TX104"
    name = "sparse-cce-with-onehot"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("label-shape-broadcast", "too-few-output-units", "missing-flatten")
    losses = SPARSE
    needs = ("output.shape", "target.shape")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where every row is one-hot and the output is one row of classes."""
        if head.one_hot and len(head.output.get("shape") or []) == 2:
            yield self.finding(
                f"loss={head.loss_name}{head.where} on one-hot targets of {head.columns} columns "
                f"(every one of {head.rows_seen} sums to 1): it expects the number of the class",
                'compile with loss="categorical_crossentropy", or pass y.argmax(axis=1)',
                fit=fit.index,
            )
