"""Whether one group is really better than another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from scipy import stats

from trackexp.comparison.eligibility import value_of
from trackexp.comparison.group import Group, pairs_of
from trackexp.errors import UsageError, nearest
from trackexp.stats import (
    Interval,
    hedges_g,
    holm,
    nadeau_bengio_interval,
    nadeau_bengio_test,
    paired_g,
    paired_t_test,
    permutation_p_value,
    repetitions_needed,
    single_case_test,
    t_interval,
    two_sample_permutation_p_value,
    welch_test,
    wilcoxon_p_value,
)

TestMethod = Literal["auto", "permutation", "wilcoxon", "t"]
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Contest:
    """Two groups, tested; differences are first minus second.

    Args:
        first: Label of the group.
        second: Label of the other.
        difference: Of the means; of the pairs where they pair.
        interval: Of the difference at 95 %, not corrected for the number of tests; None where it cannot be told.
        p_value: Two-sided; None where neither group varies by more than one run.
        p_holm: The same, paid for the number of tests.
        method: Of the test.
        pairs: How many runs pair by seed or fold; 0 where they do not.
        effect: The difference in standard deviations (Hedges' g; of the pairs where they pair); None where not known.
        more: How many further runs (seeds; pairs where they pair) each group would need for a test to find a
            difference as large as this one four times of five; 0 where they are told apart, None where none would do.
        assumes: What the p-value takes for granted and nothing here can show; "" where the runs show all it needs.
    """

    first: str
    second: str
    difference: float
    interval: Interval | None = None
    p_value: float | None = None
    p_holm: float | None = None
    method: str = "none: one run each"
    pairs: int = 0
    effect: float | None = None
    more: int | None = None
    assumes: str = ""

    @property
    def told_apart(self) -> bool:
        """Whether chance is ruled out at 5 %."""
        return self.p_holm is not None and self.p_holm < ALPHA

    def to_dict(self) -> dict[str, Any]:
        """Return the contest as JSON-ready data."""
        names = ("first", "second", "difference", "p_value", "p_holm", "method", "pairs", "effect", "more", "assumes")
        interval = self.interval.to_dict() if self.interval is not None else None
        return {**{name: getattr(self, name) for name in names}, "interval": interval, "told_apart": self.told_apart}


def check_test(test: str) -> None:
    """Refuse a test that there is not, also where nothing comes to be tested.

    Raises:
        UsageError: There is no such test.
    """
    if test not in (known := get_args(TestMethod)):
        raise UsageError(f"test={test!r} is no test{nearest(test, known)}: expected one of {', '.join(known)}.")


def contests(
    champion: Group, others: Sequence[Group], *, family: int, test: TestMethod = "auto", groups: Sequence[Group] = ()
) -> tuple[Contest, ...]:
    """Test one group against each of the others.

    Args:
        champion: The one that all are compared with.
        others: The others, each with a run that counts.
        family: How many tests are made with one answer in mind: those against the best, or against the baseline.
        test: Of pairs and of samples; folds are always tested by Nadeau and Bengio's t, and a single run against
            several by Crawford and Howell's. `"auto"`: by permutation where it can reach 5 %, else by Student's t;
            where the values do not vary, which is no proof that they cannot, always by permutation.
        groups: All of them, whose common spread tells two single runs apart.
    """
    alpha = ALPHA / max(family, 1)
    found = [_contest(champion, other, test, alpha, groups or (champion, *others)) for other in others]
    tested = [place for place, one in enumerate(found) if one.p_value is not None]
    corrected = holm([found[place].p_value or 0.0 for place in tested], family=family)
    for place, p_holm in zip(tested, corrected, strict=True):
        found[place] = replace(found[place], p_holm=float(p_holm), more=0 if p_holm < ALPHA else found[place].more)
    return tuple(found)


def _contest(first: Group, second: Group, test: TestMethod, alpha: float, groups: Sequence[Group]) -> Contest:
    if pairs := pairs_of(first, second):
        return _of_pairs(first, second, [value_of(a) - value_of(b) for a, b in pairs], test, alpha)
    if first.n > 1 and second.n > 1:
        return _of_samples(first, second, test, alpha)
    return _of_a_single_run(first, second, groups, alpha)


def _of_pairs(first: Group, second: Group, differences: list[float], test: TestMethod, alpha: float) -> Contest:
    share, n = min(first.test_share, second.test_share), len(differences)
    if _is_constant(differences):
        p_value, method, interval = permutation_p_value(differences), "paired permutation", None
    elif share:
        result = nadeau_bengio_test(differences, share)
        p_value, method, interval = result.p_value, result.method, nadeau_bengio_interval(differences, share)
    else:
        p_value, method = _paired_p_value(differences, test)
        interval = t_interval(differences)
    effect = paired_g(differences)
    needed = _needed(effect, paired=True, alpha=alpha, share=share)
    return Contest(
        first.label, second.label, float(np.mean(differences)), interval, p_value, None, method, n, effect,
        None if needed is None else max(1, needed - n),
    )  # fmt: skip


def _paired_p_value(differences: list[float], test: TestMethod) -> tuple[float, str]:
    # All 2^n sign patterns of fewer than six pairs leave a p of more than 5 %, whatever the numbers.
    if test == "permutation" or (test == "auto" and 2 / 2 ** len(differences) < ALPHA):
        return permutation_p_value(differences), "paired permutation"
    if test == "wilcoxon":
        return wilcoxon_p_value(differences), "wilcoxon signed rank"
    return paired_t_test(differences).p_value, "paired t"


def _of_samples(first: Group, second: Group, test: TestMethod, alpha: float) -> Contest:
    a, b = first.scores, second.scores
    constant = _is_constant(a) and _is_constant(b)
    if constant or test == "permutation" or (test == "auto" and 2 / math.comb(len(a) + len(b), len(a)) < ALPHA):
        p_value, method = two_sample_permutation_p_value(a, b), "permutation"
    elif test == "wilcoxon":
        p_value, method = float(stats.mannwhitneyu(a, b).pvalue), "wilcoxon rank sum"
    else:
        p_value, method = welch_test(a, b).p_value, "welch t"
    effect = hedges_g(a, b)
    needed = _needed(effect, paired=False, alpha=alpha)
    interval = None if constant else _welch_interval(a, b)
    return Contest(
        first.label, second.label, first.mean - second.mean, interval, p_value, None, method, 0, effect,
        None if needed is None else max(1, needed - min(len(a), len(b))),
    )  # fmt: skip


def _welch_interval(a: Sequence[float], b: Sequence[float], level: float = 0.95) -> Interval:
    difference = float(np.mean(a) - np.mean(b))
    error = math.sqrt(sum(float(np.var(x, ddof=1)) / len(x) for x in (a, b)))
    half = float(stats.t.ppf(0.5 + level / 2, welch_test(a, b).df[0])) * error
    return Interval(difference - half, difference + half, level, "welch t")


def _of_a_single_run(first: Group, second: Group, groups: Sequence[Group], alpha: float) -> Contest:
    """Test a single run against several, or two single runs by the spread within the other groups."""
    difference = first.mean - second.mean
    if max(first.n, second.n) > 1:
        single, several = (first, second) if first.n == 1 else (second, first)
        assumes = f"the one run of {single.label} varies as the {several.n} of {several.label} do"
        if _is_constant(several.scores):
            p_value, method, sd = two_sample_permutation_p_value(first.scores, second.scores), "permutation", 0.0
        else:
            result = single_case_test(single.scores[0], several.scores)
            p_value, method, sd = result.p_value, result.method, several.sd
    else:
        df = sum(group.n - 1 for group in groups if group.n > 1)
        squares = sum(group.sd**2 * (group.n - 1) for group in groups if group.n > 1)
        if squares == 0:
            return Contest(first.label, second.label, difference)
        sd, method = math.sqrt(squares / df), "t by the spread of the other groups"
        p_value = 2 * float(stats.t.sf(abs(difference) / (sd * math.sqrt(2)), df))
        assumes = f"the one run of {first.label} and of {second.label} vary as those of the other groups do"
    effect = difference / sd if sd else (0.0 if difference == 0 else math.copysign(math.inf, difference))
    needed = _needed(effect, paired=False, alpha=alpha)
    more = None if needed is None else max(1, needed - 1)
    return Contest(first.label, second.label, difference, None, p_value, None, method, 0, effect, more, assumes)


def _is_constant(values: Sequence[float]) -> bool:
    """Return whether the values are one up to rounding, as the shares of few right answers often are."""
    return bool(np.ptp(values) <= 8 * np.finfo(float).eps * np.max(np.abs(values)))


def _needed(effect: float, *, paired: bool, alpha: float, share: float = 0.0) -> int | None:
    """Return how many repetitions it takes; where nothing varies, as many as a permutation needs to reach alpha."""
    if not math.isinf(effect):
        return repetitions_needed(effect, paired=paired, alpha=alpha, test_share=share)
    n = 2
    while 2 / (2**n if paired else math.comb(2 * n, n)) >= alpha:
        n += 1
    return n
