"""`monitor`: a log of predictions and a reference → windows, findings, a report."""

from __future__ import annotations

from typing import Any

from trackexp.diagnosis.engine import examine_all
from trackexp.errors import UsageError
from trackexp.monitoring.evidence import Window, align, labelled_bets, make_reference
from trackexp.monitoring.report import MonitorReport, WindowReport
from trackexp.monitoring.rule import monitoring_rules
from trackexp.monitoring.table import as_table
from trackexp.monitoring.windows import split


def monitor(current: Any, reference: Any, labels: Any = None, *, window: str | int | None = None) -> MonitorReport:
    """Say whether a model is still good, window by window.

    Args:
        current: What was predicted: a data frame or a mapping of columns; inputs by name, and where they are there
            `id`, `time`, `target`, `prediction` and the probabilities `p_<class>`.
        reference: The same of rows on which the model was good; or the `ModelRecord` of the model.
        labels: Targets that came later: one a row, a mapping from ids, or a frame with `id` and `target`.
        window: Rows, or a time such as `"1d"`; None takes all rows as one window.

    A clean window gives a warning or an error in at most one of a hundred, over all rules together.

    Raises:
        UsageError: The columns differ, no label matches, or there are no rows.

    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(2, 500))
    >>> monitor({"age": rows[0]}, {"age": rows[1]}).findings
    ()
    """
    held = make_reference(reference)
    table, notes = align(as_table(current, "the log", labels), held)
    if len(table) == 0:
        raise UsageError("the log holds no rows: there is nothing to look at yet.")
    parts, more = split(table, window)
    bets = labelled_bets([part for _, part in parts])
    reports = []
    for (name, part), (outcomes, before) in zip(parts, bets, strict=True):
        evidence = Window(name, part, held, outcomes, before)
        reports.append(WindowReport(evidence, examine_all(monitoring_rules(), evidence)))
    return MonitorReport(tuple(reports), (*notes, *more))
