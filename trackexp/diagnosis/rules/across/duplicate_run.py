"""A run that is an earlier run again.

## How it is detected
The whole history of the metric that decides, and of every other metric that both runs have, times left out, is the
same to the last bit; it has at least three different values, so that a run which learns nothing is not taken for
another one. What differs in the settings is named: it had no effect.

## Why it matters
A second copy is no second piece of evidence: with it the spread over seeds looks smaller than it is, and a "tie" means
nothing. Where seed or settings differ, they did not reach the training at all: a config that is logged and not used.

## What to do
Leave the copy out (groups count it once). Where something differs in the config, look where it is read: the seed may
be set after the weights were made, the value may be overwritten.

## References
- Pham et al., Problems and Opportunities in Training Deep Learning Software Systems, ASE 2020: even runs of one seed
  differ, unless everything is set to be deterministic.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field, Member, names
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Confidence, Severity, dotted


@dataclass(frozen=True)
class DuplicateRun(AcrossRule):
    """The same again.

    Args:
        min_values: Least number of different values that a curve must have to be recognised.
    """

    code = "TX955"
    name = "duplicate-run"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN

    min_values: int = 3

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield a finding for each run that others repeat."""
        told = [member for member in field.members if len(set(filter(math.isfinite, member.values))) >= self.min_values]
        if len(told) < 2:
            yield NotApplicable(f"fewer than two runs have {self.min_values} different values of {field.metric}")
        alike: list[list[Member]] = []
        for member in sorted(told, key=_age):
            for known in alike:
                if _same(known[0], member, field.metric):
                    known.append(member)
                    break
            else:
                alike.append([member])
        for first, *copies in (known for known in alike if len(known) > 1):
            yield self._finding(first, copies)

    def _finding(self, first: Member, copies: list[Member]) -> AcrossFinding:
        word = "is a duplicate" if len(copies) == 1 else "are duplicates"
        keys = sorted({key for copy in copies for key in _changed(first, copy)})
        said = f"{names(copies)} {word} of {first.label}: the same values to the last bit"
        if not keys:
            return self.finding(said, "leave the copies out: they are no further evidence", [first, *copies])
        shown = f"{', '.join(keys[:3])}{' …' if len(keys) > 3 else ''}"
        return self.finding(
            f"{said}, although {shown} {'differs' if len(keys) == 1 else 'differ'}: it had no effect",
            f"look where {keys[0]} is read: it does not reach the training",
            [first, *copies],
        )


def _same(first: Member, second: Member, metric: str) -> bool:
    shared = first.curves.keys() & second.curves.keys()
    return metric in shared and all(first.curves[name] == second.curves[name] for name in shared)


def _changed(first: Member, second: Member) -> set[str]:
    one, other = dotted(first.record.settings), dotted(second.record.settings)
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def _age(member: Member) -> tuple[float, str]:
    started = member.record.started_at
    return (started.timestamp() if started else math.inf, member.record.id)
