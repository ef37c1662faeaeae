"""One fault, one finding: causes outrank the symptoms that they explain, and later fits repeat nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from trackexp.diagnosis.outcome import Outcome, Status
from trackexp.diagnosis.rule import AnyRule
from trackexp.record import Finding


def reported_once(outcomes: Iterable[Outcome], rules: Iterable[AnyRule[Any]]) -> tuple[Outcome, ...]:
    """Return the outcomes without findings that another one explains, and without repetitions in later fits.

    A rule names its symptoms in `explains`. A symptom is left out where its cause is found in the same `fit`, unless
    the cause is mere info and the symptom is not: an alarm is never hidden behind a remark. A rule of last resort is a
    symptom of every other alarm. The same code with the
    same message is told of the first `fit` alone, for a loop over `fit` would tell it a hundred times.
    """
    outcomes = tuple(outcomes)
    rules = tuple(rules)
    symptoms = {rule.code: rule.explains for rule in rules}
    found = sorted((f for outcome in outcomes for f in outcome.findings), key=lambda finding: finding.fit)
    causes: dict[tuple[str, int], list[Finding]] = {}
    first: dict[tuple[str, str], int] = {}
    for finding in found:
        for name in symptoms[finding.code]:
            causes.setdefault((name, finding.fit), []).append(finding)
    last_resorts = {rule.code: rule.name for rule in rules if rule.last_resort}
    for finding in found:
        if finding.severity.is_alarm and finding.code not in last_resorts and _cause(finding, causes) is None:
            for name in last_resorts.values():
                causes.setdefault((name, finding.fit), []).append(finding)
    for finding in found:
        if _cause(finding, causes) is None:
            first.setdefault((finding.code, finding.message), finding.fit)
    return tuple(_reduced(outcome, causes, first) for outcome in outcomes)


def _reduced(
    outcome: Outcome, causes: Mapping[tuple[str, int], list[Finding]], first: Mapping[tuple[str, str], int]
) -> Outcome:
    kept, reasons = [], []
    for finding in outcome.findings:
        cause = _cause(finding, causes)
        if cause is not None:
            reasons.append(f"fit {finding.fit}: explained by {cause.code} {cause.name}")
        elif first[finding.code, finding.message] == finding.fit:
            kept.append(finding)
    if kept == list(outcome.findings):
        return outcome
    status = Status.EXPLAINED if outcome.status is Status.FINDING and not kept else outcome.status
    reason = "; ".join(part for part in (outcome.reason, *reasons) if part)
    return replace(outcome, status=status, reason=reason, findings=tuple(kept))


def _cause(finding: Finding, causes: Mapping[tuple[str, int], list[Finding]]) -> Finding | None:
    weighty = [
        c for c in causes.get((finding.name, finding.fit), []) if c.severity.is_alarm or not finding.severity.is_alarm
    ]
    return weighty[0] if weighty else None
