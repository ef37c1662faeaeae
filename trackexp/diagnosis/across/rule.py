"""What a rule over several runs is: a frozen dataclass in a file of its own under `across/rules/`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from trackexp.diagnosis.across.field import Field, Member
from trackexp.diagnosis.rule import NotApplicable, Stability
from trackexp.record import Finding, Severity


@dataclass(frozen=True, slots=True)
class AcrossFinding(Finding):
    """One thing that is wrong with several runs together.

    Args:
        runs: Ids of the runs that it is about.
    """

    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class AcrossRule(ABC):
    """One thing that can be wrong with runs that are compared, looked for in their records alone.

    As with the rules over one run, a new rule is one new file, and the module's docstring its documentation.
    """

    code: ClassVar[str]
    """Stable and never reused: TX95 and a digit."""
    name: ClassVar[str]
    """The bad pattern, never the cure; the file's name with dashes."""
    severity: ClassVar[Severity]
    stability: ClassVar[Stability] = "stable"

    @abstractmethod
    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield what is wrong with the runs together, and what could not be told; nothing at all means it passed."""

    def finding(
        self, message: str, fix: str, runs: Sequence[Member], *, severity: Severity | None = None
    ) -> AcrossFinding:
        """Return a finding that bears this rule's code and name, and its severity where none is given."""
        ids = tuple(member.record.id for member in runs)
        return AcrossFinding(self.code, self.name, severity or self.severity, message, fix, runs=ids)
