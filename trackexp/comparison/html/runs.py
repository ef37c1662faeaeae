"""The runs as a table that sorts, the best first, and why some are out of the contest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from trackexp.comparison.html.colours import run_colours
from trackexp.comparison.writing import by_merit, standing
from trackexp.record import Severity, State
from trackexp.reporting import duration, number, plural
from trackexp.reporting.html import Cell, Column, Content, Row, badge, definitions, element, figure, note, swatch, table
from trackexp.reporting.svg import sparkline

if TYPE_CHECKING:
    from trackexp.comparison.entry import Entry
    from trackexp.comparison.result import Comparison

_MOST_ROWS = 1000
_MOST_SPARKLINES = 100
_MOST_REASONS = 200
_MOST_METRICS = 4  # columns beside the metric that decides
_GOOD = ("best", "best group", "tied")
_TONES = {**dict.fromkeys(_GOOD, "good"), "disqualified": "error", "unmet": "warning", "not comparable": ""}
OUT = ("disqualified", "unmet", "not comparable")
"""What stands of a run that is out of the contest."""
_ENDED_BADLY = (State.FAILED, State.KILLED, State.CRASHED)


def runs_content(comparison: Comparison) -> Content:
    """Return the table of the runs, and why each run that is out of the contest is."""
    metrics = shown_metrics(comparison)
    rows = list(_rows(comparison, metrics, run_colours(comparison)))
    left = len(comparison.entries) - len(rows)
    more = note(f"… and {plural(left, 'run')} more: trackexp compare --csv has all.") if left else None
    return [table("The runs, the best first", list(_columns(comparison, metrics)), rows, filter_by="Filter runs"), more]


def excluded_content(comparison: Comparison) -> Content:
    """Return why each run that is out of the contest is; None where all are in."""
    verdict = comparison.verdict
    parts = (
        ("disqualified", verdict.disqualified),
        ("unmet", verdict.unmet),
        ("not comparable", verdict.not_comparable),
    )
    pairs: list[tuple[str, Content]] = [
        (excluded.entry.label, [badge(word, _TONES[word]), " ", excluded.reason])
        for word, members in parts
        for excluded in members
    ]
    left = len(pairs) - _MOST_REASONS
    more = note(f"… and {plural(left, 'run')} more.") if left > 0 else None
    return [definitions(pairs[:_MOST_REASONS]), more] if pairs else None


def shown_metrics(comparison: Comparison) -> list[str]:
    """Return the metrics beside the deciding one that have a column: those asked for, then those most runs have."""
    counts: dict[str, int] = {}
    for entry in comparison.entries:
        for name, measured in entry.measured.items():
            if measured.best is not None and name != comparison.metric and not name.startswith(("batch/", "probe/")):
                counts[name] = counts.get(name, 0) + 1
    asked = [name for name in comparison.metrics[1:] if name in counts]
    others = sorted((name for name in counts if name not in asked), key=lambda name: (-counts[name], rank(name), name))
    return [*asked, *others][: max(_MOST_METRICS, len(asked))]


def rank(metric: str) -> tuple[int, int]:
    """Return how early a metric is told: what was validated before what was trained, how fast it went last."""
    wanted = ("test/", "val/", "train/")
    part = next((place for place, begin in enumerate(wanted) if metric.startswith(begin)), len(wanted))
    if metric.endswith(("learning_rate", "seconds", "per_second")):
        return len(wanted) + 1, 0
    return part, 0 if metric.endswith("loss") else 1


def _columns(comparison: Comparison, metrics: list[str]) -> Iterator[Column]:
    yield Column("run")
    yield Column("verdict")
    yield Column(comparison.metric, numeric=True, order=_order(comparison))
    if comparison.deltas:
        yield Column("Δ baseline", numeric=True)
    yield Column("curve", sortable=False)
    yield Column("findings")
    yield Column("at epoch", numeric=True)
    yield Column("last", numeric=True)
    for name in metrics:
        yield Column(name, numeric=True)
    yield Column("epochs", numeric=True)
    yield Column("time", numeric=True)
    yield Column("state")


def _order(comparison: Comparison) -> str:
    """Return how the rows are sorted by the metric: not at all where runs out of the contest have better numbers."""
    values = [entry.best.value if entry.best else math.nan for entry in by_merit(comparison)]
    known = [value for value in values if not math.isnan(value)]
    if known != values[: len(known)]:
        return "none"
    return "ascending" if sorted(known) == known else "descending" if sorted(known)[::-1] == known else "none"


def _rows(comparison: Comparison, metrics: list[str], colours: Mapping[str, int | None]) -> Iterator[Row]:
    curves = comparison.curves.get(comparison.metric)
    for place, entry in enumerate(by_merit(comparison)[:_MOST_ROWS]):
        word = standing(comparison, entry)
        best, record = entry.best, entry.record
        colour = colours[entry.id]
        y = None if curves is None else curves.y.get(entry.id)
        known = None if y is None or place >= _MOST_SPARKLINES else y[np.isfinite(y)]
        spark = None if known is None or not known.size else sparkline(known, title=entry.label, colour=colour).inline()
        cells = [
            Cell([swatch(colour), entry.label]),
            Cell(badge(word, _TONES[word]) if word else ""),
            figure(best.value if best else None),
            *_delta(comparison, entry),
            Cell(spark),
            Cell(list(_findings(entry))),
            figure(best.epoch if best else None),
            figure(best.last if best else None),
            *(_metric(entry, name) for name in metrics),
            figure(entry.epochs),
            figure(record.runtime, duration(record.runtime)),
            Cell(badge(str(record.state), "error" if record.state in _ENDED_BADLY else "")),
        ]
        yield Row(cells, "best" if word in _GOOD else "out" if word else "")


def _metric(entry: Entry, name: str) -> Cell:
    measured = entry.measured.get(name)
    return figure(None if measured is None or measured.best is None else measured.best.value)


def _delta(comparison: Comparison, entry: Entry) -> list[Cell]:
    if not comparison.deltas:
        return []
    baseline = comparison.verdict.baseline
    if baseline is not None and baseline.entry.id == entry.id:
        return [figure(0.0, "baseline")]
    change = comparison.deltas[entry.id]["metrics"].get(comparison.metric, {}).get("best")
    return [figure(change, None if change is None else f"+{number(change)}" if change > 0 else number(change))]


def _findings(entry: Entry) -> Iterator[Content]:
    seen = dict.fromkeys((finding.severity, finding.code, finding.name) for finding in entry.findings)
    for severity, code, name in seen:
        if severity is not Severity.INFO or len(seen) < 3:
            yield element("span", badge(code, str(severity)), f" {name} ", class_="nowrap")
    if entry.record.damage:
        yield badge("damaged", "warning")
