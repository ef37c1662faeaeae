from __future__ import annotations

import pytest

from trackexp.comparison import compare
from trackexp.comparison.findings import failing
from trackexp.errors import UsageError
from trackexp.record import Finding, RunRecord, Severity
from trackexp.testing import make_record


@pytest.fixture
def runs(wrong_loss: Finding) -> list[RunRecord]:
    """A run with an error, one with a note, and the third a copy of the second."""
    note = Finding("TX998", "odd", Severity.INFO, "seen", "look")
    curve = [0.5, 0.4, 0.3]
    return [
        make_record("a", metrics={"val/loss": [0.1, 0.2, 0.3]}, findings=[wrong_loss]),
        make_record("b", metrics={"val/loss": curve}, findings=[note]),
        make_record("c", metrics={"val/loss": curve}),
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, set()),
        ("error", {"TX101"}),
        ("warning", {"TX101", "TX955"}),
        ("info", {"TX101", "TX955", "TX998"}),
        ("duplicate-run", {"TX955"}),
        ("TX998, TX101", {"TX998", "TX101"}),
        ("TX509", set()),
    ],
)
def test_what_was_asked_for_is_found(runs: list[RunRecord], asked: str | None, expected: set[str]):
    """A severity means that and worse; rules go by code or name, of one run or over several."""
    assert expected == {finding.code for finding in failing(compare(runs), asked)}


def test_what_is_no_rule_is_refused(runs: list[RunRecord]):
    """The nearest is named."""
    with pytest.raises(UsageError, match=r"'duplicaterun' is neither.*did you mean 'duplicate-run'"):
        failing(compare(runs), "duplicaterun")
