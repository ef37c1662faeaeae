from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackexp.evaluation import evaluate
from trackexp.evaluation.knee import find_knee


@pytest.fixture
def bent():
    """Return confidences whose answers are right above 0.6 and chance below."""
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 1.0, 5000)
    return confidence, np.where(confidence > 0.6, rng.random(5000) < 0.99, rng.random(5000) < 0.5)


def test_the_knee_is_where_accuracy_begins_to_fall(bent):
    """Answers are right down to a confidence of 0.6: the knee is there."""
    knee = find_knee(*bent, "confidence").knee

    assert pytest.approx(0.6, abs=0.03) == knee.threshold
    assert knee.accuracy_low < knee.accuracy < knee.accuracy_high


def test_against_entropy_rows_are_kept_up_to_the_threshold(bent):
    """Low entropy is sure: the same chart comes from one minus confidence, kept downwards."""
    by_entropy = find_knee(1 - bent[0], bent[1], "entropy")

    assert pytest.approx(0.4, abs=0.03) == by_entropy.knee.threshold
    assert pytest.approx(find_knee(*bent, "confidence").aurc) == by_entropy.aurc


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=50), st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    """Ties count together: shuffled rows give the same chart and area."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    a, b = (
        find_knee(np.array([r[0] for r in x]) / 9, np.array([r[1] for r in x]), "confidence") for x in (rows, shuffled)
    )

    assert pytest.approx(a.aurc) == b.aurc
    assert a.curve.equals(b.curve)
    assert 0 <= a.aurc <= 1


def test_aurc_of_distinct_rows_is_the_mean_of_running_error_rates():
    """Without ties the area is the mean error rate over all coverages."""
    right = np.array([True, True, False, True])

    assert (
        pytest.approx(np.mean([0, 0, 1 / 3, 1 / 4]))
        == find_knee(np.array([0.9, 0.8, 0.7, 0.6]), right, "confidence").aurc
    )


def test_the_threshold_for_a_wanted_accuracy_keeps_the_most_rows(bent):
    """The point of largest coverage that reaches 0.95; lowering the threshold further falls below it."""
    chart = find_knee(*bent, "confidence")
    point = chart.threshold_for(0.95)
    lower = chart.kept[chart.thresholds < point.threshold]

    assert point.accuracy >= 0.95
    assert (chart.right[chart.thresholds < point.threshold] / lower < 0.95).all()
    assert point == chart.at(point.threshold)
    assert chart.threshold_for(1.0) is None or chart.threshold_for(1.0).accuracy == 1.0


def test_a_flat_chart_has_no_knee():
    """Where accuracy does not depend on confidence there is nothing to mark."""
    assert find_knee(np.linspace(0, 1, 100), np.ones(100, bool), "confidence").knee is None
    assert math.isnan(find_knee(np.empty(0), np.empty(0, bool), "confidence").aurc)


def test_a_chart_of_one_class_holds_the_rows_predicted_so(digits_like):
    """Per class the chart is of the rows that were taken for it; its last accuracy is the class's precision."""
    result = evaluate(**digits_like)
    chart = result.knee("bag")

    assert int((digits_like["y_prob"].argmax(1) == 1).sum()) == chart.n
    assert result.report.loc["bag", "precision"] == chart.curve["accuracy"].iloc[-1]
    assert 1.0 == chart.curve["coverage"].iloc[-1]
    assert chart.n == result.knee("bag", by="entropy").n


def test_binary_confidence_is_that_of_the_predicted_class():
    """A sure no is as sure as a sure yes."""
    chart = evaluate([0, 1, 1], [0.05, 0.95, 0.4]).knee()

    assert [0.95, 0.6] == pytest.approx(chart.thresholds.tolist())
    assert [2, 3] == chart.kept.tolist()
