"""Code that differs where the config says that next to nothing does.

## How it is detected
Of two runs whose commit and uncommitted changes are known, one of them the best run, the code differs while the
configs differ in at most three keys (seed, fold and repetition do not count): whoever reads the comparison sees "only
lr changed". Where more keys differ, a change of the code is to be expected.

## Why it matters
The difference is put down to the setting, and may come from an edit that nobody remembers.

## What to do
`trackexp diff RUN RUN --code` shows the lines; run the older setting again on today's code.

## References
- Pineau et al., Improving Reproducibility in Machine Learning Research, JMLR 22 (2021).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field, Member, names
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class OtherCode(AcrossRule):
    """Not only the learning rate.

    Args:
        max_changed_keys: In how many settings the runs may differ at most.
    """

    code = "TX956"
    name = "other-code"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN

    max_changed_keys: int = 3

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield one finding for the runs whose code is not that of the best run; of the first where none is."""
        known = [member for member in field.members if member.code is not None]
        reference = field.best if field.best in known else next(iter(known), None)
        if reference is None or len(known) < 2:
            yield NotApplicable("fewer than two runs say which code they ran, uncommitted changes included")
            return
        changed = {member.record.id: _changed(reference, member) for member in known}
        others = [
            member
            for member in known
            if member.code != reference.code and len(changed[member.record.id]) <= self.max_changed_keys
        ]
        if others:
            keys = sorted({key for member in others for key in changed[member.record.id]})
            said = f"only {', '.join(keys)} differ{'s' * (len(keys) == 1)}" if keys else "nothing differs"
            texts = f"{reference.code_text} in {reference.label}, {others[0].code_text} in {others[0].label}"
            yield self.finding(
                f"{said} in the config of {names([reference, *others])}, and the code does too: {texts}",
                f"trackexp diff {reference.record.id} {others[0].record.id} --code shows the lines",
                [reference, *others],
            )


def _changed(first: Member, second: Member) -> set[str]:
    keys = first.settings.keys() | second.settings.keys()
    return {key for key in keys if first.settings.get(key) != second.settings.get(key)}
