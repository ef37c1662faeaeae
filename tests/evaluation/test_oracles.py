from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from trackexp.evaluation import evaluate
from trackexp.evaluation.metrics import ranking


@st.composite
def classified(draw, k_most=6, n_most=60):
    """Rows of up to six classes whose probabilities are often tied, often 0 or 1, in float32 or float64."""
    k, n = draw(st.integers(2, k_most)), draw(st.integers(1, n_most))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, draw(st.sampled_from([3, 10, 1000])), (n, k)) + (
        rng.integers(0, k, n)[:, None] == range(k)
    )
    p = (weights / weights.sum(1, keepdims=True)).astype(draw(st.sampled_from([np.float32, np.float64])))
    return rng.integers(0, k, n), p


def quietly(call, *args, **options):
    """Call an oracle without its warnings about absent classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*args, **options)


@settings(deadline=None)
@given(classified())
def test_confusion_metrics_equal_scikit_learn(rows):
    """Accuracy, its balanced form, MCC, κ and all averages equal scikit-learn's."""
    y, p = rows
    result, said = evaluate(y, p), p.argmax(1)
    expected = {
        "accuracy": metrics.accuracy_score(y, said),
        "balanced_accuracy": quietly(metrics.balanced_accuracy_score, y, said),
        "mcc": quietly(metrics.matthews_corrcoef, y, said),
    }
    for mean in ("macro", "micro", "weighted"):
        of = quietly(metrics.precision_recall_fscore_support, y, said, average=mean, zero_division=0)
        expected |= {f"{name}_{mean}": value for name, value in zip(("precision", "recall", "f1"), of[:3], strict=True)}
    kappa = quietly(metrics.cohen_kappa_score, y, said)

    assert pytest.approx(expected, abs=1e-12) == {name: result[name] for name in expected}
    assert math.isnan(kappa) or pytest.approx(kappa) == result["cohen_kappa"]
    assert metrics.confusion_matrix(y, said, labels=range(p.shape[1])).tolist() == result.confusion.to_numpy().tolist()


@settings(deadline=None)
@given(classified())
def test_losses_equal_scikit_learn(rows):
    """Log loss and Brier's sum equal scikit-learn's in float64."""
    y, p = rows
    wide = p.astype(np.float64)
    classes = range(p.shape[1])
    result = evaluate(y, p)
    truth = np.eye(p.shape[1])[y]

    assert pytest.approx(quietly(metrics.log_loss, y, wide, labels=classes), abs=1e-6) == result.log_loss
    assert pytest.approx(((wide - truth) ** 2).sum(1).mean()) == result["brier_sum"]


@settings(deadline=None)
@given(classified())
def test_areas_equal_scikit_learn(rows):
    """Area under ROC and average precision of every class equal scikit-learn's, ties and all."""
    y, p = rows
    result = evaluate(y, p).ranking
    for k in range(p.shape[1]):
        if 0 < (y == k).sum() < y.size:
            assert pytest.approx(metrics.roc_auc_score(y == k, p[:, k])) == result.auroc[k]
        else:
            assert math.isnan(result.auroc[k])
        if (y == k).any():
            assert pytest.approx(metrics.average_precision_score(y == k, p[:, k])) == result.average_precision[k]


@settings(deadline=None, max_examples=50)
@given(classified())
def test_one_vs_one_equals_scikit_learn(rows):
    """Hand and Till's mean equals scikit-learn's where every class has rows."""
    y, p = rows
    k = p.shape[1]
    assume(k > 2 and np.unique(y).size == k)
    wide = p / p.sum(1, keepdims=True, dtype=np.float64)
    expected = metrics.roc_auc_score(y, wide, multi_class="ovo", labels=range(k))

    assert pytest.approx(expected) == evaluate(y, wide)["auroc_ovo_macro"]


@settings(deadline=None)
@given(classified(), st.integers(1, 3))
def test_top_k_contains_the_truth_as_often_as_sorting_says(rows, k):
    """Top-k counts the rows whose true class is among the first k of a stable sort; top-1 is accuracy."""
    y, p = rows
    k = min(k, p.shape[1])
    order = np.argsort(-p, axis=1, kind="stable")[:, :k]
    result = evaluate(y, p)

    assert pytest.approx((order == y[:, None]).any(1).mean()) == result.top_k(k)
    assert result.accuracy == result.top_k(1)
    assert result.top_k(k) == evaluate(y, p, keep_rows=False).top_k(k)


@settings(deadline=None)
@given(classified())
def test_curves_equal_scikit_learn(rows):
    """ROC vertices are scikit-learn's, threshold for threshold."""
    y, p = rows
    assume(0 < (y == 0).sum() < y.size)
    curve = evaluate(y, p).roc(0)
    false, true, at = metrics.roc_curve(y == 0, p[:, 0], drop_intermediate=False)

    assert pytest.approx(false) == curve["false_positive_rate"].to_numpy()
    assert pytest.approx(true) == curve["true_positive_rate"].to_numpy()
    assert pytest.approx(at) == curve["threshold"].to_numpy()


@pytest.fixture(scope="module")
def torchmetrics():
    """Return torchmetrics' functional classification metrics."""
    return quietly(__import__, "torchmetrics.functional.classification", fromlist=["x"])


@pytest.fixture(scope="module")
def netcal():
    """Return netcal's metrics."""
    return quietly(__import__, "netcal.metrics", fromlist=["x"])


def test_metrics_equal_torchmetrics(torchmetrics, generated):
    """On rows without edge cases every shared metric equals torchmetrics'."""
    import torch

    for seed, k in ((51, 3), (52, 7), (53, 20)):
        y, p = generated(seed, 2000, k, 3, 4)
        result = evaluate(y, p)
        args = torch.tensor(p), torch.tensor(y), k
        expected = {
            "accuracy": torchmetrics.multiclass_accuracy(*args, average="micro"),
            "f1_macro": torchmetrics.multiclass_f1_score(*args, average="macro"),
            "f1_weighted": torchmetrics.multiclass_f1_score(*args, average="weighted"),
            "mcc": torchmetrics.multiclass_matthews_corrcoef(*args),
            "cohen_kappa": torchmetrics.multiclass_cohen_kappa(*args),
            "auroc_ovr_macro": torchmetrics.multiclass_auroc(*args),
            "average_precision_macro": torchmetrics.multiclass_average_precision(*args),
            "ece": torchmetrics.multiclass_calibration_error(*args, n_bins=15, norm="l1"),
            "mce": torchmetrics.multiclass_calibration_error(*args, n_bins=15, norm="max"),
            "rmsce": torchmetrics.multiclass_calibration_error(*args, n_bins=15, norm="l2"),
        }

        assert pytest.approx({n: float(v) for n, v in expected.items()}, abs=2e-6) == {n: result[n] for n in expected}


def test_calibration_equals_netcal(netcal, generated):
    """ECE, MCE and the unweighted mean gap equal netcal's, top label and positive class."""
    for seed, k in ((61, 2), (62, 5), (63, 12)):
        y, p = generated(seed, 2000, k, 3, 4)
        result = evaluate(y, p[:, 1] if k == 2 else p)
        given = p[:, 1] if k == 2 else p
        for name, metric in (("ece", netcal.ECE), ("mce", netcal.MCE), ("ace_bin_mean", netcal.ACE)):
            assert pytest.approx(metric(15).measure(given, y), abs=1e-9) == result[name]


def test_areas_by_leading_bits_are_near_the_exact_ones(monkeypatch, generated):
    """With the limit of exactness lowered, areas move by less than 1e-6 and average precision by 2e-5."""
    y, p = generated(71, 40_000, 5, 3, 4)
    exact = ranking.rank_rows(y, p)
    monkeypatch.setattr(ranking, "EXACT_UP_TO", 0)
    fast = ranking.rank_rows(y, p)

    assert (True, False) == (exact.exact, fast.exact)
    assert pytest.approx(exact.auroc, abs=1e-6) == fast.auroc
    assert pytest.approx(exact.auroc_one_vs_one, abs=1e-6) == fast.auroc_one_vs_one
    assert pytest.approx(exact.average_precision, abs=1e-4) == fast.average_precision


def test_areas_by_leading_bits_keep_saturated_and_tiny_scores_apart(monkeypatch):
    """Probabilities of exactly 0 and 1, and of 1e-30 beside 1e-20, are ranked as they are."""
    p = np.array([[1, 0, 0], [1 - 2e-7, 2e-7, 1e-30], [0.5, 0.5, 1e-20], [0, 0, 1], [0.2, 0.4, 0.4]], np.float32)
    y = np.array([0, 1, 2, 2, 0])
    exact = ranking.rank_rows(y, p)
    monkeypatch.setattr(ranking, "EXACT_UP_TO", 0)

    assert pytest.approx(exact.auroc) == ranking.rank_rows(y, p).auroc
