from __future__ import annotations

import json
import math

import numpy as np
import pytest

from trackexp.evaluation import compare_models, evaluate, evaluate_multilabel, evaluate_regression
from trackexp.evaluation.metrics import intervals, ranking
from trackexp.evaluation.metrics.curves import vertices
from trackexp.stats import wilson_interval

PROMISED = [
    "accuracy", "balanced_accuracy", "precision_macro", "precision_micro", "precision_weighted", "recall_macro",
    "recall_micro", "recall_weighted", "f1_macro", "f1_micro", "f1_weighted", "mcc", "cohen_kappa", "log_loss",
    "brier_sum", "auroc_ovr_macro", "auroc_ovr_weighted", "auroc_ovo_macro", "average_precision_macro", "ece", "mce",
    "rmsce", "ace_bin_mean", "ece_equal_mass", "debiased_l2sq", "ece_classwise", "n", "n_absent",
]  # fmt: skip


@pytest.fixture
def small(generated):
    """Return 400 rows of three classes."""
    return evaluate(*generated(111, 400, 3, 4, 6), class_names=["a", "b", "c"], part="test")


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_to_dict_has_what_was_promised(generated, columns):
    """Every promised number is there, as a number, for one, two and more columns."""
    y, p = generated(112, 300, max(columns, 2), 3, 3)
    found = evaluate(y, p[:, 1] if columns == 1 else p).to_dict()

    assert [] == [name for name in PROMISED if not isinstance(found.get(name), (int, float))]


def test_json_is_strict(small):
    """JSON holds no NaN, whatever is undefined."""
    text = evaluate([1, 1], [[0.4, 0.6], [0.3, 0.7]]).to_json()

    assert json.loads(text, parse_constant=pytest.fail)["auroc_ovr_macro"] is None
    assert small.accuracy == json.loads(small.to_json())["accuracy"]


def test_every_number_has_an_interval_that_holds_it(small):
    """With intervals=True each headline number has one; counted rates have Wilson's."""
    found = small.to_dict(intervals=True, n_resamples=60)

    assert set(PROMISED) - {"n", "n_absent"} == set(found["intervals"])
    for name in found["intervals"]:  # also errors of calibration, which grow by resampling
        assert found["intervals"][name]["low"] <= found[name] <= found["intervals"][name]["high"]
    hits = int(np.trace(small.sums.confusion))
    assert tuple(wilson_interval(hits, 400)) == tuple(small.intervals(n_resamples=2)["accuracy"])


def test_intervals_of_groups_are_wider(generated):
    """Rows that come in groups of like outcome say less than their number."""
    y, p = generated(113, 60, 3, 4, 4)
    y, p = np.repeat(y, 20), np.repeat(p, 20, axis=0)
    groups = np.repeat(np.arange(60), 20)
    alone, grouped = (evaluate(y, p, groups=g).intervals(n_resamples=80)["log_loss"] for g in (None, groups))

    assert grouped.high - grouped.low > 2.5 * (alone.high - alone.low)
    assert "by group" in grouped.method


def test_a_handful_of_groups_does_not_narrow_the_intervals(generated):
    """Three groups of rows that have nothing in common: no narrower than rows alone."""
    y, p = generated(115, 300, 3, 4, 4)
    groups = np.arange(300) % 3
    alone, grouped = (evaluate(y, p, groups=g).intervals(n_resamples=200)["accuracy"] for g in (None, groups))

    assert grouped.high - grouped.low > 0.9 * (alone.high - alone.low)
    assert "by group and row" in grouped.method


def test_many_rows_are_resampled_by_fewer(monkeypatch, generated):
    """Resampling m of n rows and scaling by √(m/n) gives the width of resampling all, within a third."""
    result = evaluate(*generated(114, 6000, 3, 4, 4))
    full = result.intervals(n_resamples=150)["log_loss"]
    monkeypatch.setattr(intervals, "_VALUES_A_RESAMPLE", 3 * 1500)
    fewer = evaluate(*generated(114, 6000, 3, 4, 4)).intervals(n_resamples=150)["log_loss"]

    assert "of 1500 rows" in fewer.method
    assert pytest.approx(full.high - full.low, rel=0.33) == fewer.high - fewer.low
    assert result.log_loss in fewer


def test_sums_alone_have_the_intervals_that_sums_can_give(small, generated):
    """Without rows there are Wilson's intervals and that of the mean log loss, near the bootstrap's."""
    parts = evaluate(*generated(111, 400, 3, 4, 6), keep_rows=False)
    found = parts.intervals()

    assert {"accuracy", "precision_micro", "recall_micro", "f1_micro", "log_loss"} == set(found)
    assert pytest.approx(tuple(small.intervals(n_resamples=300)["log_loss"]), abs=0.03) == tuple(found["log_loss"])


def test_the_report_has_a_line_a_class(small):
    """Precision and recall stand inside their intervals, by class name."""
    report = small.report

    assert ["a", "b", "c"] == report.index.tolist()
    assert small.sums.confusion.sum(1).tolist() == report["support"].tolist()
    assert ((report["recall_low"] <= report["recall"]) & (report["recall"] <= report["recall_high"])).all()
    assert pytest.approx(small["auroc_ovr_macro"]) == report["auroc"].mean()


def test_one_against_the_rest_adds_up(small):
    """The one-vs-rest matrix of each class holds all rows, and its recall is the class's."""
    for name in small.class_names:
        table = small.confusion_of(name).to_numpy()

        assert 400 == table.sum()
        assert small.report.loc[name, "recall"] == table[1, 1] / table[1].sum()


def test_at_a_threshold_rates_have_intervals(small):
    """Counts at a threshold are those of the rows, and every rate stands inside its interval."""
    found = small.at_threshold(0.3, "b")
    flagged, positive = small.data.y_prob[:, 1] >= 0.3, small.data.y_true == 1

    assert int((flagged & positive).sum()) == found["true_positives"]
    assert int((~flagged & positive).sum()) == found["false_negatives"]
    for name in ("precision", "recall", "specificity", "accuracy"):
        low, high = found[f"{name}_interval"]
        assert low <= found[name] <= high


def test_reliability_tables_hold_all_rows(small):
    """Bins cover all rows, of the top label and of each class, with the gap inside what the error says."""
    for table in (small.reliability(), small.reliability("c")):
        used = table[table["n"] > 0]

        assert 400 == table["n"].sum()
        assert ((used["low"] <= used["confidence"]) & (used["confidence"] <= used["high"])).all()
        assert ((used["accuracy_low"] <= used["accuracy"]) & (used["accuracy"] <= used["accuracy_high"])).all()
    weights = small.reliability()["n"] / 400
    assert pytest.approx(small.ece) == (weights * small.reliability()["gap"].abs()).sum()


def test_the_largest_gap_comes_with_its_rows(small):
    """MCE is never without the bin's count and interval."""
    gap = small.mce
    line = small.reliability().iloc[gap.bin]

    assert (line["n"], abs(line["gap"])) == (gap.n, gap.value)
    assert gap.accuracy in gap.interval


def test_measurements_stand_beside_the_metrics():
    """Latency and size are numbers like the others."""
    found = evaluate([0, 1], [0.2, 0.9], measurements={"latency_ms": 1.5}).to_dict()

    assert 1.5 == found["latency_ms"]


def test_above_a_hundred_classes_pairs_are_left_out_and_said(generated):
    """One-vs-one is NaN with 101 classes; one-vs-rest is still exact."""
    result = evaluate(*generated(115, 500, 101, 6, 6))

    assert math.isnan(result["auroc_ovo_macro"])
    assert not math.isnan(result["auroc_ovr_macro"])
    assert "exact" == result.to_dict()["areas"]


def test_a_negative_zero_is_a_zero(monkeypatch):
    """-0.0 is a probability of 0, also where scores are taken by their bits."""
    p = np.array([[1.0, -0.0, 0.0], [-0.0, 1.0, 0.0], [0.0, -0.0, 1.0], [0.5, 0.0, 0.5]], dtype=np.float32)
    exact = evaluate([0, 1, 2, 0], p)
    monkeypatch.setattr(ranking, "EXACT_UP_TO", 0)

    assert exact["auroc_ovr_macro"] == evaluate([0, 1, 2, 0], p)["auroc_ovr_macro"]
    assert exact["auroc_ovr_macro"] == pytest.approx(evaluate([0, 1, 2, 0], p, keep_rows=False)["auroc_ovr_macro"])
    assert exact.ece_equal_mass == evaluate([0, 1, 2, 0], np.abs(p)).ece_equal_mass


def test_vertices_are_points_of_the_curve_and_keep_its_ends():
    """A long curve is thinned to at most 512 of its own points, the ends among them, in order."""
    x = np.linspace(0, 1, 10_000)
    keep = vertices(x, x**3)

    assert len(keep) <= 512
    assert (0, 9_999) == (keep[0], keep[-1])
    assert (np.diff(keep) > 0).all()
    assert np.abs(np.interp(x, x[keep], x[keep] ** 3) - x**3).max() < 1e-5


def test_a_taken_part_is_the_evaluation_of_its_rows(small):
    """Taking rows by mask gives what evaluating them gives, ids kept."""
    mask = small.data.y_true == 1
    part = small.take(mask)

    assert evaluate(small.data.y_true[mask], small.data.y_prob[mask]).log_loss == part.log_loss
    assert np.flatnonzero(mask).tolist() == part.data.ids.tolist()


def test_inputs_of_any_kind_are_kept():
    """Lists of paths and data frames are inputs as arrays are."""
    import pandas as pd

    for inputs in (["a.png", "b.png", "c.png"], pd.DataFrame({"x": [1, 2, 3]})):
        result = evaluate([0, 1, 1], [0.9, 0.8, 0.1], inputs=inputs)

        assert 2 == len(result.confident_errors())
        assert 3 == len((result.take(np.array([0])) + result.take(np.array([1, 2]))).data.inputs)


def test_every_result_has_a_short_repr_and_the_large_ones_a_page(generated):
    """A notebook shows a frame, a terminal a line of less than 300 characters."""
    y, p = generated(301, 300, 3, 3, 4)
    whole, binary = evaluate(y, p), evaluate(y == 1, p[:, 1])
    models = compare_models({"a": whole, "b": evaluate(y, p[:, ::-1]), "c": evaluate(y, p**2 / (p**2).sum(1)[:, None])})
    pages = [whole, models, evaluate_multilabel(p > 0.3, p), evaluate_regression(p[:, 0], p[:, 1])]
    results = [*pages, binary.profit(1, 5), whole.knee(), whole.data]

    assert all("<iframe" in result._repr_html_() for result in pages)
    assert [] == [repr(result) for result in results if len(repr(result)) > 400]
