"""Binary crossentropy on classes that exclude each other.

## How it is detected
An output is compiled with Keras's own `binary_crossentropy` (by name, function or object), and its targets are a
table of K ≥ 3 columns in which every value is 0 or 1 and **every** row that was looked at sums to 1, in at least 200
rows. Multi-label targets with one positive in most rows do not survive that: where 2 % of the rows have none or
two, 200 rows all sum to 1 in 1.8 % of the draws (0.98 ** 200). Where the output ends in a softmax, the program itself
says that the classes exclude each other and the rows only have to agree: 32 of them, Keras's default batch and so
the least that a stream usually shows, are enough.

Silent: K = 2; soft or smoothed targets; targets of rank 3 and more, such as segmentation masks; fewer rows.

## Why it matters
The loss treats the K columns as K unrelated yes-or-no questions. It falls healthily, so no curve shows it, while each
row's one positive weighs 1 against K - 1 negatives and the model learns "no" first. The number cannot be compared with
a categorical crossentropy: it is a mean over K columns, and so looks several times better. `binary_accuracy`, the
metric that goes with it, shows (K - 1) / K for a model that always answers "no".

## What to do
Compile with `categorical_crossentropy`, or with `sparse_categorical_crossentropy` and integer labels, over a softmax.

## References
- Bishop, Pattern Recognition and Machine Learning (2006), sections 4.3.2 and 4.3.4: independent and exclusive classes.
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.remedies import Remedy
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import ArrayFacts, Confidence, Finding, Severity


@dataclass(frozen=True)
class BceOnCategorical(FitRule):
    """Binary crossentropy where every target row names exactly one of three or more classes.

    Args:
        min_classes: Least number of columns.
        min_rows: Least number of rows that must have been looked at.
        min_rows_softmax: The same where the output ends in a softmax.
    """

    code = "TX101"
    name = "bce-on-categorical"
    severity = Severity.ERROR
    advice = Remedy("loss", "categorical_crossentropy", "loss=categorical_crossentropy")
    confidence = Confidence.CERTAIN
    requires = ("compile.losses", "data.targets")

    min_classes: int = 3
    min_rows: int = 200
    min_rows_softmax: int = 32

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for every output that has the fault."""
        for head in fit.heads():
            if head.loss.get("identifier") != "binary_crossentropy" or head.loss.get("custom"):
                continue
            if "shape" not in head.target:
                yield NotApplicable(f"fit {fit.index}: the targets of output {head.label!r} were not seen")
            elif self._exclusive(head.target):
                seen, needed = head.target.get("sampled_rows", 0), self._rows_needed(head)
                if seen >= needed:
                    yield self.finding(self._message(head), _fix(head), fit=fit.index)
                else:
                    yield NotApplicable(f"fit {fit.index}: {seen} target rows were seen, and it takes {needed}")

    def _exclusive(self, target: ArrayFacts) -> bool:
        shape = target.get("shape", [])
        return (
            len(shape) == 2
            and (shape[1] or 0) >= self.min_classes
            and target.get("zero_one") is True
            and target.get("row_sums_one") == 1.0
        )

    def _rows_needed(self, head: Head) -> int:
        return self.min_rows_softmax if head.activation == "softmax" else self.min_rows

    def _message(self, head: Head) -> str:
        rows, classes = head.target.get("shape", [None, None])
        seen = head.target.get("sampled_rows", 0)
        if rows is None:
            which = f"{seen:,} target rows of the first batch"
        elif seen < rows:
            which = f"{seen:,} target rows sampled from {rows:,}"
        else:
            which = f"{seen:,} target rows"
        where = f" of output {head.label!r}" if head.label else ""
        return f"loss=binary_crossentropy{where} on {classes} exclusive classes (every one of {which} sums to 1)"


def _fix(head: Head) -> str:
    if head.loss.get("from_logits"):
        return (
            "compile with loss=CategoricalCrossentropy(from_logits=True), "
            "or SparseCategoricalCrossentropy(from_logits=True) with integer labels"
        )
    fix = 'compile with loss="categorical_crossentropy", or sparse_categorical_crossentropy with integer labels'
    return f"{fix}, over a softmax instead of the sigmoid" if head.activation == "sigmoid" else fix
