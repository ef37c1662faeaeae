"""A shadow model that is worse than the one that answers.

## How it is detected
On labelled rows that both answered, the shadow is wrong more often: McNemar's exact test, p ≤ `max_p`.

## Why it matters
A candidate that passed its gates on the test set fails on today's rows.

## What to do
Do not promote it; look at the rows that only it gets wrong.

## References
- M. Fagerland, S. Lydersen, P. Laake, The McNemar test for binary matched-pairs data, BMC Med Res Methodol 13 (2013).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity
from trackexp.stats import mcnemar_p_value


@dataclass(frozen=True)
class CandidateIsWorse(MonitorRule):
    """A paired test.

    Args:
        max_p: Largest p-value.
        min_rows: Fewest rows that both answered.
    """

    code = "TX985"
    name = "candidate-is-worse"
    severity = Severity.WARNING

    max_p: float = 0.01
    min_rows: int = 20

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        table = window.table
        wrong = table.wrong
        if table.shadow is None or wrong is None or table.target is None:
            yield NotApplicable("no shadow answered, or there are no targets")
            return
        both = table.labelled & np.array([value is not None for value in table.shadow.tolist()])
        if both.sum() < self.min_rows:
            yield NotApplicable(f"under {self.min_rows} labelled rows were answered by both")
            return
        theirs = (table.shadow.astype(str) != table.target.astype(str)) & both
        only_shadow, only_current = int((theirs & ~wrong).sum()), int((wrong & ~theirs & both).sum())
        p_value = mcnemar_p_value(only_current, only_shadow)
        if only_shadow > only_current and p_value <= self.max_p:
            yield self.finding(
                window,
                f"the shadow is wrong on {only_shadow} rows that the model gets right, the other way round "
                f"{only_current} (p = "
                f"{p_value:.1g})",
                "do not promote it; look at these rows",
                only_shadow=only_shadow, only_current=only_current, p_value=p_value,
            )  # fmt: skip
