"""Classes that occur in the validation rows only.

## How it is detected
Validation data were passed, their targets are classes, and classes that occur in no training row that was seen make up
a fifth of the validation rows or more, of at least 20. Training must have been seen whole, or in at least ten times as
many rows as it has classes, so that a rare class is not taken for a missing one. Rows that `validation_split` cuts off
are `sorted-validation-split`.

## Why it matters
The model cannot know these classes. Its validation loss rises from the first epoch on, which looks like overfitting.

## What to do
Split at random, or stratified, before anything is sorted: every class belongs in both parts.

## References
- scikit-learn, train_test_split(stratify=y): https://scikit-learn.org/stable/modules/cross_validation.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class ClassesOnlyInValidation(FitRule):
    """Questions about what was never taught.

    Args:
        min_unseen_share: Least share of the validation rows in classes that training does not have.
        min_val_rows: Least number of validation rows that must have been seen.
        min_rows_per_class: Least number of training rows seen for each class of the two parts.
    """

    code = "TX705"
    name = "classes-only-in-validation"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("overfitting", "val-distribution-shift", "batchnorm-averages-lag")
    requires = ("data.targets", "data.validation_targets", "fit.validation")

    min_unseen_share: float = 0.2
    min_val_rows: int = 20
    min_rows_per_class: int = 10

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where validation asks for classes that training lacks."""
        if fit.facts["fit"]["validation"] == "split":
            return
        data = fit.facts["data"]
        train, valid = (data[key][0].get("class_counts") for key in ("targets", "validation_targets"))
        if not train or not valid:
            yield NotApplicable(f"fit {fit.index}: the targets of both parts are not known to be classes")
            return
        seen, total = sum(train.values()), sum(valid.values())
        rows = data.get("rows")
        if (rows is None or seen < rows) and seen < self.min_rows_per_class * len({*train, *valid}):
            yield NotApplicable(f"fit {fit.index}: {seen} training rows were seen, too few to miss a class")
            return
        unseen = [key for key in valid if key not in train]
        share = sum(valid[key] for key in unseen) / total
        if total >= self.min_val_rows and share >= self.min_unseen_share:
            yield self.finding(
                f"{share:.0%} of {total:,} validation rows are of classes that no training row has "
                f"({', '.join(unseen[:5])})",
                "split at random or stratified, before the rows are sorted",
                fit=fit.index,
            )
