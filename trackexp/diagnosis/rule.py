"""What a rule is: a frozen dataclass whose thresholds are fields, in a file of its own under `rules/<family>/`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, TypeVar

from trackexp.diagnosis.evidence.probes import stale_probes
from trackexp.diagnosis.fit import Fit, Head, fits_of
from trackexp.diagnosis.remedies import Remedy, with_trial
from trackexp.diagnosis.torch_words import in_words_of
from trackexp.record import SCHEMA, Confidence, Finding, RunRecord, Severity

Stability = Literal["preview", "stable"]


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """What a rule yields where it cannot tell: silence would be mistaken for health."""

    reason: str


Subject = TypeVar("Subject", contravariant=True)


@dataclass(frozen=True)
class AnyRule(ABC, Generic[Subject]):
    """One thing that can be wrong with a subject: a run's record, or several runs side by side.

    A new rule is one new file: it is found by being in its place. The module's docstring is its documentation, under
    the headings *How it is detected*, *Why it matters*, *What to do*, *References*; its thresholds are dataclass
    fields, so `dataclasses.replace(rule, min_rows=100)` configures it. A threshold is named for the bound that it sets
    on what fires: `min_rows` is the fewest rows with which the rule fires, `max_updates` the most updates.
    """

    code: ClassVar[str]
    """Stable and never reused; the first digits are the family's."""
    name: ClassVar[str]
    """The bad pattern, never the cure; the file's name with dashes."""
    severity: ClassVar[Severity]
    confidence: ClassVar[Confidence] = Confidence.LIKELY
    """Certain where the facts leave no other explanation: shapes, arguments, counts over all rows."""
    stability: ClassVar[Stability] = "stable"
    """A preview rule runs only when it is selected by its full code or name."""
    explains: ClassVar[tuple[str, ...]] = ()
    """Names of the symptoms that this fault brings about: the engine reports them under it, in the same `fit`."""
    last_resort: ClassVar[bool] = False
    """Says that something is wrong, not what: reported only where no other alarm of the same `fit` says more."""

    @abstractmethod
    def examine(self, subject: Subject, /) -> Iterator[Finding | NotApplicable]:
        """Yield what is wrong, and what could not be told; nothing at all means it passed."""


@dataclass(frozen=True)
class Rule(AnyRule[RunRecord]):
    """A rule over one run, which reads its record alone.

    Subclass `FitRule` when each `fit` is judged by its own facts, `Rule` when the run is judged as a whole.
    """

    requires: ClassVar[tuple[str, ...]] = ()
    """Dotted paths of the facts without which the rule cannot tell, such as `"compile.losses"`."""

    def finding(
        self,
        message: str,
        fix: str,
        *,
        fit: int = 0,
        epoch: int = 0,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
    ) -> Finding:
        """Return a finding that bears this rule's code and name; severity and confidence too where none are given."""
        return Finding(
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            message=message,
            fix=fix,
            fit=fit,
            epoch=epoch,
            confidence=confidence or self.confidence,
        )


@dataclass(frozen=True)
class FitRule(Rule):
    """A rule that judges each `fit` of the run by its facts."""

    advice: ClassVar[Remedy | None] = None
    """What it always advises, where that is one change; a rule whose advice depends on the fit overrides `remedy`."""

    @abstractmethod
    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield what is wrong with one `fit` that has everything the rule `requires`."""

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Check every `fit` of the record that has the facts."""
        if not record.facts:
            yield NotApplicable("the run carries no facts: trackexp did not record its training")
        for fit in fits_of(record):
            lacking = [path for path in self.requires if not fit.has(path)]
            stale = stale_probes(fit)
            if fit.schema > SCHEMA:
                yield NotApplicable(f"facts of schema {fit.schema}, and this version reads up to {SCHEMA}: upgrade")
            elif lacking:
                yield NotApplicable(f"fit {fit.index} has no {' and no '.join(lacking)} among its facts")
            elif stale and any(path.startswith(("probes.layers", "probes.scalars")) for path in self.requires):
                yield NotApplicable(stale)
            else:
                for answer in self.check(fit):
                    yield with_trial(fit, in_words_of(fit, answer)) if isinstance(answer, Finding) else answer

    def remedy(self, fit: Fit) -> Remedy | None:
        """Return what the rule advises for a fit that it names, where that is one change which can be tried on a copy.

        None where it is not, or where the fit has several outputs.
        """
        return self.advice if len(list(fit.heads())) == 1 else None


@dataclass(frozen=True)
class HeadRule(FitRule):
    """A rule that judges each output of each `fit` by its loss, its targets and its end."""

    requires: ClassVar[tuple[str, ...]] = ("compile.losses",)
    losses: ClassVar[frozenset[str]] = frozenset()
    """Keras's own losses that the rule looks at; outputs with another one pass. Empty: it looks at all."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Dotted paths below the head without which it cannot tell, such as `"target.shape"`."""

    @abstractmethod
    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield what is wrong with one output that has everything the rule `needs`."""

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Judge every output whose loss is one that the rule looks at."""
        if fit.own_step:
            yield NotApplicable(f"fit {fit.index}: the model computes its loss in a step of its own")
            return
        for head in fit.heads():
            if self.losses and head.loss_name not in self.losses:
                continue
            lacking = [path for path in self.needs if _absent(head, path)]
            if lacking:
                yield NotApplicable(f"fit {fit.index}: {' and '.join(lacking)}{head.where} could not be seen")
            else:
                yield from self.judge(fit, head)


def _absent(head: Head, path: str) -> bool:
    part, _, key = path.partition(".")
    value = getattr(head, part)
    return (value.get(key) if key else value) is None
