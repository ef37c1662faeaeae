from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.monitoring.evidence import Window, labelled_bets, make_reference
from trackexp.monitoring.rules.error_rate_rose import ErrorRateRose
from trackexp.monitoring.table import as_table


def outcome_of(current: Any, reference: Any, **counts: int) -> Any:
    """Return what the rule says of a log that is one window."""
    table = as_table(current, "the log")
    for name, value in counts.items():
        object.__setattr__(table, name, value)
    ((bets, before),) = labelled_bets([table])
    (outcome,) = examine_all([ErrorRateRose()], Window("all", table, make_reference(reference), bets, before)).outcomes
    return outcome


def test_it_fires_and_names_what_was_seen(make_rows: Callable[..., Any]):
    """Half of the answers are wrong."""
    rows = make_rows(seed=1)
    rows.loc[::2, "target"] = 1 - rows.loc[::2, "prediction"]
    outcome = outcome_of(rows, make_rows(2000))

    assert "promised was at most" in outcome.findings[0].message


def test_it_passes_just_below(make_rows: Callable[..., Any]):
    """Other rows of the same source are no finding."""
    outcome = outcome_of(make_rows(seed=1), make_rows(2000))

    assert Status.PASSED == outcome.status


def test_it_says_where_it_cannot_tell(make_rows: Callable[..., Any]):
    """Nobody knows what was true."""
    outcome = outcome_of(make_rows().drop(columns="target"), make_rows(2000))

    assert Status.NOT_APPLICABLE == outcome.status
