from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.monitoring.evidence import Window, labelled_bets, make_reference
from trackexp.monitoring.rules.estimated_accuracy_fell import EstimatedAccuracyFell
from trackexp.monitoring.table import as_table


def outcome_of(current: Any, reference: Any, **counts: int) -> Any:
    """Return what the rule says of a log that is one window."""
    table = as_table(current, "the log")
    for name, value in counts.items():
        object.__setattr__(table, name, value)
    ((bets, before),) = labelled_bets([table])
    (outcome,) = examine_all(
        [EstimatedAccuracyFell()], Window("all", table, make_reference(reference), bets, before)
    ).outcomes
    return outcome


def test_it_fires_and_names_what_was_seen(make_rows: Callable[..., Any]):
    """Rows near the boundary make the model unsure."""
    rows = make_rows(seed=1)
    prob = 0.5 + (rows["p_1"] - 0.5) / 4
    rows["p_1"], rows["p_0"] = prob, 1 - prob
    outcome = outcome_of(rows, make_rows(2000))

    assert "does not see a changed concept" in outcome.findings[0].message


def test_it_passes_just_below(make_rows: Callable[..., Any]):
    """Other rows of the same source are no finding."""
    outcome = outcome_of(make_rows(seed=1), make_rows(2000))

    assert Status.PASSED == outcome.status


def test_it_says_where_it_cannot_tell(make_rows: Callable[..., Any]):
    """There are no probabilities."""
    outcome = outcome_of(make_rows().drop(columns=["p_0", "p_1"]), make_rows())

    assert Status.NOT_APPLICABLE == outcome.status
