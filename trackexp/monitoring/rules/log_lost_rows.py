"""Rows that the prediction log lost.

## How it is detected
The server counted at least `min_rows` rows that its log could not take: a full disk, a folder that is gone, a queue
that was too long.

## Why it matters
What is monitored is then a part of what was answered, and not a random one.

## What to do
Give the log room; look at the server's own log for the reason.

## References
- SQLite, Write-Ahead Logging, sqlite.org/wal.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class LogLostRows(MonitorRule):
    """Lost rows.

    Args:
        min_rows: Fewest lost rows.
    """

    code = "TX967"
    name = "log-lost-rows"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN

    min_rows: int = 1

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        table = window.table
        if not table.requests and not table.lost:
            yield NotApplicable("the log counts no rows")
            return
        if table.lost >= self.min_rows:
            yield self.finding(
                window, f"{table.lost:,} rows are not in the log", "give the log room; the server's own log says why",
                lost=table.lost,
            )  # fmt: skip
