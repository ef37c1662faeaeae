from __future__ import annotations

import math

import pytest

from trackexp.reading.wandb_file.columns import Columns
from trackexp.record import History


def history_of(*rows: dict[str, str], step: int | None = None) -> History:
    """Return the history of rows of dotted names and JSON text."""
    columns = Columns()
    for row in rows:
        columns.add([(tuple(name.split(".")), text.encode()) for name, text in row.items()], step)
    return columns.finish()


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("-2.5e-3", -0.0025), ("NaN", math.nan), ("Infinity", math.inf), ("-Infinity", -math.inf),
     ("true", 1.0), ("false", 0.0), ("5e-324", 5e-324), ("1" + "0" * 30, 1e30)],
)  # fmt: skip
def test_every_number_of_json_is_kept(text: str, value: float) -> None:
    """Numbers, booleans and the three that JSON has no word for become the same float64."""
    assert repr(value) == repr(float(history_of({"m": text})["m"].values[0]))


@pytest.mark.parametrize("text", ['"NaN"', '"text"', "null", "[1,2]", '{"_type":"image-file","width":3}', ""])
def test_what_is_no_number_is_left_out(text: str) -> None:
    """Text (also the text "NaN"), null, lists and media make no column."""
    assert [] == list(history_of({"m": text}))


def test_the_size_of_a_picture_is_no_metric() -> None:
    """The parts of a media object that newer clients write one by one are left out; its neighbours stay."""
    row = {"img._type": '"image-file"', "img.width": "4", "imgs": "1", "other.width": "2"}

    assert ["imgs", "other.width"] == list(history_of(row))


def test_a_mapping_in_one_item_is_the_same_as_its_parts() -> None:
    """Older clients write a nested metric as one JSON object."""
    assert history_of({"a.b.c": "1", "a.d": "2"})["a.b.c"] == history_of({"a": '{"b":{"c":1},"d":2}'})["a.b.c"]


def test_the_step_is_taken_from_the_row_then_from_the_record_then_counted() -> None:
    """`_step` wins over the record's step; without either rows are counted from 0."""
    assert [7] == history_of({"_step": "7", "m": "1"}, step=3)["m"].steps.tolist()
    assert [3] == history_of({"m": "1"}, step=3)["m"].steps.tolist()
    assert [0, 1] == history_of({"m": "1"}, {"m": "2"})["m"].steps.tolist()


@pytest.mark.parametrize("step", ["1.5", "null", '"x"', "9" * 30, "-"])
def test_a_step_that_is_no_step_is_ignored(step: str) -> None:
    """A `_step` that is no 64-bit whole number gives way to the record's step."""
    assert [3] == history_of({"_step": step, "m": "1"}, step=3)["m"].steps.tolist()


def test_steps_rise_and_equal_ones_keep_their_order() -> None:
    """Rows that a resumed run wrote again are sorted by step, not thrown away."""
    rows = [("0", "1"), ("5", "2"), ("2", "3"), ("5", "4")]
    series = history_of(*({"_step": step, "m": value} for step, value in rows))["m"]

    assert ([0, 2, 5, 5], [1, 3, 2, 4]) == (series.steps.tolist(), series.values.tolist())
