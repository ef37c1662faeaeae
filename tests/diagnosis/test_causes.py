from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis import Fit, FitRule, NotApplicable, Status, diagnose
from trackexp.record import Finding, Severity
from trackexp.testing import make_record


@dataclass(frozen=True)
class Symptom(FitRule):
    """Seen in every fit."""

    code = "TX911"
    name = "symptom"
    severity = Severity.WARNING

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield one finding."""
        yield self.finding("the same words", "look", fit=fit.index)


@dataclass(frozen=True)
class Cause(FitRule):
    """Found in every fit whose facts have a batch size."""

    code = "TX912"
    name = "cause"
    severity = Severity.ERROR
    explains = ("symptom",)
    requires = ("fit.batch_size",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield one finding."""
        yield self.finding(f"fit {fit.index}", "mend", fit=fit.index)


@dataclass(frozen=True)
class Remark(Cause):
    """The same as mere info."""

    code = "TX913"
    name = "remark"
    severity = Severity.INFO


def test_a_symptom_is_reported_under_its_cause():
    """The cause alone is a finding, and the symptom's outcome says what explains it."""
    diagnosis = diagnose(make_record(facts={"fit": {"batch_size": 8}}), rules=[Symptom(), Cause()])

    assert ["cause"] == [finding.name for finding in diagnosis.findings]
    assert (Status.EXPLAINED, "fit 0: explained by TX912 cause") == (
        diagnosis.outcomes[0].status,
        diagnosis.outcomes[0].reason,
    )


def test_a_cause_in_another_fit_explains_nothing():
    """Causes and symptoms are matched fit by fit."""
    diagnosis = diagnose(make_record(facts=[{"fit": {"batch_size": 8}}, {}]), rules=[Symptom(), Cause()])

    assert [("cause", 0), ("symptom", 1)] == [(finding.name, finding.fit) for finding in diagnosis.findings]


def test_an_alarm_is_not_hidden_behind_a_remark():
    """Info explains no warning."""
    diagnosis = diagnose(make_record(facts={"fit": {"batch_size": 8}}), rules=[Symptom(), Remark()])

    assert ["symptom", "remark"] == [finding.name for finding in diagnosis.findings]


def test_what_later_fits_repeat_is_told_once():
    """A loop over `fit` tells it of the first one; what differs is told again."""
    record = make_record(facts=[{"fit": {"batch_size": 8}}] * 3)

    assert [0] == [finding.fit for finding in diagnose(record, rules=[Symptom()]).findings]
    assert [0, 1, 2] == [finding.fit for finding in diagnose(record, rules=[Cause()]).findings]


@dataclass(frozen=True)
class LastResort(Symptom):
    """Says that something is wrong, not what."""

    code = "TX914"
    name = "last-resort"
    last_resort = True


def test_a_rule_of_last_resort_gives_way_to_every_other_alarm():
    """It is heard where nothing else is, and is explained by an alarm that knows nothing of it."""
    record = make_record(facts={"fit": {}})
    alone = diagnose(record, rules=[LastResort()])
    beside = diagnose(record, rules=[LastResort(), Symptom()])

    assert ["last-resort"] == [finding.name for finding in alone.findings]
    assert ["symptom"] == [finding.name for finding in beside.findings]
    assert Status.EXPLAINED == next(outcome.status for outcome in beside.outcomes if outcome.code == "TX914")
