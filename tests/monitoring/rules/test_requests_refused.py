from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.monitoring.evidence import Window, labelled_bets, make_reference
from trackexp.monitoring.rules.requests_refused import RequestsRefused
from trackexp.monitoring.table import as_table


def outcome_of(current: Any, reference: Any, **counts: int) -> Any:
    """Return what the rule says of a log that is one window."""
    table = as_table(current, "the log")
    for name, value in counts.items():
        object.__setattr__(table, name, value)
    ((bets, before),) = labelled_bets([table])
    (outcome,) = examine_all(
        [RequestsRefused()], Window("all", table, make_reference(reference), bets, before)
    ).outcomes
    return outcome


def test_it_fires_and_names_what_was_seen(make_rows: Callable[..., Any]):
    """A tenth of the requests."""
    outcome = outcome_of(make_rows(), make_rows(), requests=900, refused=100)

    assert "100 of 1,000 requests (10%)" in outcome.findings[0].message


def test_it_passes_just_below(make_rows: Callable[..., Any]):
    """A few are normal."""
    outcome = outcome_of(make_rows(), make_rows(), requests=900, refused=19)

    assert Status.PASSED == outcome.status


def test_it_says_where_it_cannot_tell(make_rows: Callable[..., Any]):
    """Nobody counted."""
    outcome = outcome_of(make_rows(), make_rows())

    assert Status.NOT_APPLICABLE == outcome.status
