"""Thresholds, held against the bad end of a number's interval rather than against the number."""

from __future__ import annotations

from trackexp.record.query import Threshold, parse_threshold
from trackexp.registry.candidate import Asked, Candidate, Champion, Evidence
from trackexp.registry.event import GateResult


def check_thresholds(candidate: Candidate, champion: Champion | None, asked: Asked) -> GateResult:
    """Hold each threshold against the interval's end that is worse for it.

    Raises:
        UsageError: A threshold does not parse, or names what the evaluation does not have.
    """
    del champion
    parsed = [parse_threshold(text, "--require ", "log_loss < 0.3") for text in asked.require]
    if not parsed:
        return GateResult("thresholds", "passed", "none were asked for")
    if candidate.evidence is None:
        return GateResult("thresholds", "cannot tell", "there is no evaluation to hold them against")
    told = [_held(candidate.evidence, threshold) for threshold in parsed]
    failed = [text for held, text in told if not held]
    evidence = {"thresholds": list(asked.require)}
    if failed:
        return GateResult("thresholds", "failed", "; ".join(failed), evidence)
    return GateResult("thresholds", "passed", "; ".join(text for _, text in told), evidence)


def _held(evidence: Evidence, threshold: Threshold) -> tuple[bool, str]:
    """Return whether a threshold holds, and what was seen."""
    value = threshold.value_in(evidence.rows.numbers, "--require: the evaluation has no number")
    name = threshold.name
    if value is None:
        return False, f"{name} is undefined here, so {threshold} cannot be shown"
    low, high = evidence.rows.intervals.get(name, (value, value))
    held = threshold.holds({"<": high, "<=": high, ">": low, ">=": low}.get(threshold.sign, value))
    seen = f"{name} is {value:.4g}" + (f" ({low:.4g} to {high:.4g})" if low != high else "")
    return held, f"{seen}: {'holds' if held else 'misses'} {threshold}"
