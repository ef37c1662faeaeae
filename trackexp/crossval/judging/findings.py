"""What is wrong with a cross-validation: the findings of its folds' runs, each once, and those of all runs together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trackexp.diagnosis import findings_of as findings_of_run
from trackexp.record import Finding
from trackexp.reporting import plural

if TYPE_CHECKING:
    from trackexp.crossval.result import CrossValidation

_OF_GROUPS = ("seeds-outweigh-configs",)  # said by the table itself: settings are tied


def findings_of(result: CrossValidation) -> tuple[Finding, ...]:
    """Return the findings, the worst first; one that several folds have is one, with their number."""
    records = result.records
    own = [found for record in records for found in findings_of_run(record)]
    together = [one for one in result.comparison.findings if one.name not in _OF_GROUPS] if len(records) > 1 else []
    by_rule: dict[tuple[str, str], list[Finding]] = {}
    for finding in own:
        by_rule.setdefault((finding.code, str(finding.severity)), []).append(finding)
    merged = [
        replace(alike[0], message=f"{alike[0].message} ({plural(len(alike), 'fold')} of {len(records)})")
        for alike in by_rule.values()
    ]
    return tuple(sorted([*merged, *together], key=lambda finding: (finding.severity.rank, finding.code)))
