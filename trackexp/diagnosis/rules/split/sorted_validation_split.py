"""`validation_split` of rows that are sorted by class.

## How it is detected
Keras takes the last rows for `validation_split`, before it shuffles. Among them, classes that do not occur in the
training rows at all have a fifth of the rows or more; or they are all of one class while the training rows have
several; in at least 20 validation rows. Rare classes that happen to be missing have less than a fifth, and pass.

## Why it matters
Some classes are never trained on, and only those are validated: the validation loss rises from the first epoch on.

## What to do
Permute the rows before `fit`, or pass `validation_data` from a stratified split.

## References
- Keras documentation of `Model.fit`: the validation data is selected from the last samples, before shuffling.
  https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class SortedValidationSplit(FitRule):
    """The last rows are other classes than the first ones.

    Args:
        min_unseen_share: Least share of the validation rows in classes that training does not have.
        min_val_rows: Least number of validation rows that must have been looked at.
    """

    code = "TX704"
    name = "sorted-validation-split"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("val-distribution-shift", "unshuffled-sorted", "overfitting")
    requires = ("data.targets", "data.validation_targets", "fit.validation")

    min_unseen_share: float = 0.2
    min_val_rows: int = 20

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the split-off rows are of other classes."""
        if fit.facts["fit"]["validation"] != "split":
            return
        data = fit.facts["data"]
        train, valid = (data[key][0].get("class_counts") for key in ("targets", "validation_targets"))
        if not train or not valid:
            yield NotApplicable(f"fit {fit.index}: the targets are no classes in one column")
            return
        total = sum(valid.values())
        unseen = [key for key in valid if key not in train]
        share = sum(valid[key] for key in unseen) / total
        if total >= self.min_val_rows and len(train) > 1 and (share >= self.min_unseen_share or len(valid) == 1):
            which = f"{share:.0%} of them are of classes that training never sees ({', '.join(unseen[:5])})"
            only = f"all of them are of class {next(iter(valid))}"
            yield self.finding(
                f"validation_split takes the last rows, and of {total:,} looked at "
                f"{which if share >= self.min_unseen_share else only}",
                "permute the rows before fit, or pass validation_data from a stratified split",
                fit=fit.index,
            )
