from __future__ import annotations

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.evaluation import evaluate, evaluate_predictions, make_predictions, merge_evaluations

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])


@pytest.mark.parametrize(
    ("y", "p", "options", "said"),
    [
        ([0, 1, 2, 0], P, {}, r"\(4,\).*\(3, 3\)"),
        ([0, 1, 3], P, {}, "3 in row 2.*0 to 2"),
        ([1, 2, 3], P, {}, "count from 1"),
        ([0, 1, -1], P, {}, "-1 in row 2"),
        ([0.0, 1.0, 0.5], P, {}, "0.5 in row 2.*evaluate_regression"),
        ([0.0, 1.0, np.nan], P, {}, "nan in row 2"),
        (["a", "b", "c"], P, {}, "pass class_names="),
        (["cat", "dgo", "cow"], P, {"class_names": ["cat", "dog", "cow"]}, "'dgo' in row 1.*'dog'"),
        (np.eye(3, dtype=int), P, {}, "one-hot.*argmax"),
        ([0, 1, 2], P, {"class_names": ["a", "b", "c", "d"]}, "4 class names for 3"),
        ([0, 1, 2], P, {"class_names": ["a", "b"]}, "2 class names for 3"),
        ([0, 1, 2], P, {"class_names": ["a", "b", "a"]}, "more than once: a"),
        ([0, 1, 2], P, {"class_names": "abc"}, "the text 'abc'"),
        ([0, 1, 2], P, {"ids": [1, 2]}, r"ids has shape \(2,\)"),
        ([0, 1, 2], P, {"groups": [1, 2]}, "groups has shape"),
        ([0, 1, 2], P, {"inputs": [1, 2]}, "inputs has 2 rows"),
        ([0, 1, 2], P * 3 - 1, {}, "outside 0 to 1.*softmax"),
        ([0, 1], [3.0, -2.0], {}, "outside 0 to 1.*sigmoid"),
        ([0, 1, 2], P * 0.9, {}, "does not sum to 1 in rows 0, 1, 2"),
        ([], np.empty((0, 3)), {}, "no rows"),
        ([0, 1, 2], P, {"calibration_bins": 0}, "calibration_bins is 0"),
        ([0, 1, 2], P, {"calibration_bins": 2.5}, "calibration_bins is 2.5"),
        ([0, 1, 2], P.astype(str), {}, "expected numbers"),
        ([0, 1, 2], P[None], {}, r"\(1, 3, 3\)"),
        (np.eye(3), [0.1, 0.2, 0.3], {}, "1-D"),
        ([0, 1, 2], P, {"task": "multi-class"}, "did you mean 'multiclass'"),
        ([0, 1, 1], P[:, :2] / P[:, :2].sum(1, keepdims=True), {"task": "binary"}, r"y_prob\[:, 1\]"),
        ([[0, 2, 1]] * 3, P, {"task": "multilabel"}, "only 0 and 1"),
        ([0, 1, 2], P, {"task": "multilabel"}, "expected one 0 or 1"),
    ],
)
def test_arrays_that_do_not_fit_are_usage_errors(y, p, options, said):
    """The message says what was seen and what was expected; the error is ours and a ValueError."""
    with pytest.raises(UsageError, match=f"(?s){said}") as error:
        evaluate(np.asarray(y), np.asarray(p), **options)

    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize(
    "labels", [[0, 1, 2], [0.0, 1.0, 2.0], ["cat", "dog", "cow"], np.array([[0], [1], [2]], np.uint8)]
)
def test_labels_come_in_many_forms(labels):
    """Integers, whole floats, names and a column of numbers are the same answers."""
    result = evaluate(labels, P, class_names=["cat", "dog", "cow"])

    assert 1.0 == result.accuracy


def test_a_column_of_sigmoids_is_binary():
    """Keras gives (n, 1) for one sigmoid: it is the positive class."""
    assert evaluate([0, 1], [[0.2], [0.7]]).log_loss == evaluate([False, True], [0.2, 0.7]).log_loss


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, np.longdouble, ">f4", ">f8"])
def test_every_number_type_is_read(dtype):
    """Half and long floats, the other byte order and 0/1 integers are probabilities too."""
    result = evaluate([0, 1, 1], np.array([[1, 0], [0, 1], [0, 1]], dtype=dtype))

    assert (1.0, 1.0, 0.0) == (result.accuracy, result["auroc_ovr_macro"], result.ece)
    assert 1.0 == result.roc(1)["true_positive_rate"].iloc[1]


def test_names_of_every_language_survive():
    """Class names are kept as they are, in tables and in JSON."""
    result = evaluate([0, 1], [[0.9, 0.1], [0.9, 0.1]], class_names=["Käse", "ほうれん草"])

    assert ["ほうれん草"] == result.confident_errors()["target"].tolist()
    assert "ほうれん草" in evaluate([0, 0], [[0.9, 0.1], [0.9, 0.1]], class_names=["Käse", "ほうれん草"]).to_json()


def test_the_first_five_bad_rows_are_shown_and_all_are_counted():
    """A message stays short with a million bad rows."""
    p = P.copy().repeat(10, axis=0)
    p[:8] = np.nan
    with pytest.raises(UsageError, match="rows 0, 1, 2, 3, 4 and 3 more"):
        evaluate(np.zeros(30, int), p)


def test_what_needs_rows_says_so():
    """An evaluation of sums alone refuses tables by name, not by AttributeError."""
    result = evaluate([0, 1, 2], P, keep_rows=False)
    for call in (result.suspect_labels, result.knee, lambda: result.profit(1, 2, class_name="0"), result.noise_floor):
        with pytest.raises(UsageError, match="keep_rows=True"):
            call()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda r: r["acuracy"], "did you mean 'accuracy'"),
        (lambda r: r.knee("dgo"), "did you mean 'dog'"),
        (lambda r: r.knee(7), "no class 7"),
        (lambda r: r.knee(by="margin"), "'confidence' or 'entropy'"),
        (lambda r: r.top_k(4), "expected 1 to 3"),
        (lambda r: r.confident_errors(-1), "n is -1"),
        (lambda r: r.slices(), "no groups"),
        (lambda r: r.slices({"site": [1, 2]}), "one value per row"),
        (lambda r: r.profit(1, 2), "which class is positive"),
        (lambda r: r.suspect_labels("magic"), "'confident'"),
        (lambda r: r.error_clusters(np.zeros((2, 2))), "one vector per row"),
        (lambda r: r.knee().threshold_for(95), "such as 0.95"),
        (lambda r: r.intervals(level=95), "0.95"),
        (lambda r: merge_evaluations([]), "no parts"),
        (lambda r: r + evaluate([0, 1, 2], P), "other classes"),
        (lambda r: r + evaluate([0, 1, 2], P, class_names=["cat", "dog", "cow"], calibration_bins=3), "15 and 3 bins"),
        (lambda r: evaluate_predictions(make_predictions([[1, 1]], [[0.5, 0.9]])), "evaluate_multilabel"),
    ],
)
def test_wrong_questions_are_usage_errors(call, said):
    """A question that cannot be answered is told what could be."""
    with pytest.raises(UsageError, match=said):
        call(evaluate([0, 1, 2], P, class_names=["cat", "dog", "cow"]))
