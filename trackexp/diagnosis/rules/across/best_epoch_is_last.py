"""Runs that were still improving when they ended.

## How it is detected
Of a run with at least 5 epochs that has ended, the best value of the metric that decides is its last one, and the last
fifth of its epochs brought at least 5 % of all that the run ever gained: a curve that has flattened out gains less, a
straight one gains 20 %. It is a warning where such a run lies behind the best by no more than it gained in that last
fifth (as many epochs again could turn the order round), else info.

## Why it matters
The order of the runs is then one of their training budgets: whoever was stopped earlier, or learns more slowly, loses.

## What to do
Train on, with early stopping, until the validation metric no longer improves; or say that the budget was part of the
question.

## References
- Prechelt, Early Stopping: But When?, in Neural Networks: Tricks of the Trade, 1998.
- Dodge et al., Show Your Work, EMNLP 2019: the order of models depends on the budget.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field, Member, names
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Severity, State


@dataclass(frozen=True)
class BestEpochIsLast(AcrossRule):
    """Stopped on the way.

    Args:
        min_epochs: Least number of values that a curve must have.
        tail_share: Which share of the epochs, at the end, is looked at.
        min_gain_share: Least share of the whole gain that must have come in that part.
    """

    code = "TX953"
    name = "best-epoch-is-last"
    severity = Severity.INFO

    min_epochs: int = 5
    tail_share: float = 0.2
    min_gain_share: float = 0.05

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield one finding for all runs that were still improving."""
        seen = [member for member in field.compared if self._readable(member)]
        if not seen:
            yield NotApplicable(f"no run that was compared has {self.min_epochs} values of {field.metric}")
        gains = {member.record.id: self._late_gain(member) for member in seen}
        improving = [member for member in seen if gains[member.record.id] is not None]
        if not improving:
            return
        could_win = [member for member in improving if _behind(member, field) <= (gains[member.record.id] or 0.0)]
        said = f"the best {field.metric} of {names(improving)} is the last one, and was still improving"
        if could_win:
            said += f"; as many epochs again could bring {names(could_win)} before the best"
        yield self.finding(
            said,
            "train on until the validation metric no longer improves (EarlyStopping), then compare",
            improving,
            severity=Severity.WARNING if could_win else None,
        )

    def _readable(self, member: Member) -> bool:
        finite = sum(map(math.isfinite, member.values))
        return finite >= self.min_epochs and member.best is not None and member.record.state is not State.RUNNING

    def _late_gain(self, member: Member) -> float | None:
        """Return what the end of the curve brought, where the best value is the last and that was much; else None."""
        values = [value for value in member.values if math.isfinite(value)]
        sign = -1.0 if member.best is not None and member.best.direction == "min" else 1.0
        merits = [sign * value for value in values]
        if max(merits[:-1]) >= merits[-1]:
            return None
        before = len(merits) - max(1, round(self.tail_share * len(merits)))
        gain, whole = merits[-1] - max(merits[:before]), merits[-1] - merits[0]
        return gain if whole > 0 and gain >= self.min_gain_share * whole else None


def _behind(member: Member, field: Field) -> float:
    """Return how far a run lies behind the best; infinite for the best itself."""
    if field.best is None or member is field.best or member.best is None or field.best.best is None:
        return math.inf
    return abs(member.best.value - field.best.best.value)
