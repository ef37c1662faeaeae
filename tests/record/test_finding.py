from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from trackexp.record import Finding, Severity

findings = st.builds(
    Finding,
    code=st.text(),
    name=st.text(),
    severity=st.sampled_from(Severity),
    message=st.text(),
    fix=st.text(),
    fit=st.integers(0, 9),
    epoch=st.integers(0, 999),
)


@given(findings)
def test_a_finding_survives_json(finding: Finding) -> None:
    """What the summary stores gives the same finding back."""
    assert finding == Finding.from_dict(json.loads(json.dumps(finding.to_dict())))


def test_keys_of_a_later_version_are_ignored() -> None:
    """An older trackexp reads what a newer one wrote."""
    finding = Finding("TX101", "bce-on-categorical", Severity.ERROR, "seen", "do")

    assert finding == Finding.from_dict({**finding.to_dict(), "url": "https://example.org"})


def test_fit_and_epoch_may_be_absent() -> None:
    """What an older version did not write has its default."""
    data = {"code": "TX1", "name": "n", "severity": "warning", "message": "m", "fix": "f"}

    assert Finding("TX1", "n", Severity.WARNING, "m", "f", fit=0, epoch=0) == Finding.from_dict(data)
