from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trackexp.comparison import ParetoRow, compare
from trackexp.testing import make_record


def front(*points: tuple[float, float]) -> tuple[ParetoRow, ...]:
    """Return the Pareto table of runs with a loss (lower is better) and an accuracy (higher is)."""
    runs = [
        make_record(f"r{place}", metrics={"val/loss": [loss], "val/accuracy": [accuracy]})
        for place, (loss, accuracy) in enumerate(points)
    ]
    return compare(runs, metric=["val/loss", "val/accuracy"]).pareto


def test_the_front_comes_first_and_the_others_name_who_dominates_them():
    """By the first metric."""
    rows = front((0.1, 0.5), (0.2, 0.9), (0.3, 0.8), (0.1, 0.4))

    assert [("r0", None), ("r1", None), ("r3", "r0"), ("r2", "r1")] == [
        (row.entry.id, row.dominated_by and row.dominated_by.id) for row in rows
    ]


def test_equal_runs_do_not_dominate_each_other():
    """Better in one metric at least."""
    assert [None, None] == [row.dominated_by for row in front((0.1, 0.5), (0.1, 0.5))]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=7))
def test_the_front_is_what_the_definition_says(points: list[tuple[int, int]]):
    """By looking at all pairs."""
    expected = {
        f"r{place}"
        for place, (loss, accuracy) in enumerate(points)
        if not any(a <= loss and b >= accuracy and (a, b) != (loss, accuracy) for a, b in points)
    }

    assert expected == {row.entry.id for row in front(*points) if row.dominated_by is None}


def test_the_values_are_those_of_one_model():
    """Of the epoch in which the first metric is best, not the best of each."""
    runs = [
        make_record("a", metrics={"val/loss": [0.3, 0.1, 0.2], "val/accuracy": [0.9, 0.5, 0.6]}),
        make_record("b", metrics={"val/loss": [0.4], "val/accuracy": [0.7]}),
    ]

    assert {"val/loss": 0.1, "val/accuracy": 0.5} == compare(runs, metric="val/loss,val/accuracy").pareto[0].values


def test_one_metric_has_no_front():
    """And a run without one of them is not on it."""
    runs = [make_record("a", metrics={"val/loss": [0.1]}), make_record("b", metrics={"val/loss": [2], "val/f1": [1]})]

    assert () == compare(runs).pareto
    assert ["b"] == [row.entry.id for row in compare(runs, metric="val/loss,val/f1").pareto]
