"""Running the rules, over one record or over several runs: every rule answers, and none of them stops anything."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from traceback import extract_tb
from typing import Any, TypeVar

from trackexp.diagnosis.across import AcrossRule, Field
from trackexp.diagnosis.causes import reported_once
from trackexp.diagnosis.discovery import sorted_and_unique
from trackexp.diagnosis.outcome import Diagnosis, Outcome, Status
from trackexp.diagnosis.policy import DEFAULT_POLICY, Policy, rule_words
from trackexp.diagnosis.project_files import resolve_policy
from trackexp.diagnosis.rule import AnyRule, NotApplicable, Rule
from trackexp.errors import UsageError
from trackexp.record import Finding, RunRecord, worst_first

_LOGGER = logging.getLogger("trackexp")
_Subject = TypeVar("_Subject")


def diagnose(
    record: RunRecord,
    *,
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    rules: Iterable[Rule] | None = None,
    preview: bool = False,
    policy: Policy | None = None,
) -> Diagnosis:
    """Say what is wrong with a run, from its record alone.

    Args:
        record: The run; one that plain wandb recorded is welcome, rules that lack their facts say so.
        select: Run these rules only: codes, names, or beginnings of codes (`"TX1"`); default all stable ones.
        ignore: Leave these out; outranks `select`.
        rules: Other rules than those that ship, for example one with another threshold.
        preview: Also run rules in preview; else only those that are selected by their full code or name.
        policy: Which rules run, with which thresholds. By default what the project's files around the working folder
            say, unless `rules` are given; the policy that a run was recorded under does not count here.

    Symptoms whose cause is found are reported under the cause, and what several fits share once: see `causes`.

    Raises:
        UsageError: `select` or `ignore` names no rule, or two rules share a code.
        ConfigurationError: A project's file is not what it should be.

    >>> from trackexp.record import RunRecord
    >>> diagnosis = diagnose(RunRecord("6tviu1ge"), select="TX101")
    >>> [str(outcome.status) for outcome in diagnosis.outcomes if outcome.code == "TX101"]
    ['not applicable']
    """
    if not isinstance(record, RunRecord):
        raise UsageError(
            f"diagnose({record!r:.80}): expected a RunRecord, not {type(record).__name__}: read_run(...) gives one"
        )
    if rules is None:
        settled = resolve_policy(select=select, ignore=ignore, preview=preview, start=policy)
        return _run_rules(settled.rules(), record, settled)
    given = sorted_and_unique(rules)
    start = DEFAULT_POLICY if policy is None else policy
    words = tuple(rule_words(name, value, given) for name, value in (("select", select), ("ignore", ignore)))
    return _run_rules(given, record, start.narrowed(*words, preview=preview))


def diagnose_across(
    field: Field, rules: Iterable[AcrossRule] | None = None, policy: Policy = DEFAULT_POLICY
) -> Diagnosis:
    """Say what is wrong with several runs together, by the rules of a policy unless others are given."""
    return _run_rules(policy.across_rules() if rules is None else tuple(rules), field, policy)


def findings_of(
    record: RunRecord, diagnosis: Diagnosis | None = None, *, policy: Policy | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with a run by today's rules, and what its own session saw beyond them; the worst first.

    A rule that the reader's policy leaves out is left out of what the session saw, too.

    Args:
        record: The run.
        diagnosis: What `diagnose` said of it, where that is known already.
        policy: The reader's, where the diagnosis is not known; default the project's.
    """
    diagnosis = diagnose(record, policy=policy) if diagnosis is None else diagnosis
    computed = diagnosis.findings
    known = {(finding.code, finding.message) for finding in computed}
    silent = {outcome.code for outcome in diagnosis.outcomes if outcome.status in (Status.EXPLAINED, Status.IGNORED)}
    seen = {(finding.code, finding.fit) for finding in computed}
    stored = [
        finding
        for finding in record.findings
        if finding.code not in silent
        and (finding.code, finding.fit) not in seen
        and (finding.code, finding.message) not in known
    ]
    return worst_first((*computed, *stored))


def examine_all(rules: Iterable[AnyRule[_Subject]], subject: _Subject) -> Diagnosis:
    """Ask every given rule about a subject of its own kind, such as a partition."""
    return _run_rules(rules, subject, DEFAULT_POLICY)


def _run_rules(rules: Iterable[AnyRule[_Subject]], subject: _Subject, policy: Policy) -> Diagnosis:
    """Ask every rule that the policy lets run."""
    rules = tuple(rules)
    return Diagnosis(reported_once((_outcome(rule, subject, policy.reason_to_skip(rule)) for rule in rules), rules))


def _outcome(rule: AnyRule[Any], subject: Any, skipped: str) -> Outcome:
    """Run one rule; whatever it raises becomes its outcome, and what it had found before that is kept."""
    if skipped:
        return Outcome(rule.code, rule.name, Status.IGNORED, skipped)
    findings: list[Finding] = []
    reasons: list[str] = []
    try:
        for answer in rule.examine(subject):
            if isinstance(answer, NotApplicable):
                reasons.append(answer.reason)
            else:
                findings.append(answer)
    except Exception as error:
        _LOGGER.debug("rule %s crashed", rule.code, exc_info=True)
        return Outcome(rule.code, rule.name, Status.CRASHED, _where(error), tuple(findings))
    status = Status.FINDING if findings else Status.NOT_APPLICABLE if reasons else Status.PASSED
    return Outcome(rule.code, rule.name, status, "; ".join(reasons), tuple(findings))


def _where(error: Exception) -> str:
    frame = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
