from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trackexp.errors import UsageError
from trackexp.evaluation import Costs, HumanBaseline, evaluate, profit_from_rates


@pytest.fixture
def flagged(generated):
    """Return 2,000 rows of two classes as one column."""
    y, p = generated(91, 2000, 2, 2, 3)
    return evaluate(y, p[:, 1])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=1, max_size=60),
    st.integers(0, 9),
    st.integers(1, 9),
    st.sampled_from([None, 0.3]),
)
def test_the_best_threshold_is_the_cheapest_of_all(rows, false_positive, false_negative, prevalence):
    """No threshold, tried one by one, is cheaper than the best; the curve and `at` agree."""
    y, p = np.array([r[0] for r in rows], int), np.array([r[1] for r in rows]) / 20
    assume(prevalence is None or 0 < y.sum() < y.size)
    profit = evaluate(y, p).profit(false_positive, false_negative, prevalence=prevalence)
    tried = [profit.at(t).average_cost for t in [*np.unique(p), math.inf, -math.inf]]

    assert pytest.approx(min(tried), abs=1e-12) == profit.best.average_cost
    assert (
        pytest.approx([profit.at(t).average_cost for t in profit.curve["threshold"]])
        == profit.curve["average_cost"].to_list()
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_scores", [1, 7, 900, 200_000])
@pytest.mark.parametrize(("false_positive", "false_negative"), [(1, 5), (1, 1), (0, 1), (1, 0)])
def test_many_rows_have_the_best_threshold_that_looking_at_each_gives(dtype, n_scores, false_positive, false_negative):
    """Whole blocks are passed over and ties run through several of them: the same best threshold, to the row."""
    rng = np.random.default_rng(n_scores)
    n = 140_001
    p = (rng.integers(0, n_scores, n) / n_scores).astype(dtype)
    y = (rng.random(n) < 0.1 + 0.8 * p).astype(int)
    profit = evaluate(y, p).profit(false_positive, false_negative)
    scores = np.unique(p)
    missed = np.searchsorted(np.sort(p[y == 1]), scores)
    alarms = (y == 0).sum() - np.searchsorted(np.sort(p[y == 0]), scores)
    money = np.append(missed * false_negative + alarms * false_positive, y.sum() * false_negative)
    curve = profit.curve

    assert money.min() == round(profit.best.average_cost * n)
    assert np.append(scores, np.inf)[money == money.min()].max() == profit.best.threshold
    assert len(curve) <= 512
    assert profit.best.threshold in set(curve["threshold"])
    assert [np.inf, scores[0]] == curve["threshold"].iloc[[0, -1]].tolist()
    for line in curve.iloc[:: max(len(curve) // 20, 1)].itertuples():
        at = np.searchsorted(scores, line.threshold)
        flagged = int((p >= line.threshold).sum())
        assert (flagged, pytest.approx(money[at] / n)) == (line.flagged, line.average_cost)


def test_costs_are_counted_by_hand(flagged):
    """The average cost at a threshold is what counting the rows gives, right answers and running cost included."""
    y, p = flagged.data.y_true, flagged.data.y_prob
    profit = flagged.profit(2.0, 7.0, true_positive=0.5, true_negative=0.1, running=0.01)
    said = p >= 0.4
    costs = np.select([said & (y == 1), said & (y == 0), ~said & (y == 1)], [0.5, 2.0, 7.0], 0.1)

    assert pytest.approx(costs.mean() + 0.01) == profit.at(0.4).average_cost


def test_flag_all_and_flag_none_are_the_ends(flagged):
    """Flagging everything costs the false positives, flagging nothing the misses."""
    share = flagged.data.y_true.mean()
    profit = flagged.profit(2.0, 7.0)

    assert pytest.approx(((1 - share) * 2, share * 7)) == (profit.flag_all.average_cost, profit.flag_none.average_cost)
    assert pytest.approx(((1 - share) * 2, share * 7)) == (profit.best.flag_all, profit.best.flag_none)


def test_prevalence_shifts_the_money_and_the_threshold(flagged):
    """Rarer bad units in production: cost by N·[π·FNR·c_FN + (1-π)·FPR·c_FP], and a higher threshold."""
    now, rare = flagged.profit(1.0, 4.0), flagged.profit(1.0, 4.0, prevalence=0.02)
    at = rare.at(0.3)
    expected = 0.02 * at.false_negatives / at.positives * 4 + 0.98 * at.false_positives / at.negatives

    assert pytest.approx(expected) == at.average_cost
    assert rare.best.threshold > now.best.threshold


def test_the_threshold_of_validation_is_paid_on_test(generated):
    """The best threshold of one part is applied to another, where it is no longer the best."""
    y, p = generated(92, 4000, 2, 2, 3)
    valid, test = (evaluate(y[s], p[s, 1]).profit(1.0, 5.0) for s in (slice(0, 300), slice(300, None)))

    assert test.at(valid.best.threshold).average_cost >= test.best.average_cost


def test_people_are_paid_for_labour_and_mistakes(flagged):
    """The human baseline is labour plus their own mistakes, at the same prevalence, beside the model's."""
    people = HumanBaseline(labour=0.08, false_positive_rate=0.05, false_negative_rate=0.1)
    profit = flagged.profit(2.0, 7.0, prevalence=0.25, running=0.5, human=people)

    assert pytest.approx(0.08 + 0.75 * 0.05 * 2 + 0.25 * 0.1 * 7) == profit.human_cost
    assert ["flag all", "flag none", "present", "best", "people"] == profit.table()["choice"].tolist()


def test_one_class_of_many_is_flagged(digits_like):
    """Of several classes any one can be the one that is flagged."""
    result = evaluate(**digits_like)
    profit = result.profit(1.0, 1.0, class_name="bag")

    assert ("bag", int((digits_like["y_true"] == 1).sum())) == (profit.positive, profit.counts.positives)


def test_costs_by_class_pair(generated):
    """A table of costs by true and predicted class gives the mean cost of a row."""
    y, p = generated(93, 500, 3, 4, 4)
    table = np.array([[0, 1, 2], [3, 0, 4], [5, 6, 0]])

    assert pytest.approx(table[y, p.argmax(1)].mean()) == evaluate(y, p).cost(table)


def test_without_a_baseline_there_is_no_saving(flagged):
    """A saving needs something to save from; the interval is then of the cost."""
    decision = flagged.profit(1.0, 5.0).at(0.5)

    assert (None, None) == (decision.saving_per_unit, decision.total_saving)
    assert decision.average_cost in decision.interval


def test_the_interval_narrows_with_rows():
    """A hundred times the counts make the interval a tenth as wide."""
    sheet = {"false_positive_rate": 0.02, "false_negative_rate": 0.2, "prevalence": 0.1}
    money = {"false_positive": 0.25, "false_negative": 1.5, "units": 1000, "baseline": 0.1}
    few, many = (
        profit_from_rates(**sheet, **money, n_positives=50 * k, n_negatives=500 * k).interval for k in (1, 100)
    )

    assert pytest.approx(10, rel=0.1) == (few.high - few.low) / (many.high - many.low)
    assert profit_from_rates(**sheet, **money).interval is None


def test_a_curve_has_at_most_512_vertices_and_its_ends(flagged):
    """A curve that is sent is short, exact, and holds its ends and its best threshold."""
    curve = flagged.profit(1.0, 5.0).curve
    roc = flagged.roc()

    assert max(len(curve), len(roc), len(flagged.precision_recall())) <= 512
    assert [math.inf, flagged.data.y_prob.min()] == curve["threshold"].iloc[[0, -1]].tolist()
    assert flagged.profit(1.0, 5.0).best.threshold in curve["threshold"].to_list()
    assert [[0, 0], [1, 1]] == roc[["false_positive_rate", "true_positive_rate"]].iloc[[0, -1]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda r: r.profit(-1, 2), "false_positive costs -1"),
        (lambda r: r.profit(1, math.nan), "false_negative costs nan"),
        (lambda r: r.profit("1", 2), "expected money"),
        (lambda r: r.profit(0, 0), "cost nothing"),
        (lambda r: r.profit(1, 2, true_positive=3), "exchanged"),
        (lambda r: r.profit(1, 2, units=0), "units is 0"),
        (lambda r: r.profit(1, 2, baseline=-1), "baseline is -1"),
        (lambda r: r.profit(1, 2, prevalence=12.9), r"a percentage\? then 0.129"),
        (lambda r: r.profit(1, 2).at(math.nan), "NaN"),
        (lambda r: r.profit(1, 2, human=HumanBaseline(1, 5)).human_cost, "false_positive_rate is 5"),
        (lambda r: evaluate([0, 0], [0.1, 0.2]).profit(1, 2, prevalence=0.3), "no rows of 1"),
        (lambda r: r.cost([[1]]), r"expected \(2, 2\)"),
        (lambda r: Costs(True, 2), "costs True"),
    ],
)
def test_costs_that_make_no_sense_are_usage_errors(flagged, call, said):
    """Negative, undefined, exchanged or missing costs, and percentages for shares, are refused with what was meant."""
    with pytest.raises(UsageError, match=said):
        call(flagged)
