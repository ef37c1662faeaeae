"""The sketch of the rows trained on: what a test set is later looked up in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from trackexp.fit.data import data_facts, sketch
from trackexp.fit.data.sketch import SketchedRows, sketch_facts
from trackexp.fit.data.stream import StreamRows, stream_facts
from trackexp.stats import RowSketch, row_digests

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(500, 6)).astype("float32"), RNG.integers(0, 2, 500)


def overlap(facts: Any, rows: Any) -> tuple[int, int]:
    """Return hits and rows looked up."""
    found = RowSketch.from_dict(facts).overlap(row_digests(rows))
    return found.hits, found.looked_up


def test_the_facts_of_arrays_hold_a_sketch_of_the_rows_trained_on() -> None:
    """Those that are split off for validation are not among them."""
    facts = data_facts(X, Y, validation_split=0.2)["rows_sketch"]
    assert facts is not None

    assert (400, 400) == overlap(facts, X[:400])
    assert (0, 100) == overlap(facts, X[400:])
    assert (400, True) == (facts["n"], facts["whole"])


@pytest.mark.parametrize("form", [pd.DataFrame, lambda x: {"a": x}, lambda x: [x], lambda x: x.astype("float64")])
def test_the_form_of_the_inputs_changes_nothing(form: Any) -> None:
    """A frame, a mapping or a list of one array, another precision."""
    facts = data_facts(form(X), Y)["rows_sketch"]
    assert facts is not None

    assert (500, 500) == overlap(facts, X)


def test_several_inputs_are_sketched_together() -> None:
    """A row of one with a row of another is a row of its own."""
    facts = sketch_facts({"a": X, "b": X[:, :2]})
    again = sketch_facts({"b": X[:, :2], "a": X})

    assert facts == again
    assert facts is not None
    assert facts["smallest"] != sketch_facts([X, X[:, ::-1]])["smallest"]  # type: ignore[index]


def test_a_stream_is_sketched_to_its_end() -> None:
    """Batches of any size give the sketch of the whole."""
    rows = StreamRows()
    for start in range(0, 500, 32):
        rows.add(X[start : start + 32], Y[start : start + 32], None)

    assert sketch_facts(X) == stream_facts(rows, None)["rows_sketch"]


@pytest.mark.parametrize("x", [np.array(["a", "b"]), [[1.0], [2.0, 3.0]], np.array(3.0), None, np.memmap])
def test_what_has_no_digests_has_no_sketch(x: Any) -> None:
    """It is no reason to fail."""
    assert sketch_facts(x) is None


def test_of_more_rows_than_the_bound_some_are_sketched_which_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """From all over the rows."""
    monkeypatch.setattr(sketch, "MAX_VALUES", 1200)
    facts = sketch_facts(X)
    assert facts is not None

    assert not facts["whole"]
    assert 150 <= facts["n"] <= 200
    assert overlap(facts, X[250:])[0] > 50


def test_a_batch_beyond_the_bound_is_left_out_which_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came before it stays."""
    monkeypatch.setattr(sketch, "MAX_VALUES", 1200)
    rows = SketchedRows()
    for start in range(0, 500, 100):
        rows.add(X[start : start + 100])
    facts = rows.facts()

    assert facts is not None
    assert (200, False) == (facts["n"], facts["whole"])
