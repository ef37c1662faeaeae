"""The numbers that were asked for, held by the bad end of their intervals rather than by the point."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable

from trackexp.errors import UsageError, nearest
from trackexp.registry.candidate import Asked, Candidate, Champion, Evidence
from trackexp.registry.event import GateResult

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_FORM = re.compile(r"\s*([\w@./-]+?)\s*(<=|>=|==|!=|<|>)\s*([-+\w.]+)\s*")


def check_thresholds(candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    """Hold each threshold against the interval's end that is worse for it.

    Raises:
        UsageError: A threshold does not parse, or names what the evaluation does not have.
    """
    del champion
    parsed = [_parsed(text) for text in asked.require]
    if not parsed:
        return GateResult("thresholds", "passed", "none were asked for")
    if candidate.evidence is None:
        return GateResult("thresholds", "cannot tell", "there is no evaluation to hold them against")
    told = [_held(candidate.evidence, *threshold) for threshold in parsed]
    failed = [text for held, text in told if not held]
    evidence = {"thresholds": list(asked.require)}
    if failed:
        return GateResult("thresholds", "failed", "; ".join(failed), evidence)
    return GateResult("thresholds", "passed", "; ".join(text for _, text in told), evidence)


def _parsed(text: str) -> tuple[str, str, float]:
    match = _FORM.fullmatch(text)
    try:
        limit = float(match[3]) if match else math.nan
    except ValueError:
        limit = math.nan
    if match is None or math.isnan(limit):
        raise UsageError(f"--require {text!r}: expected a number's name, a sign and a limit, such as 'log_loss < 0.3'.")
    return match[1], match[2], limit


def _held(evidence: Evidence, name: str, sign: str, limit: float) -> tuple[bool, str]:
    """Return whether a threshold holds, and what was seen."""
    value = evidence.rows.numbers.get(name)
    if not isinstance(value, int | float | None) or name not in evidence.rows.numbers:
        known = [key for key, one in evidence.rows.numbers.items() if isinstance(one, int | float)]
        raise UsageError(
            f"--require: the evaluation has no number {name!r}{nearest(name, known)}; it has {', '.join(known)}."
        )
    if value is None or math.isnan(value):
        return False, f"{name} is undefined here, so {name} {sign} {limit:g} cannot be shown"
    low, high = evidence.rows.intervals.get(name, (value, value))
    worst = {"<": high, "<=": high, ">": low, ">=": low}.get(sign, float(value))
    held = _COMPARE[sign](worst, limit)
    seen = f"{name} is {value:.4g}" + (f" ({low:.4g} to {high:.4g})" if low != high else "")
    return held, f"{seen}: {'holds' if held else 'misses'} {name} {sign} {limit:g}"
