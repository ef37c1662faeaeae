"""Which rules could not look, as lines of text: silence must not be taken for health."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trackexp.reporting.formats import plural, printable

_MOST_LINES = 3  # of all reasons together; JSON has every rule with its own


@dataclass(frozen=True, slots=True)
class Gap:
    """A rule that gave no answer.

    Args:
        reason: Why, as the rule said it for each `fit`.
        crashed: Whether that is a mistake of the rule and not something that the run lacks.
    """

    code: str
    name: str
    reason: str
    crashed: bool = False


def gaps_count(gaps: Sequence[Gap]) -> str:
    """Return how many rules crashed and how many could not look; "" when all answered.

    >>> gaps_count([Gap("TX000", "too-blue", "no pixel was seen"), Gap("TX001", "too-red", "KeyError", crashed=True)])
    '1 rule crashed, 1 rule could not look'
    """
    crashed = sum(gap.crashed for gap in gaps)
    counts = ((crashed, "crashed"), (len(gaps) - crashed, "could not look"))
    return ", ".join(f"{plural(count, 'rule')} {what}" for count, what in counts if count)


def gaps_reasons(gaps: Sequence[Gap]) -> list[str]:
    """Return a line for each reason, crashes first, then the commonest; the rest is counted in the last of three.

    >>> gaps_reasons([Gap("TX000", "too-blue", "fit 0: no pixel was seen; fit 1: no pixel was seen")])
    ['1 rule: no pixel was seen']
    """
    lines = [f"{gap.code} {gap.name} crashed: {printable(gap.reason)}" for gap in gaps if gap.crashed]
    by_reason: dict[str, int] = {}
    for gap in gaps:
        for reason in () if gap.crashed else _reasons(gap.reason):
            by_reason[reason] = by_reason.get(reason, 0) + 1
    ranked = sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))
    lines += [f"{plural(count, 'rule')}: {printable(reason)}" for reason, count in ranked]
    if len(lines) > _MOST_LINES:
        kept = lines[: _MOST_LINES - 1]
        return [*kept, f"… and {plural(len(lines) - len(kept), 'other reason')}: --json has all"]
    return lines


def _reasons(text: str) -> Iterable[str]:
    """Return the reasons of one rule, each once, whichever of the fits it was given for."""

    def each() -> Iterator[str]:
        for reason in text.split("; "):
            yield re.sub(r"^fit \d+ ", "a fit ", re.sub(r"^fit \d+: ", "", reason))

    return dict.fromkeys(each())
