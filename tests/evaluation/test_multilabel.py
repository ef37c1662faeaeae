from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from trackexp.errors import UsageError
from trackexp.evaluation import MultiLabelEvaluation, evaluate, evaluate_multilabel


@st.composite
def labelled(draw):
    """Rows of several labels with tied probabilities."""
    n, k = draw(st.integers(1, 40)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.integers(0, 2, (n, k)), (rng.integers(0, 21, (n, k)) / 20).astype(
        draw(st.sampled_from([np.float32, float]))
    )


@settings(deadline=None)
@given(labelled())
def test_numbers_equal_scikit_learn(rows):
    """Precision, recall and F1 in every mean, subset accuracy and Hamming loss equal scikit-learn's."""
    y, p = rows
    said = (p > 0.5).astype(int)
    found = evaluate_multilabel(y, p).to_dict()
    expected = {"subset_accuracy": metrics.accuracy_score(y, said), "hamming_loss": metrics.hamming_loss(y, said)}
    for mean in ("micro", "macro") if not y.any() else ("micro", "macro", "weighted"):
        of = metrics.precision_recall_fscore_support(y, said, average=mean, zero_division=0)
        expected |= {f"{name}_{mean}": v for name, v in zip(("precision", "recall", "f1"), of[:3], strict=True)}

    assert pytest.approx(expected) == {name: found[name] for name in expected}


@settings(deadline=None)
@given(labelled())
def test_areas_equal_scikit_learn_where_defined(rows):
    """A label with rows of both kinds has scikit-learn's areas; the others are named."""
    y, p = rows
    result = evaluate_multilabel(y, p)
    defined = [k for k in range(y.shape[1]) if 0 < y[:, k].sum() < len(y)]

    assert (
        pytest.approx([metrics.roc_auc_score(y[:, k], p[:, k]) for k in defined])
        == result.report["auroc"].dropna().tolist()
    )
    assert [str(k) for k in range(y.shape[1]) if k not in defined] == result.to_dict()["undefined_auroc"]


@settings(deadline=None)
@given(labelled(), st.integers(1, 39))
def test_parts_add_up(rows, cut):
    """Two parts together are the whole."""
    y, p = rows
    cut = min(cut, len(y) - 1)
    if cut == 0:
        return
    merged = evaluate_multilabel(y[:cut], p[:cut]) + evaluate_multilabel(y[cut:], p[cut:])
    whole = evaluate_multilabel(y, p).to_dict()

    assert pytest.approx({k: v for k, v in whole.items() if isinstance(v, float)}, nan_ok=True) == {
        k: v for k, v in merged.to_dict().items() if isinstance(v, float)
    }


def test_evaluate_sees_several_labels_by_their_shape():
    """0/1 rows with more or fewer than one label make a multi-label evaluation."""
    result = evaluate([[1, 1, 0], [0, 0, 0]], [[0.9, 0.8, 0.1], [0.2, 0.1, 0.3]], class_names=["a", "b", "c"])

    assert isinstance(result, MultiLabelEvaluation)
    assert 1.0 == result.to_dict()["subset_accuracy"]
    assert '"multilabel"' in result.to_json()


def test_one_label_a_row_can_be_meant_so():
    """One-hot rows whose probabilities share out 1 are refused unless multi-label is said."""
    y, p = [[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]]
    with pytest.raises(UsageError, match="one-hot"):
        evaluate(y, p)
    assert isinstance(evaluate(y, p, task="multilabel"), MultiLabelEvaluation)


def test_bad_values_are_usage_errors():
    """NaN probabilities and impossible thresholds are refused; parts of other labels do not add up."""
    with pytest.raises(UsageError, match="row 0"):
        evaluate_multilabel([[1, 1]], [[0.5, np.nan]])
    with pytest.raises(UsageError, match="threshold is 1"):
        evaluate_multilabel([[1, 1]], [[0.5, 0.5]], threshold=1)
    with pytest.raises(UsageError, match="do not add up"):
        evaluate_multilabel([[1, 1]], [[0.5, 0.5]]) + evaluate_multilabel([[1, 1]], [[0.5, 0.5]], threshold=0.4)
