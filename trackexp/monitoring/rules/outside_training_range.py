"""More values outside the training range than chance lets expect.

## How it is detected
Rows below the reference's minimum or above its maximum are counted. Of n rows from the same source as m reference
rows, at least k lie beyond one end with the probability Π (n − i) / (n + m − i), i < k, whatever the distribution; p
≤ `max_p` after Holm over columns and ends, and a share of at least `min_share`.

## Why it matters
Outside of what it saw a model extrapolates: trees stay flat, networks grow without bound, and both sound sure.

## What to do
Look at the rows: a sensor that broke, a unit, a new kind of customer. Refuse them upstream, or train on them.

## References
- S. S. Wilks, Statistical prediction with special reference to the problem of tolerance limits, Ann. Math. Stat. 1942.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity
from trackexp.stats import holm


def chance_beyond(k: int, n: int, m: int) -> float:
    """Return the chance that at least k of n new rows lie beyond the largest of m others from the same source.

    >>> chance_beyond(0, 10, 10), round(chance_beyond(1, 1, 1), 6)
    (1.0, 0.5)
    """
    if k == 0:
        return 1.0
    terms = (math.lgamma(n + 1), -math.lgamma(n - k + 1), math.lgamma(n + m - k + 1), -math.lgamma(n + m + 1))
    return math.exp(sum(terms))


@dataclass(frozen=True)
class OutsideTrainingRange(MonitorRule):
    """Values beyond the range.

    Args:
        max_p: Largest p-value, corrected.
        min_share: Least share of the rows.
    """

    code = "TX962"
    name = "outside-training-range"
    severity = Severity.WARNING

    max_p: float = 0.001
    min_share: float = 0.01

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        known = [c for c in window.steady if window.reference.columns[c.name].minimum is not None and c.n]
        if not known:
            yield NotApplicable("no column has a training range, or the window holds no rows")
            return
        p_values = [min(1.0, 2 * chance_beyond(c.beyond, c.n, window.reference.columns[c.name].n)) for c in known]
        for change, p_value in zip(known, holm(p_values), strict=True):
            if p_value <= self.max_p and change.beyond >= self.min_share * change.n:
                column = window.reference.columns[change.name]
                yield self.finding(
                    window,
                    f"{change.name}: {change.beyond:,} of {change.n:,} rows lie outside the training range, "
                    f"{column.minimum:g} to "
                    f"{column.maximum:g}",
                    "look at these rows; refuse them before the model, or train on them",
                    column=change.name, rows=change.beyond, p_value=float(p_value),
                )  # fmt: skip
