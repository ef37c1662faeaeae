"""More errors than the reference promises.

## How it is detected
A bet against the promised error rate p, the worse end of its 99 % interval: after each labelled row the wealth is
multiplied by 1 + λ (x − p), x being 1 for an error, with λ from the rows before. Where the promise holds, the wealth
reaches 1 / `level` with a probability of at most `level`, however often it is looked at. It is reported in the window
in which it reaches that.

## Why it matters
The model does harm that is measured, not estimated.

## What to do
Roll back to the version before; look at the slices that fell.

## References
- I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting, JRSS B 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity


def log_wealth(wrong: NDArray[np.bool_], promised: float) -> NDArray[np.float64]:
    """Return the logarithm of the wealth after each bet against `E[x] <= promised`.

    >>> bool(log_wealth(np.array([True] * 20), 0.1)[-1] > log_wealth(np.array([False] * 20), 0.1)[-1])
    True
    """
    x = wrong.astype(float)
    promised = min(max(promised, 1e-4), 1 - 1e-4)
    before = np.arange(len(x)) + 1.0
    mean = (promised + np.concatenate([[0.0], np.cumsum(x)[:-1]])) / before
    variance = np.maximum(promised * (1 - promised), 1e-4)
    stake = np.clip((mean - promised) / (variance + (mean - promised) ** 2), 0.0, 0.5 / promised)
    # A part of the wealth bets a little on every row, so that a rise after a long calm is seen too.
    parts = [
        np.cumsum(np.log1p(bet * (x - promised))) for bet in (stake, *(np.full(len(x), c / promised) for c in _BETS))
    ]
    return np.asarray(np.logaddexp.reduce(parts, axis=0) - np.log(len(parts)))


_BETS = (0.02, 0.08, 0.3)  # fixed stakes, of the largest that cannot lose all


@dataclass(frozen=True)
class ErrorRateRose(MonitorRule):
    """Measured harm.

    Args:
        level: Chance of a false alarm over the whole log.
        min_rows: Fewest labelled rows.
    """

    code = "TX982"
    name = "error-rate-rose"
    severity = Severity.ERROR

    level: float = 0.005
    min_rows: int = 20

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        promised, bets = window.reference.error_rate, window.bets
        if promised is None:
            yield NotApplicable("the reference promises no error rate: it has no targets, and no accuracy")
            return
        if bets is None or len(bets) < self.min_rows:
            yield NotApplicable(f"under {self.min_rows} rows have labels")
            return
        reached = np.flatnonzero(log_wealth(bets, promised) >= -np.log(self.level))
        reached = reached[reached >= self.min_rows - 1]
        if reached.size and window.before <= reached[0]:
            n = int(reached[0]) + 1
            here = bets[window.before :]
            yield self.finding(
                window,
                f"{int(here.sum()):,} of {len(here):,} labelled rows are wrong ({here.mean():.1%}); promised "
                "was at most "
                f"{promised:.1%} (evidence of {1 / self.level:.0f} to 1 after {n:,} labels)",
                "roll back to the version before; look at the slices that fell",
                labels=n, promised=promised,
            )  # fmt: skip
