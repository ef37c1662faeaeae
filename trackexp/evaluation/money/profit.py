"""The profit curve of one class: what every threshold costs, and which is best."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.classification.curves import Thresholds, thresholds, vertices
from trackexp.evaluation.money.costs import Business, Costs, Decision, HumanBaseline, check_rate, cost_interval

_BLOCK = 32_768  # thresholds worked on at once


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

    @property
    def prevalence(self) -> float:
        """Share of the class: as given for production, else as in the rows."""
        if self.business.prevalence is not None:
            return self.business.prevalence
        return self.counts.positives / (self.counts.positives + self.counts.negatives)

    @cached_property
    def best(self) -> Decision:
        """The cheapest of all thresholds, of equally cheap ones the highest: chosen on validation, paid on test."""
        best, lowest = np.inf, self.flag_none.average_cost
        for start in range(self._last_block, -1, -_BLOCK):
            costs = self._costs(slice(start, start + _BLOCK))
            i = costs.size - 1 - int(costs[::-1].argmin())
            if costs[i] < lowest:
                best, lowest = float(self.counts.scores[start + i]), float(costs[i])
        return self.at(best)

    @property
    def _last_block(self) -> int:
        return (self.counts.scores.size - 1) // _BLOCK * _BLOCK

    def _costs(self, block: slice) -> NDArray[np.float64]:
        """Cost a unit at some of the scores: linear in the counts."""
        c, n_bad, n_good = self.costs, self.counts.positives, self.counts.negatives
        share = self.prevalence
        miss = share * (c.false_negative - c.true_positive) / max(n_bad, 1)
        alarm = (1 - share) * (c.false_positive - c.true_negative) / max(n_good, 1)
        # flagged = hits + alarms, so alarms = flagged - n_bad + missed
        found: NDArray[np.float64] = np.multiply(self.counts.flagged[block], alarm, dtype=np.float64)
        found += share * c.true_positive + (1 - share) * c.true_negative + c.running - n_bad * alarm
        found += np.multiply(self.counts.missed[block], miss + alarm, dtype=np.float64)
        return found

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
        everything = self._costs(slice(None))[::-1]
        flagged = self.counts.flagged[::-1]
        cheapest = flagged.size - 1 - int(np.searchsorted(self.counts.scores, self.best.threshold or 0.0))
        keep = np.union1d(vertices(flagged.astype(float), everything, 510), [max(cheapest, 0)])
        return pd.DataFrame(
            {
                "threshold": np.concatenate([[np.inf], self.counts.scores[::-1][keep]]),
                "flagged": np.concatenate([[0], flagged[keep]]),
                "average_cost": np.concatenate([[self.flag_none.average_cost], everything[keep]]),
            }
        )

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
