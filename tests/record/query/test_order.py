from __future__ import annotations

import math

import pytest

from trackexp.errors import FilterError
from trackexp.record import RunRecord
from trackexp.record.query import flattened, sort_key


def ordered(name: str, values: dict[str, object]) -> list[str]:
    """Return the ids in that order of `summary.x`."""
    runs = [RunRecord(run, summary={} if value is None else {"x": value}) for run, value in values.items()]
    key, descending = sort_key(name)
    return [run.id for run in sorted(runs, key=key, reverse=descending)]


@pytest.mark.parametrize(("name", "first"), [("summary.x", ["b", "a", "c"]), ("-summary.x", ["c", "a", "b"])])
def test_runs_without_a_number_come_last(name: str, first: list[str]) -> None:
    """In both directions; NaN is no number, and text comes after numbers."""
    values = {"nan": math.nan, "a": 2, "none": None, "b": 1.5, "c": math.inf, "text": "x"}

    assert [*first, "text"] == ordered(name, values)[:4]
    assert {"nan", "none"} == set(ordered(name, values)[4:])


def test_an_order_by_nothing_is_refused() -> None:
    """With the names that there are."""
    with pytest.raises(FilterError, match="did you mean 'started_at'"):
        sort_key("-startet_at")


@pytest.mark.parametrize(
    ("value", "key", "expected"),
    [
        ({"min": 0.2, "last": 0.5}, "val/loss", 0.2),
        ({"max": 0.9, "min": 0.1}, "val/accuracy", 0.9),
        ({"mean": 0.4}, "x", 0.4),
        ({"last": 3}, "val/loss", 3),
        ({"_type": "image-file"}, "picture", {"_type": "image-file"}),
        (0.5, "x", 0.5),
        ("text", "x", "text"),
    ],
)
def test_what_the_summary_keeps_of_a_metric_is_one_number(value: object, key: str, expected: object) -> None:
    """The best by the metric's direction, else what there is; what is no metric stays as it is."""
    assert expected == flattened(value, key)
