"""Several runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from trackexp.comparison.contest import TestMethod, check_test
from trackexp.comparison.differences import differences, says_nothing
from trackexp.comparison.eligibility import assess_eligibility
from trackexp.comparison.entry import Entry, entries
from trackexp.comparison.findings import diagnose_together
from trackexp.comparison.group import IntervalMethod, groups_of
from trackexp.comparison.grouping import Grouping, grouping_of, replicate_of
from trackexp.comparison.metrics import chosen_metrics, measure, reached
from trackexp.comparison.pareto import pareto
from trackexp.comparison.requirement import requirements_of
from trackexp.comparison.result import Comparison
from trackexp.comparison.verdict import judge
from trackexp.comparison.verdict_text import criterion_text
from trackexp.diagnosis import Policy, findings_of, resolve_policy
from trackexp.errors import UsageError, nearest
from trackexp.record import PARENT_JOB, RunRecord


def compare(
    records: Iterable[RunRecord],
    *,
    metric: str | Iterable[str] | None = None,
    baseline: RunRecord | str | None = None,
    group_by: str | Iterable[str] | None = None,
    require: str | Iterable[str] | None = None,
    test: TestMethod = "auto",
    interval: IntervalMethod = "t",
    policy: Policy | None = None,
) -> Comparison:
    """Compare runs by a metric: a better number with an error-level finding never wins.

    Args:
        records: Two runs or more; their order changes nothing but the order of the entries.
        metric: In any dialect, `"val_loss"` or `"val/loss"`; default what the runs monitored, else a common one.
            `"latency_ms:min"` says which way is better; of several the first decides, and a Pareto table has all.
        baseline: A run, its id or its name, that others are to beat; it is compared too.
        group_by: Config keys, or W&B's `group`, by which runs are repetitions of each other; default seeds and folds.
        require: Thresholds such as `"latency_ms < 20"` that a run must keep to be believed.
        test: By which groups are told apart; `"auto"` is by permutation where that can reach 5 %, else Student's t.
        interval: Of the mean of a group.
        policy: Which rules run, with which thresholds; default what the project's files around the working folder say.

    Raises:
        UsageError: Fewer than two runs, one of them twice, or a name that no run has.

    >>> from trackexp.testing import make_record
    >>> first = make_record("aaa", metrics={"val/loss": [0.5, 0.2]}, config={"lr": 0.1, "epochs": 2})
    >>> second = make_record("bbb", metrics={"val/loss": [0.4, 0.3]}, config={"lr": 0.01, "epochs": 2})
    >>> comparison = compare([first, second])
    >>> comparison.best.id, comparison.differences
    ('aaa', {'lr': {'aaa': 0.1, 'bbb': 0.01}})
    """
    with np.errstate(all="ignore"):  # what diverged may be far beyond what can be squared: its spread is infinite
        return _compared(
            records,
            metric,
            baseline,
            group_by,
            require,
            test,
            interval,
            resolve_policy() if policy is None else policy,
        )


def _compared(
    records: Iterable[RunRecord],
    metric: str | Iterable[str] | None,
    baseline: RunRecord | str | None,
    group_by: str | Iterable[str] | None,
    require: str | Iterable[str] | None,
    test: TestMethod,
    interval: IntervalMethod,
    policy: Policy,
) -> Comparison:
    check_test(test)
    if interval not in ("t", "bootstrap"):
        raise UsageError(f"interval={interval!r}; expected 't' or 'bootstrap'.")
    records = list(records)
    for record in records:
        if not isinstance(record, RunRecord):
            raise UsageError(
                f"compare: {record!r:.80} is a {type(record).__name__}; expected RunRecords: read_runs(...) gives them"
            )
    runs = _runs(_without_parents(records), baseline)
    metrics = chosen_metrics(runs, metric)
    requirements = requirements_of(require, runs)
    known = [run for run in runs if not says_nothing(run)]
    grouping = grouping_of(known, group_by)
    findings = [findings_of(run, policy=policy) for run in runs]
    rows = tuple(
        replace(entry, best=reached(entry.record, metrics[0]))
        for entry in entries(runs, metrics[0].name, findings, measure(runs, metrics))
    )
    eligibility = assess_eligibility(rows, metrics[0].name, requirements, _repetition(grouping))
    groups = groups_of(grouping, rows, eligibility.eligible, interval)
    against = None if baseline is None else _named(baseline, rows)
    verdict = judge(rows, eligibility, metrics[0].name, groups, baseline=against, test=test)
    if metric is None and (said := criterion_text(metrics[0].name, runs)):
        verdict = replace(verdict, text=f"{verdict.text} {said}")
    together = diagnose_together(rows, eligibility, metrics[0].name, groups, verdict, policy)
    return Comparison(
        tuple(one.name for one in metrics),
        rows,
        differences(known),
        groups,
        grouping,
        verdict,
        eligibility.eligible,
        requirements,
        pareto(eligibility.eligible, metrics),
        together,
    )


def _without_parents(records: Sequence[RunRecord]) -> list[RunRecord]:
    """Leave out runs that sum up the folds of a cross-validation, unless nothing else is there."""
    trained = [record for record in records if record.job_type != PARENT_JOB]
    return trained or list(records)


def _runs(records: Iterable[RunRecord], baseline: RunRecord | str | None) -> list[RunRecord]:
    runs = list(records)
    if isinstance(baseline, RunRecord) and baseline.id not in {run.id for run in runs}:
        runs.append(baseline)
    if len(runs) < 2:
        seen = f"one run, {runs[0].title}" if runs else "no run"
        raise UsageError(f"compare was given {seen}: expected two or more. For a single run: trackexp show RUN.")
    ids = [run.id for run in runs]
    for run in runs:
        if ids.count(run.id) > 1:
            raise UsageError(f"run {run.title} ({run.id}) was given {ids.count(run.id)} times: name it once.")
    return runs


def _named(baseline: RunRecord | str, rows: Sequence[Entry]) -> Entry:
    wanted = baseline.id if isinstance(baseline, RunRecord) else baseline
    by_id = [row for row in rows if row.id == wanted]
    found = by_id or [row for row in rows if wanted in (row.record.title, row.label)]
    if len(found) != 1:
        known = [name for row in rows for name in dict.fromkeys((row.record.title, row.id))]
        said = (
            "none of the runs" if not found else f"{len(found)} runs, {', '.join(row.id for row in found)}: take an id"
        )
        raise UsageError(f"baseline={wanted!r} is {said}{nearest(wanted, known)}; they are {', '.join(known[:20])}.")
    return found[0]


def _repetition(grouping: Grouping | None) -> Callable[[Entry], Hashable]:
    """Return what may choose a run's data: where runs repeat each other a seed or a fold often draws the split."""
    if grouping is None:
        return lambda _: None
    return lambda entry: replicate_of(entry.record)
