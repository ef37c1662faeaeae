from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.diagnosis import Status, diagnose
from trackexp.record import Facts, RunRecord
from trackexp.record.conforming import conforming
from trackexp.testing import make_record

parts = ("model", "compile", "fit", "data", "probes", "earlier_fits", "version")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["loss", "losses", "layers", "inputs", "outputs", "metrics", "a"]), inner)
    ),
    max_leaves=10,
)


def test_a_sound_value_is_returned_itself() -> None:
    """Nothing is copied where nothing is wrong."""
    facts = {"schema": 1, "compile": {"losses": [{"identifier": "mse", "weight": 1}]}, "later": object()}

    assert conforming(facts, Facts)[0] is facts


@pytest.mark.parametrize(
    ("value", "kept", "wrong"),
    [
        ({"compile": 7, "version": "1"}, {"version": "1"}, ("compile",)),
        ({"model": {"parameters": True}}, {"model": {}}, ("model.parameters",)),
        ({"data": {"inputs": [{"shape": [1]}, 5]}}, {"data": {"inputs": [{"shape": [1]}]}}, ("data.inputs[1]",)),
        ({"data": {"rows": None}}, {"data": {"rows": None}}, ()),
        ({"fit": {"source": 3}}, {"fit": {}}, ("fit.source",)),
        ([1], None, ("",)),
    ],
)
def test_what_is_of_another_type_is_left_out_and_named(value: object, kept: object, wrong: tuple[str, ...]) -> None:
    """By its dotted place; what stands beside it stays."""
    assert (kept, wrong) == conforming(value, Facts)


@given(st.dictionaries(st.sampled_from(parts), json_values))
def test_no_rule_fails_on_what_a_file_may_hold(entry: dict[str, Any]) -> None:
    """Whatever types stand in the facts, every rule gives an answer."""
    record = make_record(
        metrics={"loss": [0.5, 0.4], "val_loss": [0.6, 0.5]}, config={"trackexp": {"schema": 1, **entry}}
    )

    crashed = [outcome.reason for outcome in diagnose(record).outcomes if outcome.status is Status.CRASHED]
    assert [] == crashed


def test_a_record_names_what_it_leaves_out() -> None:
    """In the facts and in the code's entry alike."""
    record = RunRecord(
        "a", config={"trackexp": {"schema": 1, "compile": []}, "trackexp_code": {"schema": 1, "patch": 3}}
    )

    assert ("trackexp.compile", "trackexp_code.patch") == record.malformed
    assert ({"schema": 1},) == record.facts
