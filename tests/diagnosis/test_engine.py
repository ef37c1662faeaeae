from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from trackexp.diagnosis import Diagnosis, Fit, FitRule, NotApplicable, Rule, Status, all_rules, diagnose, findings_of
from trackexp.errors import UsageError
from trackexp.record import Finding, RunRecord, Severity
from trackexp.testing import make_record


@dataclass(frozen=True)
class Talkative(Rule):
    """Warns of every run."""

    code = "TX901"
    name = "talkative"
    severity = Severity.WARNING

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Yield one finding."""
        yield self.finding(f"{record.id} is here", "go on")


@dataclass(frozen=True)
class Broken(Rule):
    """Finds something, then fails."""

    code = "TX902"
    name = "broken"
    severity = Severity.ERROR

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Yield one finding and raise."""
        yield self.finding("seen before the crash", "mend the rule")
        raise ZeroDivisionError("no luck")


@dataclass(frozen=True)
class Early(Talkative):
    """Not stable yet."""

    code = "TX903"
    name = "early"
    stability = "preview"


@dataclass(frozen=True)
class PerFit(FitRule):
    """Reports the index of every fit with a batch size."""

    code = "TX904"
    name = "per-fit"
    severity = Severity.INFO
    requires = ("fit.batch_size",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield one finding."""
        yield self.finding(f"batches of {fit.facts['fit']['batch_size']}", "nothing", fit=fit.index)


def statuses(diagnosis: Diagnosis) -> dict[str, Status]:
    """Return how each rule did, by code."""
    return {outcome.code: outcome.status for outcome in diagnosis.outcomes}


def test_a_rule_that_crashes_is_an_outcome_and_stops_no_other():
    """The exception and its place are told, what was found before it is kept, and the next rule runs."""
    diagnosis = diagnose(make_record("aaa"), rules=[Broken(), Talkative()])

    assert {"TX901": Status.FINDING, "TX902": Status.CRASHED} == statuses(diagnosis)
    assert diagnosis.outcomes[1].reason.startswith("ZeroDivisionError: no luck (test_engine.py:")
    assert ["seen before the crash", "aaa is here"] == [finding.message for finding in diagnosis.findings]


@pytest.mark.parametrize("entry", [{"schema": 1, "earlier_fits": 7}, {"schema": 1, "compile": "adam"}])
def test_facts_that_are_not_what_they_should_be_raise_nothing(entry: dict[str, object]):
    """A record from elsewhere may hold anything under our key."""
    diagnosis = diagnose(RunRecord("aaa", config={"trackexp": entry}))

    assert () == diagnosis.findings
    assert {Status.CRASHED, Status.NOT_APPLICABLE} >= set(statuses(diagnosis).values())


def test_facts_of_a_later_schema_are_not_read():
    """They may mean something else, and the reason says to upgrade."""
    record = make_record(facts={"schema": 2, "fit": {"batch_size": 8}})
    (outcome,) = diagnose(record, rules=[PerFit()]).outcomes

    assert Status.NOT_APPLICABLE == outcome.status
    assert "facts of schema 2, and this version reads up to 1: upgrade" == outcome.reason


def test_every_fit_of_the_run_is_examined():
    """A fit that lacks the facts is named beside the findings of those that have them."""
    record = make_record(facts=[{"fit": {"batch_size": 8}}, {}, {"fit": {"batch_size": 4}}])
    (outcome,) = diagnose(record, rules=[PerFit()]).outcomes

    assert [0, 2] == [finding.fit for finding in outcome.findings]
    assert "fit 1 has no fit.batch_size among its facts" == outcome.reason


@pytest.mark.parametrize(
    ("select", "status"),
    [(None, Status.IGNORED), ("TX9", Status.IGNORED), ("TX903", Status.FINDING), ("early", Status.FINDING)],
)
def test_a_preview_rule_runs_only_when_it_is_named(select: str | None, status: Status):
    """Neither the default nor a prefix turns it on."""
    assert {"TX903": status} == statuses(diagnose(make_record(), select=select, rules=[Early()]))


def test_two_rules_of_one_code_are_refused():
    """The message names both."""
    with pytest.raises(UsageError, match=r"two rules are called 'TX901': .*Talkative and .*Talkative"):
        diagnose(make_record(), rules=[Talkative(), Talkative()])


def test_the_worst_comes_first():
    """Findings are ordered by severity before code."""
    record = make_record(facts={"fit": {"batch_size": 8}})
    found = diagnose(record, rules=[PerFit(), Talkative(), Broken()]).findings

    assert ["TX902", "TX901", "TX904"] == [finding.code for finding in found]


def test_a_diagnosis_is_json_ready(faulty: RunRecord):
    """Findings and outcomes, each with plain values."""
    data = diagnose(faulty, rules=[rule for rule in all_rules() if rule.code == "TX101"]).to_dict()

    assert ["TX101"] == [finding["code"] for finding in data["findings"]]
    assert [{"code": "TX101", "name": "bce-on-categorical", "status": "finding", "reason": ""}] == data["outcomes"]


def test_findings_of_the_live_session_are_kept_and_not_doubled(faulty: RunRecord):
    """What the session alone could see stays; what today's rules find again is told once."""
    live = Finding("TX999", "seen-live", Severity.WARNING, "seen while it ran", "look")
    again = diagnose(faulty).findings[0]
    record = make_record(facts=faulty.config["trackexp"], findings=[live, again])

    assert ["TX101", "TX999"] == [finding.code for finding in findings_of(record)]
