"""What mistakes cost: by class pair, and for one class against the others."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError
from trackexp.stats import Interval, wilson_interval


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one unit, in money.

    Args:
        false_positive: A unit flagged that was good.
        false_negative: A unit passed that was bad.
        true_positive: A unit rightly flagged, such as what its removal costs.
        true_negative: A unit rightly passed.
        running: What the model costs a unit, right or wrong: hardware and maintenance.
    """

    false_positive: float
    false_negative: float
    true_positive: float = 0.0
    true_negative: float = 0.0
    running: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
                raise UsageError(f"{field.name} costs {value!r}; expected money per unit, 0 or more.")
        if self.false_positive < self.true_negative or self.false_negative < self.true_positive:
            raise UsageError(f"a mistake costs less than the right answer in {self}; are two costs exchanged?")
        if self.false_positive + self.false_negative == 0:
            raise UsageError("both mistakes cost nothing, so every threshold is as good; expected one above 0.")

    def average(self, misses: float, alarms: float, prevalence: float) -> float:
        """Return the cost a unit from rates: missed share of the bad, flagged share of the good, share of the bad.

        >>> round(Costs(0.25, 1.5).average(0.148, 0.0164, 0.129), 7)
        0.0322091
        """
        bad = misses * self.false_negative + (1 - misses) * self.true_positive
        good = alarms * self.false_positive + (1 - alarms) * self.true_negative
        return prevalence * bad + (1 - prevalence) * good + self.running


@dataclass(frozen=True, slots=True)
class HumanBaseline:
    """People doing the same: their labour, and the mistakes they make too.

    Args:
        labour: Cost of looking at one unit.
        false_positive_rate: Share of good units that they flag.
        false_negative_rate: Share of bad units that they pass.
    """

    labour: float
    false_positive_rate: float = 0.0
    false_negative_rate: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.labour) and self.labour >= 0):
            raise UsageError(f"labour costs {self.labour!r}; expected money per unit, 0 or more.")
        check_rate(self.false_positive_rate, "false_positive_rate")
        check_rate(self.false_negative_rate, "false_negative_rate")

    def average(self, costs: Costs, prevalence: float) -> float:
        """Return their cost a unit: labour and mistakes, without the model's running cost."""
        mistakes = costs.average(self.false_negative_rate, self.false_positive_rate, prevalence) - costs.running
        return self.labour + mistakes


@dataclass(frozen=True, slots=True)
class Decision:
    """What one threshold, or one printed sheet of rates, costs.

    Args:
        threshold: Units are flagged from here on; None where only rates are known.
        false_positives: Counted; None where only rates are known. Likewise the next three.
        average_cost: A unit.
        flag_all: Cost a unit when everything is flagged.
        flag_none: Cost a unit when nothing is.
        saving_per_unit: Baseline minus average cost; None without a baseline.
        total_saving: The same over all units; None without units or baseline.
        interval: Of the total saving, else of the saving a unit, else of the average cost, from both rates.
        interval_of_misses: The same from the missed share alone, as a sheet would be questioned first.
    """

    threshold: float | None
    false_positives: int | None
    false_negatives: int | None
    positives: int | None
    negatives: int | None
    average_cost: float
    flag_all: float
    flag_none: float
    saving_per_unit: float | None = None
    total_saving: float | None = None
    interval: Interval | None = None
    interval_of_misses: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the decision as JSON-ready data."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("interval", "interval_of_misses"):
            found[name] = None if found[name] is None else found[name].to_dict()
        return found


@dataclass(frozen=True, slots=True)
class Business:
    """How many units there are, what they cost so far, and how common bad ones will be.

    Args:
        units: Units over which the saving is counted.
        baseline: What a unit costs so far.
        prevalence: Share of bad units in production; None: as in the rows.
    """

    units: float | None = None
    baseline: float | None = None
    prevalence: float | None = None

    def __post_init__(self) -> None:
        if self.units is not None and not (math.isfinite(self.units) and self.units > 0):
            raise UsageError(f"units is {self.units!r}; expected how many units there are, above 0.")
        if self.baseline is not None and not (math.isfinite(self.baseline) and self.baseline >= 0):
            raise UsageError(f"baseline is {self.baseline!r}; expected today's cost per unit, 0 or more.")
        if self.prevalence is not None:
            check_rate(self.prevalence, "prevalence")

    def outcome(self, cost: Interval) -> Interval:
        """Turn an interval of the average cost into one of what is reported."""
        if self.baseline is None:
            return cost
        units = 1.0 if self.units is None else self.units
        return cost.map(-units, units * self.baseline)


def check_rate(rate: float, name: str) -> float:
    """Return a rate if it is one, from 0 to 1."""
    if not 0 <= rate <= 1:
        near = f" (a percentage? then {rate / 100:g})" if 1 < rate <= 100 else ""
        raise UsageError(f"{name} is {rate!r}; expected a share from 0 to 1{near}.")
    return rate


def cost_interval(
    costs: Costs,
    misses: tuple[int, int],
    alarms: tuple[int, int],
    prevalence: float,
    level: float = 0.95,
    *,
    misses_only: bool = False,
) -> Interval:
    """Return the interval of the average cost from Wilson's intervals of the two rates, combined by squares.

    Args:
        costs: Of one unit.
        misses: Missed bad units, of how many.
        alarms: Flagged good units, of how many.
        prevalence: Share of bad units, taken as known.
        level: Of the interval.
        misses_only: Take the flagged share of good units as known too.

    References:
        G. Zou, A. Donner, Construction of confidence limits about effect measures (MOVER), Statistics in Medicine 27
        (2008).
    """
    rates = [count / of if of else 0.0 for count, of in (misses, alarms)]
    centre = costs.average(rates[0], rates[1], prevalence)
    slopes = (
        prevalence * (costs.false_negative - costs.true_positive),
        (1 - prevalence) * (costs.false_positive - costs.true_negative),
    )
    down = up = 0.0
    for rate, slope, (count, of) in list(zip(rates, slopes, (misses, alarms), strict=True))[: 1 if misses_only else 2]:
        low, high = wilson_interval(count, of, level)
        down += (slope * (rate - low)) ** 2
        up += (slope * (high - rate)) ** 2
    method = "wilson of misses" if misses_only else "wilson of both rates, combined by squares"
    return Interval(centre - math.sqrt(down), centre + math.sqrt(up), level, method)


def cost_of_pairs(confusion: NDArray[np.int64], costs: ArrayLike) -> float:
    """Return the mean cost of a row from costs by true class and predicted class, each `(n_classes, n_classes)`.

    >>> import numpy as np
    >>> cost_of_pairs(np.array([[8, 2], [1, 9]]), [[0, 1], [5, 0]])
    0.35
    """
    table = np.asarray(costs, dtype=float)
    if table.shape != confusion.shape:
        raise UsageError(f"costs have shape {table.shape}; expected {confusion.shape}, true class by predicted class.")
    if not np.isfinite(table).all():
        raise UsageError("costs by class pair hold NaN or infinite values; expected money.")
    return float((confusion * table).sum() / confusion.sum())
