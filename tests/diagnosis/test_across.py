from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from trackexp.comparison import compare
from trackexp.diagnosis import AcrossFinding, AcrossRule, Field, NotApplicable, Status, across_rules, diagnose_across
from trackexp.record import Finding, Severity
from trackexp.testing import make_record

VALIDATION = [{"shape": [1], "hash": "v"}]


@dataclass(frozen=True)
class Broken(AcrossRule):
    """It finds one thing and crashes."""

    code = "TX999"
    name = "broken"
    severity = Severity.INFO

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield a finding, then divide by zero."""
        yield self.finding("seen", "look", field.members)
        raise ZeroDivisionError("by zero")


def test_a_rule_that_crashes_is_an_outcome():
    """With what it had found, and the place."""
    (outcome,) = diagnose_across(Field((), "val/loss"), (Broken(),)).outcomes

    assert (Status.CRASHED, "seen") == (outcome.status, outcome.findings[0].message)
    assert "ZeroDivisionError: by zero (test_across.py:" in outcome.reason


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.lists(st.floats(width=32), max_size=6), min_size=2, max_size=4),
    st.lists(st.integers(0, 1), min_size=4, max_size=4),
)
def test_no_rule_crashes_whatever_the_runs(curves: list[list[float]], seeds: list[int]):
    """NaN, infinities, empty histories, equal seeds."""
    runs = [
        make_record(f"r{i}", metrics={"val/loss": values}, config={"seed": seeds[i], "x": i % 2})
        for i, values in enumerate([*curves, [0.5]])
        if i < 4
    ]
    outcomes = compare(runs, metric="val/loss:min").together.outcomes if any(len(r.history) for r in runs) else ()

    assert [] == [outcome for outcome in outcomes if outcome.status is Status.CRASHED]


def test_compare_asks_all_of_them():
    """On real records: two equal curves, the last value the best, unlike data."""
    curve = [1.0, 0.8, 0.6, 0.4, 0.2]
    runs = [
        make_record(
            name,
            metrics={"val/loss": curve},
            facts={
                "compile": {"loss": "mse"},
                "data": {"rows": rows, "inputs": [{"shape": [rows], "hash": name}], "validation_inputs": VALIDATION},
            },
        )
        for name, rows in (("a", 9), ("b", 8))
    ]
    found = compare(runs).findings

    assert {"not-the-same-data", "duplicate-run", "best-epoch-is-last"} == {finding.name for finding in found}
    assert "rows 9 in a, 8 in b" in next(one.message for one in found if one.code == "TX951")
    assert [rule.code for rule in across_rules()] == [one.code for one in compare(runs).together.outcomes]


def test_a_finding_over_several_runs_says_of_which_and_survives_its_own_form():
    """A reader that knows plain findings reads it too."""
    finding = Broken().finding("seen", "look", ())

    plain = Finding.from_dict(finding.to_dict())

    assert () == finding.to_dict()["runs"]
    assert ("TX999", "seen") == (plain.code, plain.message)
