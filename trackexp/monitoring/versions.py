"""All versions of a model on one test set: which are good, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.monitoring.columns import grid_counts
from trackexp.record import Finding, Severity, worst_first
from trackexp.record.model_record import ModelRecord
from trackexp.reporting import finding_lines, json_ready, number, plural
from trackexp.reporting.html import Cell, Column, Page, Section, figure, figures, findings_list, paragraph, table
from trackexp.reporting.svg import histogram

SCHEMA = 1
_UNIT = 5.0  # times the training range, in which the test set lies
_CONFIDENCE_GAP = 0.1  # by which mean confidence may differ between training and test rows
_LEAST_GAP_ROWS = 50


@dataclass(frozen=True, eq=False)
class Version:
    """One version on the test set.

    Args:
        name: Of its file, or its digits.
        metrics: Of its evaluation, by name.
        probabilities: Of the test rows `(n, n_classes)`; None for numbers, or where it did not answer.
        inputs_range: Least and largest value of the test rows.
        record: What it says of itself.
        train_probabilities: Of rows it was trained on.
        shared_rows: Test rows that are among its training rows; None where that cannot be told.
        failed: Why it did not answer; "" where it did.
    """

    name: str
    metrics: dict[str, float] = field(default_factory=dict)
    probabilities: NDArray[np.floating[Any]] | None = None
    inputs_range: tuple[float, float] | None = None
    record: ModelRecord | None = None
    train_probabilities: NDArray[np.floating[Any]] | None = None
    shared_rows: int | None = None
    failed: str = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with it, the worst first; those of its training too."""
        own = [one for one in (_failed(self), _one_class(self), _units(self), _differ(self), _leaked(self)) if one]
        kept = self.record.findings if self.record is not None else ()
        return worst_first([*own, *kept])


@dataclass(frozen=True, eq=False)
class VersionsReport:
    """A leaderboard with what is wrong with each.

    Args:
        versions: The best first.
        metric: That decides.
        higher: Whether more of it is better.
    """

    versions: tuple[Version, ...]
    metric: str
    higher: bool

    @property
    def findings(self) -> tuple[tuple[str, Finding], ...]:
        """Every finding with the version it is about."""
        return tuple((version.name, finding) for version in self.versions for finding in version.findings)

    @property
    def best(self) -> Version | None:
        """The best that has no error against it; None where there is none."""
        sound = [v for v in self.versions if not any(f.severity is Severity.ERROR for f in v.findings)]
        return next((version for version in sound if self.metric in version.metrics), None)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        found: Any = json_ready(
            {
                "schema": SCHEMA,
                "metric": self.metric,
                "best": None if self.best is None else self.best.name,
                "versions": [
                    {"name": v.name, "metrics": v.metrics, "findings": [f.to_dict() for f in v.findings]}
                    for v in self.versions
                ],
                "findings": [{"version": name, **finding.to_dict()} for name, finding in self.findings],
                "windows": [],
            }
        )
        return dict(found)

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """Return the leaderboard as an HTML page, or write it."""
        names = list(dict.fromkeys(name for version in self.versions for name in version.metrics))[:8]
        heads = [Column("version", False), *(Column(name, True) for name in names), Column("findings", True)]
        rows: list[list[Cell | str]] = [
            [v.name, *(figure(v.metrics.get(name)) for name in names), figure(len(v.findings))] for v in self.versions
        ]
        charts = [chart for version in self.versions for chart in _histograms(version)]
        page = Page(
            f"{plural(len(self.versions), 'version')} on one test set",
            "trackexp monitor",
            [paragraph(self._lead())],
            [
                Section("Leaderboard", table("Every version", heads, rows, hide_caption=True)),
                Section("Findings", findings_list([f for _, f in self.findings], [n for n, _ in self.findings])),
                *([Section("Probabilities", figures(charts))] if charts else []),
            ],
        )
        return page.to_html() if path is None else page.save(path)

    def log(self, run: Any) -> None:
        """Write the leaderboard into the summary of a run."""
        run.summary["monitor"] = self.to_dict()

    def _lead(self) -> str:
        return "No version is sound." if self.best is None else f"The best sound version is {self.best.name}."

    def __str__(self) -> str:
        lines = [self._lead()]
        for version in self.versions:
            value = version.metrics.get(self.metric)
            lines.append(f"  {version.name}: {self.metric} {'–' if value is None else number(value)}")
            lines += [f"    {finding_lines(f).replace('epoch 0  ', '', 1).lstrip()}" for f in version.findings]
        return "\n".join(lines)


def compare_versions(versions: Sequence[Version], *, metric: str = "accuracy", higher: bool = True) -> VersionsReport:
    """Return the versions, the best first; those without the metric last."""

    def place(version: Version) -> tuple[bool, float]:
        value = version.metrics.get(metric)
        return value is None, 0.0 if value is None else -value if higher else value

    return VersionsReport(tuple(sorted(versions, key=place)), metric, higher)


def _finding(name: str, severity: Severity, message: str, fix: str) -> Finding:
    return Finding(_CODES[name], name, severity, message, fix)


_CODES = {
    "does-not-answer": "TX990",
    "predicts-one-class": "TX991",
    "trained-on-other-units": "TX992",
    "train-and-test-probabilities-differ": "TX993",
    "test-rows-in-training": "TX994",
}


def _failed(version: Version) -> Finding | None:
    if not version.failed:
        return None
    return _finding("does-not-answer", Severity.ERROR, version.failed, "give it rows of the shape that it takes")


def _one_class(version: Version) -> Finding | None:
    prob = version.probabilities
    if prob is None or len(prob) < 10:
        return None
    chosen = prob.argmax(axis=1) if prob.ndim == 2 and prob.shape[1] > 1 else (prob.reshape(len(prob)) >= 0.5)
    if len(np.unique(chosen)) > 1:
        return None
    return _finding(
        "predicts-one-class", Severity.ERROR, f"all {len(prob):,} test rows are given one class",
        "look at the findings of its run, and at what it was trained on",
    )  # fmt: skip


def _units(version: Version) -> Finding | None:
    record = version.record
    if record is None or version.inputs_range is None:
        return None
    known = [(one.minimum, one.maximum) for one in record.inputs if one.minimum is not None and one.maximum is not None]
    if not known:
        return None
    largest = max(max(abs(low), abs(high)) for low, high in known)
    seen = max(map(abs, version.inputs_range))
    if largest <= 0 or seen <= 0 or 1 / _UNIT < seen / largest < _UNIT:
        return None
    low, high = version.inputs_range
    return _finding(
        "trained-on-other-units", Severity.ERROR,
        f"it was trained on values up to {largest:g}, the test rows are {low:g} to {high:g}",
        "scale the rows as its training did, or train it on these units",
    )  # fmt: skip


def _differ(version: Version) -> Finding | None:
    test, train = version.probabilities, version.train_probabilities
    if test is None or train is None or min(len(test), len(train)) < _LEAST_GAP_ROWS or test.ndim != 2:
        return None
    first, second = train.max(axis=1), test.max(axis=1)
    gap = float(first.mean() - second.mean())
    counts = [np.cumsum(grid_counts(np.asarray(one, float), 0.0, 1.0)) / len(one) for one in (first, second)]
    error = float(np.sqrt(first.var() / len(first) + second.var() / len(second)))
    if abs(gap) < _CONFIDENCE_GAP or abs(gap) < 3 * error:
        return None
    return _finding(
        "train-and-test-probabilities-differ", Severity.WARNING,
        f"it is surer of its training rows ({first.mean():.2f}) than of the test rows ({second.mean():.2f}); the "
        f"distributions differ by up to {np.abs(counts[0] - counts[1]).max():.2f}",
        "it overfits, or the parts differ: compare it with a smaller model",
    )  # fmt: skip


def _leaked(version: Version) -> Finding | None:
    if not version.shared_rows:
        return None
    return _finding(
        "test-rows-in-training", Severity.ERROR, f"{version.shared_rows:,} test rows are among its training rows",
        "its numbers are not of new rows: partition again, and train again",
    )  # fmt: skip


def _histograms(version: Version) -> list[Any]:
    found = []
    for part, prob in (("train", version.train_probabilities), ("test", version.probabilities)):
        if prob is not None and prob.ndim == 2 and len(prob) > 1:
            found.append(histogram(prob.max(axis=1), title=f"{version.name}: {part}", x_label="largest probability"))
    return found
