"""Rules over several runs, and the runs of a comparison as these rules see them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trackexp.diagnosis.rule import AnyRule
from trackexp.record import BestValue, Finding, RunRecord, Severity

_MOST_NAMES = 6  # runs named in a sentence


@dataclass(frozen=True, slots=True)
class Member:
    """One run; what it does not say is None.

    Args:
        label: What it is called in texts.
        best: Of the metric that decides.
        settings: The config, dotted, without seed, fold and repetition.
        repetition: Its seed, fold and repetition; empty where it does not say.
        trained_on: Hash of the arrays that it was trained on.
        data: What else it says of its training data, by name, for messages.
        definition: The function that its metric was computed by.
        code: What makes two runs' code the same.
        code_text: The same for messages.
        compared: Whether its number was compared with others.
        values: The history of the metric that decides, by epoch; empty where there is none.
        curves: Bytes of every metric's history, by name.
    """

    record: RunRecord
    label: str
    best: BestValue | None = None
    findings: tuple[Finding, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    repetition: Hashable = ()
    trained_on: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    definition: str | None = None
    code: Hashable | None = None
    code_text: str = ""
    compared: bool = True
    values: Sequence[float] = ()
    curves: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """The runs of a comparison.

    Args:
        members: In the order given.
        metric: The one that decides.
        groups: The metric of each run that counts, by the label of the group of runs that repeat each other.
        best: The run to believe; None when there is none.
    """

    members: tuple[Member, ...]
    metric: str
    groups: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    best: Member | None = None

    @property
    def compared(self) -> tuple[Member, ...]:
        """Those whose numbers were compared."""
        return tuple(member for member in self.members if member.compared)

    def alike(self) -> Iterator[tuple[Member, ...]]:
        """Yield the members that ought to have the same data: all, or those of one seed and fold where runs repeat."""
        if not self.groups:
            yield self.members
            return
        parts: dict[Hashable, list[Member]] = {}
        for member in self.members:
            parts.setdefault(member.repetition, []).append(member)
        yield from map(tuple, parts.values())


def names(members: Sequence[Member]) -> str:
    """Return the runs by name, for a message.

    >>> names([Member(RunRecord("a"), "one"), Member(RunRecord("b"), "two")])
    'one and two'
    """
    labels = [member.label for member in members]
    if len(labels) > _MOST_NAMES:
        return f"{', '.join(labels[: _MOST_NAMES - 1])} and {len(labels) - _MOST_NAMES + 1} others"
    return " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1])))


@dataclass(frozen=True, slots=True)
class AcrossFinding(Finding):
    """One thing that is wrong with several runs together.

    Args:
        runs: Ids of the runs that it is about.
    """

    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class AcrossRule(AnyRule[Field]):
    """A rule over the runs of a comparison, which reads their records alone."""

    def finding(
        self, message: str, fix: str, runs: Sequence[Member], *, severity: Severity | None = None
    ) -> AcrossFinding:
        """Return a finding that bears this rule's code and name, and its severity where none is given."""
        ids = tuple(member.record.id for member in runs)
        return AcrossFinding(
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            message=message,
            fix=fix,
            confidence=self.confidence,
            runs=ids,
        )
