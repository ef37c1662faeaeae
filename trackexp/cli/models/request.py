"""The command line of `trackexp evaluate`, parsed; imports nothing heavy, because `--help` needs it too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Money:
    """The options that are about money, as they were given.

    Args:
        cost: `fp=MONEY,fn=MONEY`, or the path of a table of costs by true and predicted class.
        units: Units over which the saving is counted.
        baseline: What a unit costs today.
        prevalence: Share of the positive class in production, 0 to 1.
        threshold: The threshold in use, 0 to 1.
        positive: Name of the class that is flagged.
    """

    cost: str | None = None
    units: float | None = None
    baseline: float | None = None
    prevalence: float | None = None
    threshold: float | None = None
    positive: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Parsed command-line request: what to evaluate, on which rows, and how."""

    subject: str
    data: str | None
    labels: Path | None
    part: str | None
    batch_size: int
    constructor: str | None
    trust: bool
    target: str | None
    group: str | None
    scale: float | None
    skip_bad: bool
    money: Money
    categories: Path | None
    fail_if: tuple[str, ...]
    valid: str | None = None
    imports: tuple[str, ...] = ()
    encoding: str | None = None
    max_batches: int | None = None
