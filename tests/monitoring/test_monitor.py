from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trackexp
from trackexp.errors import UsageError
from trackexp.monitoring import monitor
from trackexp.record import Severity
from trackexp.record.model_record import InputRecord, MetricRecord, ModelRecord, PartRecord


def alarms_of(report: Any) -> list[str]:
    """Return the names of what is more than info."""
    return [finding.name for finding in report.findings if finding.severity is not Severity.INFO]


def test_it_is_a_public_name():
    """`trackexp.monitor` is what the command calls."""
    assert monitor is trackexp.monitor


def test_a_clean_log_is_clean_in_every_window(make_rows: Callable[..., Any]):
    """Nothing speaks against other rows of the same source, and no rule crashed."""
    report = monitor(make_rows(3000, seed=1), make_rows(2000), window=500)

    assert (6, []) == (len(report.windows), alarms_of(report))
    assert "nothing speaks against the model" in str(report)
    assert set() == {o.name for w in report.windows for o in w.diagnosis.outcomes if str(o.status) == "crashed"}


@pytest.mark.exhaustive
def test_clean_windows_alarm_in_at_most_one_of_a_hundred(make_rows: Callable[..., Any]):
    """Over all rules together, twenty columns, thirty windows, many logs."""
    windows = alarmed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)

        def rows(n: int, number: int, rng: Any = rng) -> Any:
            return make_rows(n, seed=number, **{f"c{k}": rng.normal(size=n) for k in range(17)})

        report = monitor(rows(30 * 200, 1000 + seed), rows(1000, 2000 + seed), window=200)
        windows += len(report.windows)
        alarmed += sum(any(f.severity is not Severity.INFO for f in window.findings) for window in report.windows)

    assert alarmed <= 0.01 * windows + 3 * np.sqrt(0.01 * windows)


def test_a_fault_is_named_in_its_window_and_nowhere_else(make_rows: Callable[..., Any]):
    """Of four windows the third has another unit."""
    rows = make_rows(2000, seed=1)
    rows.loc[1000:1499, "size"] *= 1000
    report = monitor(rows, make_rows(2000), window=500)

    assert [("unit-changed", "rows 1001 to 1500")] == [
        (f.name, f.window) for f in report.findings if f.severity is not Severity.INFO
    ]


def test_labels_come_late_by_id(make_rows: Callable[..., Any]):
    """A mapping from ids to targets, for some rows only, in any order."""
    rows = make_rows(300, seed=1)
    rows["id"] = [f"r{n}" for n in range(300)]
    truth = dict(zip(rows["id"], 1 - rows["prediction"], strict=True))
    late = {name: truth[name] for name in list(truth)[::-2]}
    report = monitor(rows.drop(columns="target"), make_rows(2000), labels=late)

    assert "error-rate-rose" in alarms_of(report)
    assert 150 == report.windows[0].metrics["labelled"]


def test_a_record_is_a_reference():
    """Range, categories and promised accuracy are enough for the contract and for labelled harm."""
    record = ModelRecord(
        "3f" * 32, inputs=(InputRecord("age", minimum=0.0, maximum=1.0), InputRecord("sort", categories=("a", "b"))),
        parts={"train": PartRecord(1000)}, metrics={"test/accuracy": MetricRecord(0.95, 0.93, 0.97, 500)},
    )  # fmt: skip
    current = {"age": np.full(100, 7.0), "sort": ["c"] * 100, "prediction": ["x"] * 100, "target": ["y"] * 100}

    assert {"outside-training-range", "unseen-category", "error-rate-rose"} <= set(alarms_of(monitor(current, record)))


def test_the_clock_that_steps_back_is_said(make_rows: Callable[..., Any]):
    """Rows are put in the order of their times."""
    rows = make_rows(100, seed=1, time=np.where(np.arange(100) < 60, np.arange(100), np.arange(100) - 30) * 3600.0)
    report = monitor(rows, make_rows(500), window="1d")

    assert "the clock steps back 1 times" in report.notes[0]
    assert 100 == sum(window.metrics["rows"] for window in report.windows)


@pytest.mark.parametrize(
    ("current", "more", "said"),
    [
        ({"a": []}, {}, "no rows"),
        ({"b": [1.0]}, {}, "the log has the columns b, the reference a"),
        ({"a": [1.0], "id": ["x"]}, {"labels": {"y": 1}}, "none of the 1 labels matches"),
        ({"a": [1.0]}, {"labels": [1, 2]}, "2 labels for 1 predictions"),
        ({"a": [1.0]}, {"window": "1d"}, "no times"),
        ({"a": [1.0]}, {"window": "soon"}, "is no window"),
        ([1], {}, "expected a data frame"),
    ],
)
def test_what_cannot_be_is_said(current: Any, more: dict[str, Any], said: str):
    """Each mistake in a sentence of its own."""
    with pytest.raises(UsageError, match=said):
        monitor(current, {"a": [1.0, 2.0]}, **more)


def test_one_row_one_class_and_many_categories_are_no_crash(make_rows: Callable[..., Any]):
    """The edges of a log, and a column that is an id."""
    many = np.array([f"v{n}" for n in range(100_000)])
    reports = [monitor(make_rows(1), make_rows(50)), monitor({"a": many[::-1]}, {"a": many})]
    reports.append(monitor(make_rows(50, prediction=1, target=1), make_rows(50, prediction=1, target=1)))
    crashed = {o.reason for r in reports for w in r.windows for o in w.diagnosis.outcomes if str(o.status) == "crashed"}

    assert set() == crashed
    assert [[], [], []] == [alarms_of(report) for report in reports]


def test_the_report_is_a_page_and_json(make_rows: Callable[..., Any], tmp_path: Path):
    """One file that needs no network; `schema`, `windows` and `findings`."""
    report = monitor(make_rows(600, seed=1), make_rows(500), window=200)
    page = Path(report.to_html(tmp_path / "m.html")).read_text(encoding="utf-8")

    assert {"schema", "windows", "findings", "notes"} == set(report.to_dict())
    assert "Key metrics of each window" in page
