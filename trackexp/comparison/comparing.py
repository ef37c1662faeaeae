"""Several runs side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

from trackexp.comparison.differences import differences
from trackexp.comparison.entry import Entry, entries
from trackexp.comparison.metric_choice import chosen_metric
from trackexp.comparison.verdict import Verdict, judge
from trackexp.diagnosis import findings_of
from trackexp.errors import UsageError
from trackexp.record import RunRecord

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between runs, what each of them did, and which one to believe.

    Args:
        metric: Our name of the metric that decides.
        rows: One entry a run, in the order given.
        differences: Config keys that differ, and nothing that does not: value by run id.
    """

    metric: str
    rows: tuple[Entry, ...]
    differences: dict[str, dict[str, Any]]
    verdict: Verdict

    @property
    def best(self) -> RunRecord | None:
        """The run to believe; None when there is none."""
        return self.verdict.best.record if self.verdict.best else None

    def show(self, file: IO[str] | None = None) -> None:
        """Print the comparison, by default to standard output: plain where that is no terminal."""
        import sys

        from trackexp.comparison.page import show_comparison  # rich is imported on first use
        from trackexp.reporting import console

        show_comparison(console(file or sys.stdout), self)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready data."""
        return {
            "schema": SCHEMA,
            "metric": self.metric,
            "runs": [row.to_dict() for row in self.rows],
            "differences": self.differences,
            "groups": [],
            "verdict": self.verdict.to_dict(),
        }


def compare(records: Iterable[RunRecord], *, metric: str | None = None) -> Comparison:
    """Compare runs by a metric: a better number with an error-level finding never wins.

    Args:
        records: Two runs or more; their order changes nothing but the order of the rows.
        metric: In any dialect, `"val_loss"` or `"val/loss"`; default what the runs monitored, else a common one.

    Raises:
        UsageError: Fewer than two runs, one of them twice, or no run has the metric.

    >>> from trackexp.testing import make_record
    >>> first = make_record("aaa", metrics={"val/loss": [0.5, 0.2]}, config={"lr": 0.1, "epochs": 2})
    >>> second = make_record("bbb", metrics={"val/loss": [0.4, 0.3]}, config={"lr": 0.01, "epochs": 2})
    >>> comparison = compare([first, second])
    >>> comparison.best.id, comparison.differences
    ('aaa', {'lr': {'aaa': 0.1, 'bbb': 0.01}})
    """
    records = list(records)
    ids = [record.id for record in records]
    if len(records) < 2:
        seen = f"one run, {records[0].title}" if records else "no run"
        raise UsageError(f"compare was given {seen}: expected two or more. For a single run: trackexp show RUN.")
    for record in records:
        if ids.count(record.id) > 1:
            raise UsageError(f"run {record.title} ({record.id}) was given {ids.count(record.id)} times: name it once.")
    metric = chosen_metric(records, metric)
    rows = entries(records, metric, [findings_of(record) for record in records])
    return Comparison(metric, rows, differences(records), judge(rows, metric))
