"""What you need in your own tests: a record made by hand, for rules, comparisons and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trackexp.record import Finding, History, RunRecord, State

__all__ = ["make_record"]


def make_record(
    id: str = "6tviu1ge",  # noqa: A002 - W&B's word
    *,
    metrics: Mapping[str, Sequence[float]] | None = None,
    config: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    findings: Sequence[Finding] = (),
    summary: Mapping[str, Any] | None = None,
    state: State | str = State.FINISHED,
    **fields: Any,
) -> RunRecord:
    """Return a record as if it had been read from a run, without W&B and without a training.

    Args:
        id: W&B's id of the run.
        metrics: One value an epoch; the axis `epoch` is added.
        config: What the user set.
        facts: What trackexp would have noted of the `fit`, or of several, oldest first; the schema number is added.
        findings: What the run itself carries in its summary.
        summary: What the run put there itself.
        state: How it ended.
        fields: Any other field of `RunRecord`.

    >>> record = make_record(metrics={"val/loss": [0.5, 0.2, 0.3]}, config={"lr": 0.001})
    >>> record.history["val/loss"].last, record.settings
    (0.3, {'lr': 0.001})
    """
    stored = {"trackexp": {"findings": [finding.to_dict() for finding in findings]}} if findings else {}
    return RunRecord(
        id,
        state=State(state),
        config={**(config or {}), **_facts_entry(facts)},
        summary={**(summary or {}), **stored},
        history=_history(metrics or {}),
        **fields,
    )


def _facts_entry(facts: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    if not facts:
        return {}
    fits = [facts] if isinstance(facts, Mapping) else list(facts)
    numbered = [
        {"schema": 1, **entry, "fit": {"index": index, **entry.get("fit", {})}} for index, entry in enumerate(fits)
    ]
    return {"trackexp": {**numbered[-1], "earlier_fits": numbered[:-1]}}


def _history(metrics: Mapping[str, Sequence[float]]) -> History:
    rows: list[Mapping[str, float]] = []
    for epoch in range(max(map(len, metrics.values()), default=0)):
        values = {name: float(series[epoch]) for name, series in metrics.items() if epoch < len(series)}
        rows.append({"_step": epoch, "epoch": epoch, **values})
    return History.from_rows(rows)
