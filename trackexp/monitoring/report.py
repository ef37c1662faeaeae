"""The report of a log: windows, findings, key metrics; as text, in a notebook, as HTML, JSON or a W&B run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trackexp.diagnosis.outcome import Diagnosis
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.page import monitor_page
from trackexp.record import Finding, Severity, worst_first
from trackexp.reporting import finding_lines, json_ready, number, plural
from trackexp.reporting.html import in_notebook

SCHEMA = 1


@dataclass(frozen=True, eq=False)
class WindowReport:
    """One window with what the rules say of it."""

    evidence: Window
    diagnosis: Diagnosis

    @property
    def name(self) -> str:
        """What it is called."""
        return self.evidence.name

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with it, the worst first."""
        return self.diagnosis.findings

    @property
    def metrics(self) -> dict[str, float]:
        """Key numbers: rows, labelled rows, accuracy where labels are there, confidence, share outside the range."""
        table, reference = self.evidence.table, self.evidence.reference
        found = {"rows": float(len(table)), "labelled": float(table.labelled.sum())}
        if table.wrong is not None and found["labelled"]:
            found["accuracy"] = 1 - float(table.wrong.sum()) / found["labelled"]
        if table.probabilities is not None and len(table):
            found["confidence"] = float(np.mean(table.probabilities.max(axis=1)))
            found["estimated_accuracy"] = float(reference.expected_right(table.probabilities).mean())
        changes = list(self.evidence.changes.values())
        if changes and len(table):
            found["largest_drift"] = max(change.effect for change in changes)
            found["outside_range"] = max(change.beyond / change.n for change in changes)
            found["missing"] = max(change.missing / change.n for change in changes)
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def to_dict(self) -> dict[str, Any]:
        """Return the window as JSON-ready data."""
        found: Any = json_ready({"name": self.name, "metrics": self.metrics, **self.diagnosis.to_dict()})
        return dict(found)


@dataclass(frozen=True, eq=False)
class MonitorReport:
    """What became of a model; shows itself on a terminal and in a notebook.

    Args:
        windows: In the order of time.
        notes: What is to be said about how the log was read.
    """

    windows: tuple[WindowReport, ...]
    notes: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong in any window, the worst first."""
        return worst_first(finding for window in self.windows for finding in window.findings)

    @property
    def clean(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return all(finding.severity is Severity.INFO for finding in self.findings)

    @property
    def table(self) -> pd.DataFrame:
        """Key metrics, a line a window."""
        return pd.DataFrame([{"window": window.name, **window.metrics} for window in self.windows])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready data, with `schema`, `windows` and `findings`."""
        return {
            "schema": SCHEMA,
            "windows": [window.to_dict() for window in self.windows],
            "findings": [finding.to_dict() for finding in self.findings],
            "notes": list(self.notes),
        }

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """Return the report as an HTML page, or write it.

        Raises:
            UsageError: It cannot be written there.
        """
        page = monitor_page(self.windows, self.findings, self.notes)
        return page.to_html() if path is None else page.save(path)

    def log(self, run: Any) -> None:
        """Write key metrics, a step a window, and the findings into a run; rows stay here."""
        for step, window in enumerate(self.windows):
            run.log({f"monitor/{name}": value for name, value in window.metrics.items()} | {"monitor/window": step})
        run.summary["monitor"] = {
            "windows": len(self.windows), "findings": [finding.to_dict() for finding in self.findings]
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [f"{plural(len(self.windows), 'window')}"]
        for window in self.windows:
            shown = ", ".join(f"{name.replace('_', ' ')} {number(value)}" for name, value in window.metrics.items())
            lines.append(f"  {window.name}: {shown}")
        lines += [f"  note: {note}" for note in self.notes]
        for window in self.windows:
            lines += [f"{window.name}: {finding_lines(finding).replace('epoch 0  ', '', 1).lstrip()}"
                      for finding in window.findings]  # fmt: skip
        unclear = {
            (o.name, o.reason) for w in self.windows for o in w.diagnosis.outcomes if o.reason and not o.findings
        }
        lines += [f"  not looked at: {name} ({reason})" for name, reason in sorted(unclear)]
        return "\n".join(lines if self.findings else [*lines, "  nothing speaks against the model"])

    def _repr_html_(self) -> str:
        return in_notebook(str(self.to_html()), "Report of a monitored model")
