"""Rows sorted by class, and nothing that shuffles them.

## How it is detected
The targets are classes, there are several batches an epoch, and in the order in which training takes the rows every
class is one single run: as many runs as classes, in at least 50 rows. Arrays are taken in their order where
`shuffle=False` was passed; of a stream it is the order in which its batches were drawn in the first epoch. Shuffled
rows of two balanced classes do so in 2 of 2 ** 50 orders; a time series returns to its classes, and passes. Silent for
sequences under a stateful layer, and for a stream of which only the first batch was seen: a batch that is sorted in
itself harms nothing.

## Why it matters
Each batch teaches one class, and the next forgets it: the model ends as an expert for the last one.

## What to do
Drop `shuffle=False`, or permute the rows. A `tf.data.Dataset` is shuffled by `shuffle(n)` before `batch`, with a
buffer as large as the data: a smaller one leaves most of the order as it is.

## References
- Bengio, Practical Recommendations for Gradient-Based Training of Deep Architectures (2012), section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class UnshuffledSorted(FitRule):
    """One class after the other.

    Args:
        min_rows: Least number of target rows that must have been looked at.
        min_rows_per_class: Least number of rows a class, on average: fewer may be a sorted quantity.
    """

    code = "TX703"
    name = "unshuffled-sorted"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    requires = ("data.targets",)

    min_rows: int = 50
    min_rows_per_class: int = 10

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where every class is one run and stays so."""
        target, seen = fit.facts["data"]["targets"][0], _rows_in_order(fit)
        if seen is None:
            yield NotApplicable(f"fit {fit.index}: the order in which the rows are taken was not seen")
            return
        counts, rate = target.get("class_counts"), target.get("change_rate")
        if not counts or rate is None:
            yield NotApplicable(f"fit {fit.index}: the targets are no classes in one column")
            return
        runs = round(rate * (seen - 1)) + 1
        least = max(self.min_rows, self.min_rows_per_class * len(counts))
        if _keeps_order(fit) and len(counts) >= 2 and runs == len(counts) and seen >= least:
            stream = fit.facts.get("fit", {}).get("source") != "arrays"
            what = "nothing shuffles the stream" if stream else "shuffle=False"
            yield self.finding(
                f"{what}, and the rows are sorted: {len(counts)} classes in {runs} runs over {seen:,} target rows",
                "shuffle the rows before they are batched, with a buffer as large as the data"
                if stream
                else "drop shuffle=False, or permute the rows before fit",
                fit=fit.index,
            )


def _rows_in_order(fit: Fit) -> int | None:
    """Return how many target rows were seen in the order in which training takes them; None where it was not seen."""
    facts, data = fit.facts.get("fit", {}), fit.facts["data"]
    sampled = data["targets"][0].get("sampled_rows", 0)
    if facts.get("source") == "arrays":
        return None if facts.get("shuffle") is None else sampled
    if (data.get("batches_seen") or 0) > 1:
        return data.get("rows_seen")
    # of a loader of PyTorch the first pass is sampled; the first batch alone may well be sorted
    return sampled if facts.get("shuffle") is False and sampled > (facts.get("batch_size") or sampled) else None


def _keeps_order(fit: Fit) -> bool:
    """Tell whether rows in order are taken in order, in several batches, by layers that do not need them so."""
    facts = fit.facts.get("fit", {})
    stateful = any(layer.get("config", {}).get("stateful") for layer in fit.layers)
    shuffled = facts.get("source") == "arrays" and facts.get("shuffle")
    return not shuffled and not stateful and (facts.get("batches") or 2) > 1
