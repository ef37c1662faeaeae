"""The report of a partition: what proves it, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from trackexp.diagnosis.engine import examine_all
from trackexp.diagnosis.outcome import Diagnosis
from trackexp.partitioning.evidence import PartitionEvidence, gather, summary
from trackexp.partitioning.page import partition_page
from trackexp.partitioning.rule import partition_rules
from trackexp.record import Finding, Severity
from trackexp.reporting import finding_lines, json_ready, plural
from trackexp.reporting.html import in_notebook
from trackexp.stats import wilson_interval

if TYPE_CHECKING:
    from trackexp.partitioning.result import Partition

SCHEMA = 1
_ACCURACY = 0.9  # at which the widths of intervals are told


@dataclass(frozen=True, eq=False)
class PartitionReport:
    """Findings and tables about a partition; shows itself on a terminal and in a notebook.

    Args:
        evidence: What was counted and tested.
        diagnosis: What the rules say of it.
    """

    evidence: PartitionEvidence
    diagnosis: Diagnosis

    @property
    def partition(self) -> Partition:
        """What it is about."""
        return self.evidence.partition

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, the worst first."""
        return self.diagnosis.findings

    @property
    def clean(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return all(finding.severity is Severity.INFO for finding in self.findings)

    @property
    def parts(self) -> pd.DataFrame:
        """One line a part: rows, share, the half-width of the 95 % interval of a rate of 0.9, rows of each class."""
        lines = []
        for name, rows in self.partition.sizes.items():
            low, high = wilson_interval(round(_ACCURACY * rows), rows)
            lines.append(
                {"part": name, "rows": rows, "share": rows / len(self.partition), "half_width": (high - low) / 2}
            )
        frame = pd.DataFrame(lines, columns=["part", "rows", "share", "half_width"]).set_index("part")
        counts = self.evidence.counts
        return frame if counts is None else frame.join(counts.add_prefix("rows of "))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data, with `schema`, `parts` and `findings`."""
        counts = self.evidence.counts
        classes = (
            {}
            if counts is None
            else {str(part): {str(k): int(v) for k, v in row.items()} for part, row in counts.iterrows()}
        )
        found: Any = json_ready(
            {
                "schema": SCHEMA,
                "digest": self.partition.digest,
                "rules": {key: value for key, value in self.partition.rules.items() if value is not None},
                "parts": [
                    {"name": name, "rows": rows, "classes": classes.get(name, {})}
                    for name, rows in self.partition.sizes.items()
                ],
                "folds": [
                    {"train": len(train), "valid": len(valid)}
                    for train, valid in (self.partition.folds() if self.partition.n_folds else [])
                ],
                "left_out": dict(self.partition.left_out),
                "deviation": self.evidence.deviation,
                "attainable_deviation": self.evidence.attainable,
                "pairs": summary(self.evidence),
                **self.diagnosis.to_dict(),
            }
        )
        return dict(found)

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """Return the report as an HTML page, or write it.

        Raises:
            UsageError: It cannot be written there.
        """
        page = partition_page(self.evidence, self.findings, self.parts)
        return page.to_html() if path is None else page.save(path)

    def log(self, run: Any) -> None:
        """Write digest, rules, sizes and findings into the summary of a run, under `partition`."""
        said = self.to_dict()
        run.summary["partition"] = {key: said[key] for key in ("digest", "parts", "left_out", "findings")}

    def __str__(self) -> str:
        lines = [repr(self.partition)[1:-1]]
        lines += [f"  {plural(count, 'row')} left out: {reason}" for reason, count in self.partition.left_out.items()]
        if self.evidence.deviation is not None and self.evidence.attainable is not None:
            lines.append(f"  deviation {self.evidence.deviation:.3g}, attainable {self.evidence.attainable:.3g}")
        lines += [finding_lines(finding).replace("epoch 0  ", "", 1) for finding in self.findings]
        unclear = [outcome for outcome in self.diagnosis.outcomes if outcome.reason and not outcome.findings]
        lines += [f"  not looked at: {outcome.name} ({outcome.reason})" for outcome in unclear]
        return "\n".join(lines if self.findings else [*lines, "  nothing speaks against it"])

    def _repr_html_(self) -> str:
        return in_notebook(str(self.to_html()), "Report of a partition")


def report_on(partition: Partition) -> PartitionReport:
    """Look at a partition from every side and judge it by the rules."""
    evidence = gather(partition)
    return PartitionReport(evidence, examine_all(partition_rules(), evidence))
