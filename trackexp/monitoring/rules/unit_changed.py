"""A column whose values all grew, or shrank, by one factor.

## How it is detected
The 50, 75, 90 and 99 % quantiles of the values' magnitudes differ from the reference's by one factor (within a factor
of 1.5 of each other) of at least `min_factor`, or its inverse, in a window of at least `min_rows` rows.

## Why it matters
Grams for kilograms, cents for euros, pixels of 0 to 255 for 0 to 1: every answer is wrong, and none looks so.

## What to do
Compare the preprocessing before the model with that of training; scale the column.

## References
- E. Breck et al., Data validation for machine learning, MLSys 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window, unit_changed
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity


def _factor_text(factor: float) -> str:
    return f"× {factor:.3g}" if factor >= 1 else f"÷ {1 / factor:.3g}"


@dataclass(frozen=True)
class UnitChanged(MonitorRule):
    """Another unit.

    Args:
        min_factor: Least factor.
        min_rows: Fewest rows.
    """

    code = "TX964"
    name = "unit-changed"
    severity = Severity.ERROR

    min_factor: float = 5.0
    min_rows: int = 20

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        known = [c for c in window.changes.values() if c.factor is not None and c.n >= self.min_rows]
        if not known:
            yield NotApplicable(
                f"no column of numbers has its magnitudes known, or the window has under {self.min_rows} rows"
            )
            return
        changed = [c for c in known if unit_changed(c, self.min_factor, self.min_rows)]
        if changed:
            said = ", ".join(f"{c.name} ({_factor_text(c.factor or 1.0)})" for c in changed[:5])
            yield self.finding(
                window,
                f"the magnitudes of {said}{', …' if len(changed) > 5 else ''} changed by one factor: another "
                "unit or scale",
                "compare the preprocessing before the model with that of training",
                columns={c.name: c.factor for c in changed},
            )
