from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from trackexp.errors import UsageError
from trackexp.evaluation import evaluate, evaluate_batches, evaluate_regression
from trackexp.evaluation.arrays import as_array, column_names, match_columns

RNG = np.random.default_rng(3)
Y = RNG.integers(0, 3, 90)
P = RNG.dirichlet([1, 1, 1], 90) * 0.5 + 0.5 * np.eye(3)[Y]
NAMES = ["cat", "dog", "eel"]
FRAME = pd.DataFrame(P, columns=NAMES)

FORMS = {
    "nullable": lambda: FRAME.convert_dtypes(),
    "arrow": lambda: FRAME.astype("double[pyarrow]"),
    "sparse": lambda: FRAME.astype(pd.SparseDtype(float)),
    "float32 nullable": lambda: FRAME.astype("Float32"),
    "scipy": lambda: sparse.csr_matrix(P),
    "masked": lambda: np.ma.masked_array(P, mask=np.zeros_like(P)),
    "objects": lambda: P.astype(object),
    "decimals": lambda: np.vectorize(lambda x: Decimal(repr(float(x))))(P),
    "lists": lambda: P.tolist(),
    "byte order": lambda: P.astype(">f8"),
}


@pytest.mark.parametrize("form", FORMS)
def test_probabilities_come_in_many_forms(form):
    """What holds the same numbers gives the same evaluation."""
    assert evaluate(Y, P).log_loss == pytest.approx(evaluate(Y, FORMS[form]()).log_loss, rel=1e-6)


LABELS = {
    "categorical": lambda: pd.Series(np.array(NAMES)[Y], dtype="category"),
    "string": lambda: pd.Series(np.array(NAMES)[Y], dtype="string"),
    "arrow": lambda: pd.Series(np.array(NAMES)[Y], dtype="string[pyarrow]"),
    "nullable integers": lambda: pd.Series(Y, dtype="Int64"),
    "a frame of one column": lambda: pd.DataFrame({"label": Y}),
    "categories of integers": lambda: pd.Series(Y, dtype="category"),
}


@pytest.mark.parametrize("form", LABELS)
def test_answers_come_in_many_forms(form):
    """Names and numbers, in the types that pandas and Arrow have for them."""
    assert evaluate(Y, P).accuracy == evaluate(LABELS[form](), P, class_names=NAMES).accuracy


@pytest.mark.heavy
def test_tensors_come_as_they_are():
    """With gradients, in bfloat16, sparse, in lists; of PyTorch, JAX and TensorFlow."""
    torch = pytest.importorskip("torch")
    jnp = pytest.importorskip("jax.numpy")
    tf = pytest.importorskip("tensorflow")
    expected = evaluate(Y, P).accuracy
    forms = [
        torch.tensor(P, requires_grad=True),
        torch.tensor(P).bfloat16(),
        torch.tensor(P).to_sparse(),
        list(torch.tensor(P)),
        jnp.asarray(P, dtype=jnp.bfloat16),
        tf.constant(P),
        tf.cast(tf.constant(P), tf.bfloat16),
        tf.sparse.from_dense(tf.constant(P)),
    ]

    assert [expected] * len(forms) == [evaluate(torch.tensor(Y), form).accuracy for form in forms]


def test_missing_numbers_are_an_error_that_names_their_rows():
    """A nullable frame with a hole is no probability of 0."""
    holed = FRAME.convert_dtypes()
    holed.iloc[4, 1] = pd.NA
    with pytest.raises(UsageError, match="NaN or infinite in row 4"):
        evaluate(Y, holed)


def test_what_becomes_no_array_is_a_usage_error():
    """The message names what was given."""
    with pytest.raises(UsageError, match=r"y_prob is builtins.list, which does not become an array"):
        evaluate([0, 1], [[0.1, 0.9], [0.2]])


@pytest.mark.parametrize("prefix", ["", "p_", "probability_", "score of "])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_columns_are_matched_to_the_given_classes_by_name(order, prefix):
    """In whatever order they stand, with a prefix or without; what was moved is said."""
    shuffled = FRAME.iloc[:, order].add_prefix(prefix)
    result = evaluate(np.array(NAMES)[Y], shuffled, class_names=NAMES)

    assert evaluate(Y, P).log_loss == pytest.approx(result.log_loss)
    assert (order != [0, 1, 2]) == bool(result.notes)


@pytest.mark.parametrize("kind", ["names", "integers", "places"])
def test_columns_name_the_classes_where_nobody_else_does(kind):
    """Labels are found among them by name, also whole numbers; places of classes stay places."""
    expected = evaluate(Y, P).log_loss
    if kind == "names":
        result = evaluate(np.array(NAMES)[Y], FRAME[["eel", "cat", "dog"]])
    elif kind == "integers":
        result = evaluate(Y, pd.DataFrame({2: P[:, 2], 0: P[:, 0], 1: P[:, 1]}))
    else:
        result = evaluate(Y, FRAME)

    assert expected == pytest.approx(result.log_loss)
    assert (("0", "1", "2") if kind == "integers" else {"cat", "dog", "eel"}) == (
        result.class_names if kind == "integers" else set(result.class_names)
    )


def test_classes_whose_names_are_numbers_are_matched_by_name():
    """Digits 3, 5 and 8 are no places."""
    digits = np.array([3, 5, 8])[Y]

    assert evaluate(Y, P).accuracy == evaluate(digits, FRAME.set_axis([3, 5, 8], axis=1)).accuracy
    assert evaluate(Y, P).accuracy == evaluate(digits, P, class_names=["3", "5", "8"]).accuracy


@pytest.mark.parametrize(
    ("labels", "names", "said"),
    [
        (np.array(NAMES)[Y], ["cat", "dgo", "eel"], "y_prob are cat, dog, eel.*'dog' is no class.*'dgo'"),
        (np.array(["cat", "dog", "eal"])[Y], None, "y_true holds 'eal'.*'eel'"),
        (Y + 1, None, "y_true holds '1', and the columns of y_prob are cat"),
    ],
)
def test_names_that_contradict_are_an_error(labels, names, said):
    """Rather than numbers by position, of labelled data."""
    with pytest.raises(UsageError, match=f"(?s){said}"):
        evaluate(labels, FRAME, class_names=names)


def test_two_columns_of_one_name_are_an_error():
    """Nobody can say which is meant."""
    with pytest.raises(UsageError, match="share a name: cat"):
        evaluate(Y, FRAME.set_axis(["cat", "cat", "eel"], axis=1))


def test_answers_of_several_columns_are_matched_too():
    """Both frames name the labels; other names are an error."""
    truth = pd.DataFrame(P > 0.3, columns=NAMES).astype(int)
    expected = evaluate(truth.to_numpy(), P, task="multilabel")["f1_micro"]

    assert expected == evaluate(truth[["eel", "dog", "cat"]], FRAME, task="multilabel")["f1_micro"]
    with pytest.raises(UsageError, match="expected the same names"):
        evaluate(truth.rename(columns={"cat": "cow"}), FRAME, task="multilabel")


def test_rows_are_matched_by_an_index_that_both_have():
    """A frame of the same rows in another order is put in order, and that is said; a plain count is no index."""
    index = [f"r{n}" for n in range(90)]
    order = RNG.permutation(90)
    result = evaluate(pd.Series(Y, index=index).iloc[order], FRAME.set_axis(index))

    assert evaluate(Y, P).accuracy == result.accuracy
    assert "by the index of both" in result.notes[0]
    assert () == evaluate(pd.Series(Y).sample(frac=1.0, random_state=0).sort_index(), FRAME).notes


@pytest.mark.parametrize("places", [2, 3, 4, 6])
def test_rounded_probabilities_are_taken_as_far_as_rounding_explains(places):
    """They are divided by their sums, and that is said; an error beyond the decimals stays one."""
    rounded = P.round(places)
    result = evaluate(Y, rounded)

    assert f"rounding to {places} decimals" in result.notes[0]
    assert np.allclose(result.data.y_prob.sum(axis=1), 1, atol=1e-12)
    spoilt = rounded.copy()
    spoilt[7] *= 0.9
    with pytest.raises(UsageError, match="does not sum to 1 in"):
        evaluate(Y, spoilt.round(places))


def test_a_stream_of_rounded_probabilities_is_taken_likewise():
    """Each piece by its own decimals, and said once."""
    whole = evaluate_batches([(Y[:50], P[:50].round(4)), (Y[50:], P[50:].round(4))])

    assert evaluate(Y, P.round(4)).log_loss == pytest.approx(whole.log_loss)
    assert "decimals" in whole.notes[0]


@pytest.mark.parametrize("places", [None, 1])
def test_percentages_are_found_out_and_said(places):
    """Rows that sum to 100, rounded or not; of one class by values up to 100."""
    percent = 100 * P if places is None else (100 * P).round(places)
    result = evaluate(Y, percent)

    assert evaluate(Y, P).log_loss == pytest.approx(result.log_loss, abs=1e-2)
    assert "percentages" in result.notes[0]
    assert evaluate(Y == 1, P[:, 1]).log_loss == pytest.approx(evaluate(Y == 1, 100 * P[:, 1]).log_loss)
    with pytest.raises(UsageError, match="outside 0 to 1"):
        evaluate(Y == 1, 10 * P[:, 1])


def test_regression_takes_frames_and_nullable_columns():
    """Of numbers likewise."""
    y = pd.Series(P[:, 0]).convert_dtypes()

    assert evaluate_regression(P[:, 0], P[:, 1])["mae"] == evaluate_regression(y, FRAME[["dog"]])["mae"]


def test_names_of_columns_are_those_that_somebody_gave():
    """A plain count that pandas made up names nothing; one that begins elsewhere does."""
    assert [None, ["1", "0"], ["a"]] == [
        column_names(pd.DataFrame(P[:, :2])),
        column_names(pd.DataFrame({1: [0.1], 0: [0.9]})),
        column_names(pd.DataFrame({"a": [1]})),
    ]
    assert ([1, 0], ("0", "1")) == match_columns(["class 1", "class 0"], None, frozenset({"0", "1"}))
    assert np.float64 == as_array(P, "p").dtype
