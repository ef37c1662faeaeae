"""Which setting is the best, which the simplest that is as good, and which are tied with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trackexp.crossval.ledger import Entry
from trackexp.crossval.task import Criterion
from trackexp.stats import Interval, corrected_standard_error, holm, nadeau_bengio_interval, nadeau_bengio_test

LEVEL = 0.05  # of the tests between settings, after Holm


@dataclass(frozen=True)
class SettingResult:
    """One setting with what its folds reached.

    Args:
        index: Its place in the grid.
        params: Its parameters.
        scores: The criterion by fold.
        folds: How many folds there are.
        parameters: Weights of the model, the most of its folds; None where not known.
        dropped: Why it was given up; "" where it was not.
    """

    index: int
    params: Mapping[str, Any]
    scores: Mapping[int, float]
    folds: int
    parameters: int | None = None
    dropped: str = ""

    @property
    def n(self) -> int:
        """How many folds are done."""
        return len(self.scores)

    @property
    def values(self) -> list[float]:
        """The criterion of the folds that are done, in their order."""
        return [self.scores[index] for index in sorted(self.scores)]

    @property
    def mean(self) -> float:
        """Mean over the folds that are done; NaN without any."""
        return float(np.mean(self.values)) if self.scores else math.nan

    @property
    def sd(self) -> float:
        """Standard deviation over the folds; NaN where fewer than two are done."""
        return float(np.std(self.values, ddof=1)) if self.n > 1 else math.nan

    @property
    def interval(self) -> Interval:
        """The mean's 95 % interval, corrected for folds that share their training rows (Nadeau and Bengio)."""
        if not self.scores:
            return Interval(-math.inf, math.inf, 0.95, "none")
        return nadeau_bengio_interval(self.values, 1 / max(1, self.folds - 1))

    @property
    def standard_error(self) -> float:
        """The corrected standard error of the mean."""
        return corrected_standard_error(self.values, self.folds) if self.scores else math.inf


@dataclass(frozen=True)
class Choice:
    """What the folds say of the settings.

    Args:
        judged: Those that were compared: all of which the same folds are done, and as many as possible.
        best: The one with the best mean; of equal ones the first of the grid. None without any.
        simplest: The cheapest within one corrected standard error of the best.
        tied: Those that no test tells from the best (Nadeau and Bengio's, corrected by Holm, 5 %).
    """

    judged: tuple[SettingResult, ...]
    best: SettingResult | None
    simplest: SettingResult | None
    tied: tuple[SettingResult, ...]


def results_of(
    settings: Sequence[Mapping[str, Any]],
    entries: Mapping[tuple[int, int], Entry],
    criterion: Criterion,
    folds: int,
    dropped: Mapping[int, str],
) -> list[SettingResult]:
    """Return every setting with its folds, in the order of the grid."""
    from trackexp.crossval.judging.scoring import score_of

    found = []
    for index, params in enumerate(settings):
        own = {fold: entry for (setting, fold), entry in entries.items() if setting == index}
        scores = {fold: score_of(entry.scores, criterion, f"fold {fold}") for fold, entry in sorted(own.items())}
        sizes = [entry.parameters for entry in own.values()]
        known = max((size for size in sizes if size is not None), default=None)
        found.append(SettingResult(index, params, scores, folds, known, dropped.get(index, "")))
    return found


def choose(results: Sequence[SettingResult], criterion: Criterion) -> Choice:
    """Choose among settings of which the same folds are done; one that was dropped, or lacks a fold, is out."""
    most = max((result.n for result in results if not result.dropped), default=0)
    judged = tuple(result for result in results if result.n == most and not result.dropped) if most else ()
    shared = {frozenset(result.scores) for result in judged}
    if len(shared) > 1:  # different folds are missing: those with the folds of the first are compared
        judged = tuple(result for result in judged if set(result.scores) == set(judged[0].scores))
    if not judged:
        return Choice((), None, None, ())
    best = max(judged, key=lambda result: (criterion.sign * result.mean, -result.index))
    reach = criterion.sign * best.mean - (best.standard_error if best.n > 1 else 0.0)
    near = [result for result in judged if criterion.sign * result.mean >= reach]
    sizes = [result.parameters for result in near]
    known = all(size is not None for size in sizes)
    simplest = min(near, key=lambda result: (result.parameters or 0 if known else 0, result.index))
    return Choice(judged, best, simplest, _tied(judged, best))


def _tied(judged: Sequence[SettingResult], best: SettingResult) -> tuple[SettingResult, ...]:
    others = [result for result in judged if result is not best]
    if not others or best.n < 2:
        return tuple(others)
    share = 1 / max(1, best.folds - 1)
    p_values = [nadeau_bengio_test(np.array(best.values) - np.array(other.values), share).p_value for other in others]
    return tuple(other for other, p in zip(others, holm(p_values), strict=True) if p > LEVEL)
