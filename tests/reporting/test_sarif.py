from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from trackexp.record import Confidence, Finding, Severity
from trackexp.reporting.sarif import SarifRule, SarifSubject, sarif_log

RULES = [
    SarifRule("TX101", "bce-on-categorical", Severity.ERROR, "Binary crossentropy on exclusive classes.", "# TX101"),
    SarifRule("TX001", "overfitting", Severity.WARNING, "A rising validation loss.", "# TX001"),
    SarifRule("TX953", "best-epoch-is-last", Severity.INFO, "Still improving.", "# TX953"),
]
ERROR = Finding("TX101", "bce-on-categorical", Severity.ERROR, "10 classes", "use cce", confidence=Confidence.CERTAIN)
WARNING = Finding("TX001", "overfitting", Severity.WARNING, "val/loss rose", "stop earlier", fit=1, epoch=7)


def valid(log: dict[str, object]) -> dict[str, object]:
    """Return a log that OASIS's schema accepts, as the models made from it say; they forbid unknown fields."""
    Sarif.model_validate(json.loads(json.dumps(log)))
    return log["runs"][0]  # type: ignore[index]


def test_a_finding_is_a_result_at_the_line_that_was_named():
    """With its rule, level, message and fix."""
    run = valid(sarif_log([SarifSubject("train", PurePosixPath("src/train.py"), (ERROR,), line=12)], RULES, "1.2.3"))
    result = run["results"][0]

    assert ("TX101", 0, "error") == (result["ruleId"], result["ruleIndex"], result["level"])
    assert "10 classes. To do: use cce" == result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert ("src/train.py", 12) == (place["artifactLocation"]["uri"], place["region"]["startLine"])
    assert ["TX101"] == [rule["id"] for rule in run["tool"]["driver"]["rules"]]


@pytest.mark.parametrize(("severity", "level"), [("error", "error"), ("warning", "warning"), ("info", "note")])
def test_severities_have_sarifs_names(severity: str, level: str):
    """`info` is `note`."""
    finding = Finding("TX999", "x", Severity(severity), "m", "f")

    assert level == valid(sarif_log([SarifSubject("a", Path("a.py"), (finding,))], [], "1"))["results"][0]["level"]


def test_a_fingerprint_stays_when_the_line_moves():
    """So that a viewer knows the finding again."""
    near, far = (SarifSubject("a", Path("a.py"), (ERROR, WARNING), line=line) for line in (3, 300))
    first, second = (valid(sarif_log([one], RULES, "1"))["results"] for one in (near, far))

    assert [one["partialFingerprints"] for one in first] == [one["partialFingerprints"] for one in second]
    assert first[0]["partialFingerprints"] != first[1]["partialFingerprints"]


def test_what_could_not_be_looked_at_is_a_notification():
    """A failure makes the invocation unsuccessful, a gap does not."""
    gap = SarifSubject("a", Path("a.py"), (), gaps={"TX001": "no validation loss"})
    failed = SarifSubject("b", Path("b.py"), (), failure="it exited with 3")
    quiet, loud = (valid(sarif_log(those, RULES, "1"))["invocations"][0] for those in ([gap], [gap, failed]))

    assert (True, False) == (quiet["executionSuccessful"], loud["executionSuccessful"])
    assert "a: TX001 could not look: no validation loss" == quiet["toolExecutionNotifications"][0]["message"]["text"]
    assert "error" == loud["toolExecutionNotifications"][0]["level"]


def test_nothing_found_is_a_valid_log_without_results():
    """A viewer then clears what it showed."""
    assert [] == valid(sarif_log([SarifSubject("a", Path("a.py"), ())], RULES, "1"))["results"]


@given(st.text(min_size=1).filter(lambda name: "\0" not in name), st.text())
def test_any_name_and_message_give_a_valid_log(name: str, message: str):
    """Spaces, other scripts and control characters too."""
    finding = Finding("TX1", "x", Severity.INFO, message.encode("utf-8", "replace").decode(), "f")
    name = name.encode("utf-8", "replace").decode()

    valid(sarif_log([SarifSubject(name, PurePosixPath(name.strip("/") or "x"), (finding,))], RULES, "1"))
