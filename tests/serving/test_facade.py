from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trackexp.errors import RequestError, UsageError
from trackexp.record.model_record import InputRecord, OutputRecord
from trackexp.serving import Facade


def test_the_outputs_are_the_models_own(facade: Facade, fruit: Callable[..., Any]):
    """A facade adds flags and names, and changes no number."""
    rows = np.array([[0.1, 0.2], [-0.5, 0.9]])
    found = facade.predict(rows)

    assert np.array_equal(fruit(rows), found.outputs)
    assert ["fig", "lime"] == found.classes
    assert [[], []] == found.outside_range


def test_columns_by_name_are_rows_in_another_order(facade: Facade):
    """A mapping of columns answers as the rows do, whatever the order of its keys."""
    by_name = facade.predict({"size": [0.2], "age": [0.1]})

    assert np.array_equal(facade.predict([[0.1, 0.2]]).outputs, by_name.outputs)


def test_what_training_never_saw_is_flagged_and_answered(facade: Facade):
    """A value outside the range is no error."""
    assert [["size"], []] == facade.predict([[0.1, 3], [1.0, -1.0]]).outside_range


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([[0.1, "2"]], "inputs[0][1]"),
        ([[True, 2]], "inputs[0][0]"),
        ([[0.1, None]], "inputs[0][1]"),
        ([[0.1, float("nan")]], "inputs[0].size"),
        ([[0.1, 2, 3]], "inputs"),
        ([[0.1, 2], [1]], "inputs"),
        ([], "inputs"),
        ({"age": [1]}, "inputs.size"),
        ({"age": [1], "size": [1], "weight": [1]}, "inputs"),
        ({"age": [1], "size": [1, 2]}, "inputs"),
    ],
)
def test_what_is_no_row_is_refused_with_its_place(facade: Facade, rows: object, place: str):
    """The first value that is wrong is named by where it stands, never by what it is."""
    with pytest.raises(RequestError) as refused:
        facade.predict(rows)

    assert (422, place) == (refused.value.status, refused.value.place)


def test_the_threshold_of_the_record_decides(make_record: Callable[..., Any]):
    """Of two classes the positive one is answered from the chosen threshold on."""
    outputs = (OutputRecord(kind="probabilities", class_names=("no", "yes"), activation="sigmoid", threshold=0.2),)
    record = make_record(inputs=(InputRecord("x", shape=(1,), minimum=0, maximum=1),), outputs=outputs)
    facade = Facade.of(lambda rows: np.asarray(rows)[:, 0], record)
    found = facade.predict([[0.3], [0.1]])

    assert ["yes", "no"] == found.classes
    assert [[0.7, 0.3], [0.9, 0.1]] == found.outputs.round(6).tolist()


def test_logits_are_divided_by_the_temperature(make_record: Callable[..., Any]):
    """What the record calls logits goes through a softmax at its temperature."""
    outputs = (OutputRecord(kind="logits", class_names=("a", "b"), temperature=2.0),)
    facade = Facade.of(lambda rows: np.asarray(rows), make_record(outputs=outputs))

    assert np.allclose([[1 / (1 + np.e), np.e / (1 + np.e)]], facade.predict([[0.0, 2.0]]).outputs)


def test_categories_and_missing_values_are_taken_where_training_saw_them(make_record: Callable[..., Any]):
    """Texts reach the model in a data frame; an unknown one is flagged; null is a value where some were missing."""
    inputs = (
        InputRecord("colour", categories=("green", "red")),
        InputRecord("size", minimum=0.0, maximum=9.0, missing_rate=0.1),
    )
    facade = Facade.of(lambda frame: np.where(frame["size"].isna(), 0.0, 1.0), make_record(inputs=inputs, outputs=()))
    found = facade.predict([["red", 1], ["blue", None]])

    assert [1.0, 0.0] == found.outputs.tolist()
    assert [[], ["colour"]] == found.outside_range


def test_a_model_without_a_record_is_served_by_its_shape_alone(fruit: Callable[..., Any]):
    """What is missing is said once."""
    facade = Facade.of(fruit)

    assert not facade.metadata.recorded
    assert "no record lies beside the model" in facade.notes[-1]


def test_a_model_that_does_not_answer_its_own_range_is_refused(make_record: Callable[..., Any]):
    """It fails when it is loaded, not when it is asked."""

    def broken(_rows: object) -> object:
        raise ValueError("no")

    with pytest.raises(UsageError, match="does not answer a row of its own shape"):
        Facade.of(broken, make_record())
