"""The gates that stand between a version and an alias, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Mapping

from trackexp.registry.candidate import Gate
from trackexp.registry.gates.champion import check_champion
from trackexp.registry.gates.disjoint import check_disjoint
from trackexp.registry.gates.evaluated import check_evaluated
from trackexp.registry.gates.findings import check_findings
from trackexp.registry.gates.holdout import check_holdout
from trackexp.registry.gates.reloads import check_reloads
from trackexp.registry.gates.thresholds import check_thresholds

__all__ = ["GATES"]

GATES: Mapping[str, Gate] = {
    "findings": check_findings,
    "reloads": check_reloads,
    "evaluated": check_evaluated,
    "thresholds": check_thresholds,
    "champion": check_champion,
    "disjoint": check_disjoint,
    "holdout": check_holdout,
}
