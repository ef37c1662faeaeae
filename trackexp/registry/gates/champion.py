"""Better than the version that holds the alias, on the same rows, by a paired test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.record.row_outcomes import RowOutcomes
from trackexp.registry.candidate import Asked, Candidate, Champion
from trackexp.registry.event import GateResult
from trackexp.stats import Interval, paired_bootstrap

LEVEL = 0.95


def check_champion(candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    """Compare row by row: only *better* passes; with a margin, *not worse by more than it*.

    Better is: the interval of the paired difference lies above 0, for the score (share of right classes, or minus the
    absolute error) or for the log loss, and for neither of them below it. The intervals widen with the number of times
    that these rows have judged before (Bonferroni: 1 − 0.05 / looks each, over both numbers).
    """
    if champion is None:
        return GateResult("champion", "passed", "first: nobody holds the alias yet")
    if champion.version.sha256 == candidate.version.sha256:
        return GateResult("champion", "passed", "this version holds the alias already")
    mine = None if candidate.evidence is None else candidate.evidence.rows
    theirs = None if champion.evidence is None else champion.evidence.rows
    if mine is None or theirs is None:
        reason = champion.why_not or "there is no evaluation of both on the same rows: pass --data"
        return GateResult("champion", "cannot tell", reason)
    try:
        theirs = theirs.aligned_to(mine)
    except UsageError as error:
        return GateResult("champion", "cannot tell", f"{champion.version.short} cannot be compared: {error}")
    return _judged(mine, theirs, champion.version.short, asked)


def _judged(mine: RowOutcomes, theirs: RowOutcomes, name: str, asked: Asked) -> GateResult:
    numbers = 2 if mine.p_target is not None and theirs.p_target is not None else 1
    level = 1 - (1 - LEVEL) / (max(asked.looks, 0) + 1) / numbers
    score, interval = _difference(mine.scores, theirs.scores, level)
    what = "accuracy" if mine.task == "classes" else "absolute error (negative)"
    seen = [f"{what} {score:+.4f} ({interval.low:+.4f} to {interval.high:+.4f})"]
    evidence = {
        "champion": name,
        "n": len(mine),
        "level": level,
        "looks": asked.looks + 1,
        what: _plain(score, interval),
    }
    gains = [interval]
    if mine.log_losses is not None and theirs.log_losses is not None:
        loss, of_loss = _difference(theirs.log_losses, mine.log_losses, level)
        seen.append(f"log loss {-loss:+.4f} ({-of_loss.high:+.4f} to {-of_loss.low:+.4f})")
        evidence["log loss"] = _plain(-loss, Interval(-of_loss.high, -of_loss.low, of_loss.level, of_loss.method))
        gains.append(of_loss)
    against = f"against {name} on {len(mine):,} rows: {', '.join(seen)}"
    if asked.margin is not None:
        held = interval.low > -asked.margin
        words = "not worse" if held else "may be worse"
        return GateResult(
            "champion", "passed" if held else "failed", f"{words} by more than {asked.margin:g} {against}", evidence
        )
    better = any(one.low > 0 for one in gains) and not any(one.high < 0 for one in gains)
    worse = any(one.high < 0 for one in gains) and not any(one.low > 0 for one in gains)
    word = "better" if better else "worse" if worse else "not shown to be better"
    return GateResult("champion", "passed" if better else "failed", f"{word} {against}", evidence)


def _difference(mine: NDArray[np.float64], theirs: NDArray[np.float64], level: float) -> tuple[float, Interval]:
    return paired_bootstrap(mine, theirs, n_resamples=2000 if mine.size <= 20_000 else 400, level=level)


def _plain(value: float, interval: Interval) -> dict[str, float]:
    return {"difference": value, "low": interval.low, "high": interval.high}
