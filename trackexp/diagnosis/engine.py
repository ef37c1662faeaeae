"""Running the rules over a record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from traceback import extract_tb

from trackexp.diagnosis.causes import reported_once
from trackexp.diagnosis.discovery import all_rules, sorted_and_unique
from trackexp.diagnosis.outcome import Diagnosis, Outcome, Status, worst_first
from trackexp.diagnosis.rule import NotApplicable, Rule
from trackexp.diagnosis.selection import selection
from trackexp.record import Finding, RunRecord

_LOGGER = logging.getLogger("trackexp")


def diagnose(
    record: RunRecord,
    *,
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    rules: Iterable[Rule] | None = None,
    preview: bool = False,
) -> Diagnosis:
    """Say what is wrong with a run, from its record alone.

    Args:
        record: The run; one that plain wandb recorded is welcome, rules that lack their facts say so.
        select: Run these rules only: codes, names, or beginnings of codes (`"TX1"`); default all stable ones.
        ignore: Leave these out; outranks `select`.
        rules: Other rules than those that ship, for example one with another threshold.
        preview: Also run rules in preview; else only those that are selected by their full code or name.

    Symptoms whose cause is found are reported under the cause, and what several fits share once: see `causes`.

    Raises:
        UsageError: `select` or `ignore` names no rule, or two rules share a code.

    >>> from trackexp.record import RunRecord
    >>> diagnosis = diagnose(RunRecord("6tviu1ge"), select="TX101")
    >>> [str(outcome.status) for outcome in diagnosis.outcomes if outcome.code == "TX101"]
    ['not applicable']
    """
    candidates = all_rules() if rules is None else sorted_and_unique(rules)
    chosen = selection(select, ignore, candidates, preview=preview)
    outcomes = []
    for rule in candidates:
        reason = chosen.reason_to_skip(rule)
        skipped = Outcome(rule.code, rule.name, Status.IGNORED, reason)
        outcomes.append(skipped if reason else outcome_of(rule.code, rule.name, partial(rule.examine, record)))
    return Diagnosis(reported_once(outcomes, candidates))


def findings_of(record: RunRecord, diagnosis: Diagnosis | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a run by today's rules, and what its own session saw beyond them; the worst first.

    Args:
        record: The run.
        diagnosis: What `diagnose` said of it, where that is known already.
    """
    diagnosis = diagnose(record) if diagnosis is None else diagnosis
    computed = diagnosis.findings
    known = {(finding.code, finding.message) for finding in computed}
    explained = {outcome.code for outcome in diagnosis.outcomes if outcome.status is Status.EXPLAINED}
    seen = {(finding.code, finding.fit) for finding in computed}
    stored = [
        finding
        for finding in record.findings
        if finding.code not in explained
        and (finding.code, finding.fit) not in seen
        and (finding.code, finding.message) not in known
    ]
    return worst_first((*computed, *stored))


def outcome_of(code: str, name: str, examine: Callable[[], Iterable[Finding | NotApplicable]]) -> Outcome:
    """Run one rule; whatever it raises becomes its outcome, and what it had found before that is kept.

    Args:
        code: The rule's.
        name: The rule's.
        examine: Gives its answers, on whatever it looks at.
    """
    findings: list[Finding] = []
    reasons: list[str] = []
    try:
        for answer in examine():
            if isinstance(answer, NotApplicable):
                reasons.append(answer.reason)
            else:
                findings.append(answer)
    except Exception as error:
        _LOGGER.debug("rule %s crashed", code, exc_info=True)
        return Outcome(code, name, Status.CRASHED, _where(error), tuple(findings))
    status = Status.FINDING if findings else Status.NOT_APPLICABLE if reasons else Status.PASSED
    return Outcome(code, name, status, "; ".join(reasons), tuple(findings))


def _where(error: Exception) -> str:
    frame = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
