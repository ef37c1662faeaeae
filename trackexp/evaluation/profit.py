"""The profit curve of one class: what every threshold costs, and which is best."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.costs import Business, Costs, Decision, HumanBaseline, check_rate, cost_interval
from trackexp.evaluation.metrics.curves import BLOCK, MAX_VERTICES, Thresholds, thresholds, vertices


@dataclass(frozen=True, eq=False)
class Profit:
    """Costs over all distinct thresholds of one class's probability.

    Args:
        positive: Name of the class that is flagged.
        counts: What is flagged at every threshold.
        costs: Of one unit.
        business: Units, baseline and prevalence.
        present: The threshold in use, shown beside the best one.
        human: People doing the same, or None.
        level: Of the intervals.
    """

    positive: str
    counts: Thresholds
    costs: Costs
    business: Business
    present: float = 0.5
    human: HumanBaseline | None = None
    level: float = 0.95

    def __repr__(self) -> str:
        at = (
            "nothing flagged"
            if self.best.threshold is None
            else f"{self.positive} flagged from {self.best.threshold:.4g}"
        )
        return f"Profit({self.counts.n} rows: {at} costs {self.best.average_cost:.4g} a unit)"

    @property
    def prevalence(self) -> float:
        """Share of the class: as given for production, else as in the rows."""
        if self.business.prevalence is not None:
            return self.business.prevalence
        return self.counts.positives / (self.counts.positives + self.counts.negatives)

    @cached_property
    def best(self) -> Decision:
        """The cheapest of all thresholds, of equally cheap ones the highest: chosen on validation, paid on test."""
        place = self._best_place
        return self.at(np.inf if place == self.counts.n else float(self.counts.score(place)))

    @cached_property
    def _best_place(self) -> int:
        return cheapest_place(self.counts, *self._slopes)

    @property
    def _slopes(self) -> tuple[float, float]:
        """What one more missed row adds to the cost of all rows, and one more flagged row of the others.

        As in the rows these are the costs themselves, so that equal costs are equal to the last bit.
        """
        miss = self.costs.false_negative - self.costs.true_positive
        alarm = self.costs.false_positive - self.costs.true_negative
        if self.business.prevalence is None:
            return miss, alarm
        n, share = self.counts.n, self.business.prevalence
        return miss * share * n / self.counts.positives, alarm * (1 - share) * n / self.counts.negatives

    @property
    def flag_all(self) -> Decision:
        """Every unit flagged."""
        return self.at(-np.inf)

    @property
    def flag_none(self) -> Decision:
        """No unit flagged."""
        return self.at(np.inf)

    @property
    def at_present(self) -> Decision:
        """The threshold in use."""
        return self.at(self.present)

    @property
    def human_cost(self) -> float | None:
        """What people cost a unit, labour and mistakes; None where no baseline of people was given."""
        return None if self.human is None else self.human.average(self.costs, self.prevalence)

    @property
    def curve(self) -> pd.DataFrame:
        """Average cost against threshold, at most 512 exact points, the best one among them."""
        counts, costs = self.counts, self.costs
        miss, alarm = self._slopes
        first, missed = counts.all if counts.n <= MAX_VERTICES * BLOCK else counts.blocks
        keep = vertices(first.astype(float), missed * (miss + alarm) - first * alarm, MAX_VERTICES - 2)
        some = np.append(first[keep], [self._best_place, counts.n])
        place, one = np.unique(some, return_index=True)
        missed = np.append(missed[keep], [self.best.false_negatives, counts.positives])[one]
        flagged = counts.n - place
        alarms = flagged - (counts.positives - missed)
        right = self.prevalence * costs.true_positive + (1 - self.prevalence) * costs.true_negative + costs.running
        return pd.DataFrame(
            {
                "threshold": np.append(counts.score(place[:-1]), np.inf),
                "flagged": flagged,
                "average_cost": right + (missed * miss + alarms * alarm) / counts.n,
            }
        )[::-1].reset_index(drop=True)

    def at(self, threshold: float) -> Decision:
        """Return what a threshold costs: units are flagged whose probability is at least that."""
        if np.isnan(threshold):
            raise UsageError("threshold is NaN; expected a probability.")
        missed, alarms = self.counts.at(threshold)
        return decide(
            self.costs,
            self.business,
            (missed, self.counts.positives),
            (alarms, self.counts.negatives),
            float(threshold),
            self.level,
        )

    def table(self) -> pd.DataFrame:
        """Return the thresholds that matter side by side."""
        rows = {"flag all": self.flag_all, "flag none": self.flag_none, "present": self.at_present, "best": self.best}
        lines: list[dict[str, Any]] = []
        for name, decision in rows.items():
            line = decision.to_dict()
            low, high = decision.interval or (np.nan, np.nan)
            for key in ("interval", "interval_of_misses", "flag_all", "flag_none"):
                del line[key]
            lines.append({"choice": name, **line, "low": low, "high": high})
        if self.human_cost is not None:
            lines.append({"choice": "people", "average_cost": self.human_cost})
        return pd.DataFrame(lines)


def make_profit(
    positive: NDArray[np.bool_],
    scores: NDArray[np.floating[Any]],
    name: str,
    costs: Costs,
    business: Business,
    *,
    present: float,
    human: HumanBaseline | None,
    level: float,
) -> Profit:
    """Count the class's scores once and return its profit curve."""
    counts = thresholds(positive, scores)
    if business.prevalence is not None and 0 in (counts.positives, counts.negatives):
        lacking = name if counts.positives == 0 else f"classes other than {name}"
        raise UsageError(
            f"there are no rows of {lacking}, so a prevalence of {business.prevalence} has no rate to weigh."
        )
    return Profit(name, counts, costs, business, present, human, level)


def decide(
    costs: Costs,
    business: Business,
    misses: tuple[int, int],
    alarms: tuple[int, int],
    threshold: float | None,
    level: float,
) -> Decision:
    """Return the money of integer counts: missed of the bad, flagged of the good."""
    n = misses[1] + alarms[1]
    share = misses[1] / n if business.prevalence is None else business.prevalence
    rates = [count / of if of else 0.0 for count, of in (misses, alarms)]
    cost = costs.average(rates[0], rates[1], share)
    if business.prevalence is None:  # one division, so that the sheet comes out to the cent
        right = (misses[1] - misses[0]) * costs.true_positive + (alarms[1] - alarms[0]) * costs.true_negative
        cost = (misses[0] * costs.false_negative + alarms[0] * costs.false_positive + right) / n + costs.running
    interval, of_misses = (
        business.outcome(cost_interval(costs, misses, alarms, share, level, misses_only=only)) for only in (False, True)
    )
    return _decision(costs, business, share, cost, threshold, (alarms, misses), interval, of_misses)


def profit_from_rates(
    *,
    false_positive_rate: float,
    false_negative_rate: float,
    prevalence: float,
    false_positive: float,
    false_negative: float,
    units: float | None = None,
    baseline: float | None = None,
    n_positives: int | None = None,
    n_negatives: int | None = None,
    running: float = 0.0,
    level: float = 0.95,
) -> Decision:
    """Return the money of a printed sheet, which knows rates and not counts; rounded rates give rounded money.

    Args:
        false_positive_rate: Flagged share of good units.
        false_negative_rate: Missed share of bad units.
        prevalence: Share of bad units.
        false_positive: Cost of a good unit flagged.
        false_negative: Cost of a bad unit passed.
        units: How many units there are.
        baseline: What a unit costs so far.
        n_positives: Bad units behind the rate; with `n_negatives` it gives an interval.
        n_negatives: Good units behind the rate.
        running: What the model costs a unit.
        level: Of the interval.

    >>> sheet = profit_from_rates(false_positive_rate=0.0164, false_negative_rate=0.148, prevalence=0.129,
    ...                           false_positive=0.25, false_negative=1.50, units=1_500_000, baseline=0.10)
    >>> round(sheet.total_saving, 2), round(sheet.flag_all, 5), round(sheet.flag_none, 5)
    (101686.35, 0.21775, 0.1935)
    """
    misses = check_rate(false_negative_rate, "false_negative_rate")
    alarms = check_rate(false_positive_rate, "false_positive_rate")
    costs = Costs(false_positive, false_negative, running=running)
    business = Business(units, baseline, check_rate(prevalence, "prevalence"))
    cost = costs.average(misses, alarms, prevalence)
    interval = of_misses = None
    if n_positives is not None and n_negatives is not None:
        counts = (round(misses * n_positives), n_positives), (round(alarms * n_negatives), n_negatives)
        interval, of_misses = (
            business.outcome(cost_interval(costs, *counts, prevalence, level, misses_only=only))
            for only in (False, True)
        )
    return _decision(costs, business, prevalence, cost, None, None, interval, of_misses)


def _decision(
    costs: Costs,
    business: Business,
    share: float,
    cost: float,
    threshold: float | None,
    counts: tuple[tuple[int, int], tuple[int, int]] | None,
    interval: Any,
    of_misses: Any,
) -> Decision:
    saving = None if business.baseline is None else business.baseline - cost
    (false, negatives), (missed, positives) = counts if counts is not None else ((None, None), (None, None))
    return Decision(
        threshold,
        false,
        missed,
        positives,
        negatives,
        cost,
        costs.average(0.0, 1.0, share),
        costs.average(1.0, 0.0, share),
        saving,
        None if saving is None or business.units is None else saving * business.units,
        interval,
        of_misses,
    )


_AT_ONCE = 128  # blocks
_SLACK = 1e-12  # of the largest cost: what rounding may hide


def cheapest_place(counts: Thresholds, miss: float, alarm: float) -> int:
    """Return the first row that is best flagged, of equally cheap ones the last; `n` where nothing is best flagged.

    From row to row the cost rises by `miss` or falls by `alarm`. So within a block it falls by no more than `alarm` a
    row of the others, and a block is looked into only if that could make it cheaper than the beginnings of all blocks:
    of a million rows that takes 1 ms, and looking into every block 66 ms, as long as all the rest of the profit.

    Args:
        counts: Scores in order.
        miss: What one more missed row costs, 0 or more.
        alarm: What one more flagged row of the others costs, 0 or more.
    """
    n, both = counts.n, miss + alarm
    first, missed = counts.blocks
    best, lowest = n, counts.positives * both - n * alarm
    bound = min(lowest, float((missed * both - first * alarm).min()))
    bound += _SLACK * max(counts.positives * both, n * alarm)
    others = BLOCK - np.diff(counts.below)
    falls_to = counts.below[:-1] * both - np.arange(0, n, BLOCK) * alarm - others * alarm
    worth = np.flatnonzero(falls_to <= bound)
    for stop in range(worth.size, 0, -_AT_ONCE):
        places, costs = _inside(counts, worth[max(stop - _AT_ONCE, 0) : stop], both, alarm)
        i = costs.size - 1 - int(costs[::-1].argmin())
        if costs[i] < lowest:
            best, lowest = int(places[i]), float(costs[i])
    return best


def _inside(
    counts: Thresholds, blocks: NDArray[np.intp], both: float, alarm: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the rows of some blocks and the cost of flagging from each on; infinite within tied scores."""
    one = counts.keys.dtype.type(1)
    places = blocks[:, None] * BLOCK + np.arange(BLOCK)
    keys = counts.keys.reshape(-1, BLOCK)[blocks]
    labels = (keys & one).astype(np.int64)
    missed = np.cumsum(labels, axis=1) - labels + counts.below[blocks][:, None]
    costs = missed * both - places * alarm
    tied = keys >> one == counts.keys[places - 1] >> one
    costs[(tied & (places > 0)) | (places >= counts.n)] = np.inf
    return places.ravel(), costs.ravel()
