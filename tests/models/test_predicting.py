from __future__ import annotations

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.evaluation import MultiLabelEvaluation
from trackexp.models import evaluate_model, from_object, predicting
from trackexp.models.data.functions import rows_from
from trackexp.models.data.source import ArraySource, DataOptions


@pytest.fixture
def model(weights):
    """A model of logits."""
    return from_object(lambda x: x.reshape(len(x), -1) @ weights, "linear")


def test_a_stream_that_is_too_large_is_summed(monkeypatch, model, rows):
    """Beyond the limit only sums and the worst errors are kept; the numbers are those of all rows, and it is said."""
    x, y = np.tile(rows[0], (50, 1)), np.tile(rows[1], 50)
    whole = evaluate_model(model, ArraySource("all", x, y), batch_size=100).result
    monkeypatch.setattr(predicting, "KEPT_BYTES", 20_000)
    monkeypatch.setattr(predicting, "_CHUNK_BYTES", 40_000)
    found = evaluate_model(model, ArraySource("all", x, y), batch_size=100)

    assert found.result.rows is None
    assert whole.log_loss == pytest.approx(found.result.log_loss)
    assert whole["auroc_ovr_macro"] == pytest.approx(found.result["auroc_ovr_macro"], abs=1e-6)
    assert whole.confident_errors(30)["id"].tolist() == found.result.confident_errors(30)["id"].tolist()
    assert any("are more than are kept" in note for note in found.notes)
    assert found.result.measurements["latency_ms_per_row"] > 0


@pytest.mark.parametrize("known", [True, False])
def test_what_needs_every_row_is_refused_before_all_are_read(monkeypatch, model, rows, known):
    """With a known number of rows at the first batch, in a stream as soon as the limit is passed."""
    monkeypatch.setattr(predicting, "KEPT_BYTES", 1200 if known else 700)
    monkeypatch.setattr(predicting, "_CHUNK_BYTES", 1)
    pieces = [(rows[0][i : i + 20], rows[1][i : i + 20]) for i in range(0, 200, 20)]
    source = ArraySource("all", *rows) if known else rows_from("all", iter(pieces), DataOptions())
    seen: list[int] = []

    with pytest.raises(UsageError, match=r"all: the outputs of its .*only sums are kept; money needs them\."):
        evaluate_model(model, source, batch_size=20, progress=seen.append, rows_for="money needs them")
    assert len(seen) == (1 if known else 3)


def test_inputs_are_read_again_for_what_is_shown(model, rows):
    """The table of errors has the inputs of its rows, and the table of all rows has none."""
    result = evaluate_model(model, ArraySource("rows", *rows)).result
    errors = result.confident_errors(5)

    assert all(np.array_equal(rows[0][row], given) for row, given in zip(errors["row"], errors["input"], strict=True))
    assert "input" not in result.predictions
    part = result.take(np.flatnonzero(result.predictions_are_wrong))
    assert np.array_equal(part.confident_errors(5)["input"].iloc[0], errors["input"].iloc[0])


def test_a_generator_of_batches_is_gone_through_once(model, rows):
    """Batches of any sizes; there are no inputs to show afterwards."""
    cuts = [slice(0, 7), slice(7, 150), slice(150, 200)]
    stream = ((rows[0][cut], rows[1][cut]) for cut in cuts)
    seen: list[int] = []
    result = evaluate_model(model, rows_from("stream", stream, DataOptions()), progress=seen.append).result

    assert [7, 143, 50] == seen
    assert evaluate_model(model, ArraySource("rows", *rows)).result.log_loss == pytest.approx(result.log_loss)
    assert "input" not in result.confident_errors(5)


def test_one_hot_answers_are_read_and_several_labels_a_row_stay(weights, rows):
    """One-hot answers become classes, which is said; answers of several columns are several labels."""
    model = from_object(lambda x: x @ weights, "linear")
    one_hot = evaluate_model(model, ArraySource("rows", rows[0], np.eye(3)[rows[1]]))
    several = (rows[0] @ weights > 0).astype(int)
    labels = evaluate_model(model, ArraySource("rows", rows[0], several)).result

    assert any("one-hot" in note for note in one_hot.notes)
    assert evaluate_model(model, ArraySource("rows", *rows)).result.log_loss == one_hot.result.log_loss
    assert isinstance(labels, MultiLabelEvaluation)
    assert 1.0 == labels["subset_accuracy"]


@pytest.mark.parametrize(
    ("targets", "options", "said"),
    [
        (np.array(["a", "b"] * 100), {}, "hold 2 names .a, b., the model has 3 outputs"),
        (np.full(200, 3), {}, "3 in row 0"),
        (np.zeros(200, int), {"class_names": ("a", "b", "c", "d")}, "4 class names for 3"),
        (np.zeros(200, int), {"batch_size": 0}, "batch_size is 0"),
    ],
)
def test_answers_that_do_not_fit_are_usage_errors(model, rows, targets, options, said):
    """The message says what the model has and what the answers hold."""
    with pytest.raises(UsageError, match=said):
        evaluate_model(model, ArraySource("rows", rows[0], targets), **options)


def test_nan_outputs_are_an_error_that_names_the_rows(rows):
    """A model that gives NaN gets no number."""
    model = from_object(lambda x: np.where(np.arange(len(x))[:, None] == 3, np.nan, np.eye(3)[rows[1]]), "nan")

    with pytest.raises(UsageError, match="NaN or infinite in row 3"):
        evaluate_model(model, ArraySource("rows", *rows))


def test_text_labels_are_taken_in_alphabetical_order_and_said(model, rows):
    """Names of any language; the order is said, since another one is possible."""
    names = np.array(["äpfel", "birnen", "ほうれん草"])
    found = evaluate_model(model, ArraySource("rows", rows[0], names[rows[1]]))

    assert tuple(sorted(names.tolist())) == found.result.class_names
    assert any("alphabetical" in note for note in found.notes)
