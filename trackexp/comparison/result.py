"""What a comparison says, and the ways in which it shows itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from trackexp import reporting
from trackexp.comparison import terminal
from trackexp.comparison.code import code_diff, code_differences
from trackexp.comparison.curves import Curves, curves
from trackexp.comparison.differences import ByRun, data_differences, environment_differences, ratios
from trackexp.comparison.entry import Entry
from trackexp.comparison.group import Group
from trackexp.comparison.grouping import Grouping, names_repetition
from trackexp.comparison.html.page import comparison_page
from trackexp.comparison.metrics import deltas
from trackexp.comparison.pareto import ParetoRow
from trackexp.comparison.verdict import Verdict
from trackexp.comparison.writing import comparison_csv, comparison_markdown, rows_of
from trackexp.diagnosis import Diagnosis
from trackexp.record import Finding, RunRecord, metric_names
from trackexp.record.query import Threshold
from trackexp.reporting import shorten
from trackexp.reporting.html import in_notebook

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
_SHOWN = 600  # characters of the verdict in a console


class CurvesByMetric(Mapping[str, Curves]):
    """The curves of every metric that a run has, each made when it is asked for."""

    def __init__(
        self,
        records: tuple[RunRecord, ...],
        groups: Mapping[str, tuple[str, ...]],
        test_shares: Mapping[str, float],
    ) -> None:
        self._records, self._groups, self._made = records, groups, dict[str, Curves]()
        self._test_shares = test_shares
        self._names = dict.fromkeys(name for record in records for name in metric_names(record))

    def __getitem__(self, metric: str) -> Curves:
        if metric not in self._names:
            raise KeyError(metric)
        if metric not in self._made:
            self._made[metric] = curves(self._records, metric, self._groups, self._test_shares)
        return self._made[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between runs, what each of them did, and which one to believe.

    Args:
        metrics: Our names of the metrics that were compared by; the first decides.
        entries: One a run, in the order given.
        differences: Config keys that differ, and nothing that does not: value by run id.
        groups: Runs that repeat each other, the best mean first; empty where none do and nothing was asked.
        grouping: By what they are grouped.
        verdict: Which run to believe, and what became of the others.
        eligible: The entries whose numbers were compared, the best first.
        requirements: The thresholds that runs had to keep.
        pareto: Where two metrics or more were asked for: the front first, then who is dominated by whom.
        together: What the rules say that look at several runs at once.
    """

    metrics: tuple[str, ...]
    entries: tuple[Entry, ...]
    differences: ByRun
    groups: tuple[Group, ...]
    grouping: Grouping | None
    verdict: Verdict
    eligible: tuple[Entry, ...] = ()
    requirements: tuple[Threshold, ...] = ()
    pareto: tuple[ParetoRow, ...] = ()
    together: Diagnosis = field(default_factory=lambda: Diagnosis(()))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the comparison itself, the worst first; each run's own findings are in its entry."""
        return self.together.findings

    @property
    def metric(self) -> str:
        """Our name of the metric that decides."""
        return self.metrics[0]

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """The records, in the order given."""
        return tuple(entry.record for entry in self.entries)

    @property
    def best(self) -> RunRecord | None:
        """The run to believe; None when there is none."""
        return self.verdict.best.record if self.verdict.best else None

    @cached_property
    def curves(self) -> Mapping[str, Curves]:
        """Every metric of all runs on one axis, with bands over groups, by our name of the metric."""
        shares = {group.label: group.test_share for group in self.groups}
        return CurvesByMetric(self.runs, dict(self.grouping.members) if self.grouping else {}, shares)

    @cached_property
    def code_differences(self) -> ByRun:
        """Commit, repository, program and patch where they differ: value by run id."""
        return code_differences(self.runs)

    @cached_property
    def data_differences(self) -> ByRun:
        """Hash, shape, type and class counts of the data where they differ: value by run id."""
        return data_differences(self.runs)

    @cached_property
    def environment_differences(self) -> ByRun:
        """Hardware, Python and packages where they differ: value by run id."""
        return environment_differences(self.runs)

    @cached_property
    def group_labels(self) -> dict[str, str]:
        """The label of each run's group, by run id."""
        members = self.grouping.members if self.grouping else {}
        return {run: label for label, runs in members.items() for run in runs}

    @cached_property
    def deltas(self) -> dict[str, dict[str, Any]]:
        """How far each run lies from the baseline, by run id: metrics, runtime, system peaks; empty without one."""
        baseline = self.verdict.baseline
        if baseline is None:
            return {}
        return {entry.id: _delta(entry, baseline.entry) for entry in self.entries}

    @property
    def ratios(self) -> dict[str, dict[str, float]]:
        """Of config keys that are amounts, so no seeds: how many times as large as the reference's."""
        amounts = {key: values for key, values in self.differences.items() if not names_repetition(key)}
        return ratios(amounts, self.reference.id)

    @property
    def lost(self) -> tuple[str, ...]:
        """What was asked for and not reached: a baseline that nobody beat, thresholds that no run keeps."""
        found = []
        if self.requirements and not self.eligible:
            found.append(f"no run keeps {' and '.join(map(str, self.requirements))}")
        if self.verdict.baseline is not None and not self.verdict.baseline.beaten_by:
            found.append(f"nobody beat the baseline {self.verdict.baseline.entry.label}")
        return tuple(found)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a run, the best first."""
        import pandas as pd

        return pd.DataFrame(rows_of(self))

    @cached_property
    def code_diffs(self) -> dict[str, str]:
        """What leads from the reference's code to each other run's, as a unified diff, where it is known to differ."""
        if not self.code_differences:
            return {}
        found = {record.id: code_diff(self.reference, record) for record in self.runs if record is not self.reference}
        return {run: text for run, text in found.items() if text}

    @property
    def reference(self) -> RunRecord:
        """The run that others are held against: the baseline, else the best, else the first."""
        chosen = self.verdict.baseline.entry if self.verdict.baseline else self.verdict.best
        return (chosen or self.entries[0]).record

    def show(self, file: IO[str] | None = None) -> None:
        """Print the comparison, by default to standard output: plain where that is no terminal."""
        terminal.show_comparison(reporting.console(file or sys.stdout), self)

    def to_csv(self) -> str:
        """Return the table as CSV."""
        return comparison_csv(self)

    def to_markdown(self) -> str:
        """Return the comparison as Markdown, for a pull request."""
        return comparison_markdown(self)

    def to_html(self, path: str | Path) -> Path:
        """Write the comparison as one page that opens from a disk without a network, and return where it is."""
        return comparison_page(self).save(path)

    def __repr__(self) -> str:
        """Return the verdict in at most a few lines: the entries of thirty runs would be a megabyte."""
        return f"<Comparison of {len(self.entries)} runs by {self.metric}: {shorten(self.verdict.text, _SHOWN)}>"

    def _repr_html_(self) -> str:
        return in_notebook(comparison_page(self).to_html(), "Comparison of runs")

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready data."""
        labels, deltas_ = self.group_labels, self.deltas
        extra = {run: {"delta": delta} for run, delta in deltas_.items()}
        return {
            "schema": SCHEMA,
            "metric": self.metric,
            "metrics": list(self.metrics),
            "runs": [
                {**entry.to_dict(), "in_group": labels.get(entry.id), **extra.get(entry.id, {})}
                for entry in self.entries
            ],
            "differences": self.differences,
            "ratios": self.ratios,
            "data_differences": self.data_differences,
            "code_differences": self.code_differences,
            "code_diffs": self.code_diffs,
            "environment_differences": self.environment_differences,
            "group_by": list(self.grouping.by) if self.grouping else [],
            "groups": [group.to_dict() for group in self.groups],
            "requirements": [str(requirement) for requirement in self.requirements],
            "pareto": [row.to_dict() for row in self.pareto],
            **self.together.to_dict(),
            "verdict": self.verdict.to_dict(),
        }


def _delta(entry: Entry, baseline: Entry) -> dict[str, Any]:
    own, other = entry.record, baseline.record
    runtime = None if own.runtime is None or other.runtime is None else own.runtime - other.runtime
    system = {key: own.system[key] - other.system[key] for key in own.system if key in other.system}
    return {"metrics": deltas(entry.measured, baseline.measured), "runtime": runtime, "system": system}
