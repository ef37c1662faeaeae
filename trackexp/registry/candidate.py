"""What the gates look at: the version that is to be promoted, its evidence, and what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from trackexp.record import Finding, RunRecord
from trackexp.record.row_outcomes import RowOutcomes
from trackexp.registry.event import GateResult, Version


@dataclass(frozen=True)
class Evidence:
    """One evaluation of a version.

    Args:
        rows: What it answered on every row, with the numbers of the evaluation.
        run: Id of the evaluation's run; "" where there is none.
        data: Where the rows lay, as it was given.
    """

    rows: RowOutcomes
    run: str = ""
    data: str = ""


@dataclass(frozen=True)
class Candidate:
    """The version that is to be promoted.

    Args:
        record: Of the run that trained it.
        model: The model file on this disk.
        version: Its identity.
        findings: What `diagnose` says of the run now.
        evidence: The evaluation that is to decide; None where there is none.
        training_sketch: Of the rows it was trained on, as `RowSketch.to_dict` gives it; None where none was kept.
    """

    record: RunRecord
    model: Path
    version: Version
    findings: tuple[Finding, ...] = ()
    evidence: Evidence | None = None
    training_sketch: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Champion:
    """The version that holds the alias now.

    Args:
        evidence: Its answers on the same rows; None where they could not be had, for the reason in `why_not`.
    """

    version: Version
    evidence: Evidence | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever promotes demands.

    Args:
        require: Thresholds such as `"log_loss < 0.3"`.
        margin: How much worse than the champion is good enough, in the score's unit; None: it must be better.
        waive: Reasons by the names of gates that are to let pass what they would block.
        looks: How often these rows have judged versions of this model before.
    """

    require: tuple[str, ...] = ()
    margin: float | None = None
    waive: Mapping[str, str] = field(default_factory=dict)
    looks: int = 0


class Gate(Protocol):
    """One question that a version must answer before an alias may point at it."""

    def __call__(self, candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
        """Return what was seen; a gate never raises for what it cannot tell."""
        ...
