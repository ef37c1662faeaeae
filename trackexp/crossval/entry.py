"""`cross_validate`: settings × folds trained, recorded, kept, and judged."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from trackexp.crossval.carrying import check_carried
from trackexp.crossval.duration import read_budget
from trackexp.crossval.executors import Place, check_words, open_executor
from trackexp.crossval.grid import check_function, setting_text, settings_of
from trackexp.crossval.judging.dropping import hopeless
from trackexp.crossval.ledger import Storage
from trackexp.crossval.parent import record_parent, refuse_open_run
from trackexp.crossval.plan import Plan
from trackexp.crossval.progress import Progress
from trackexp.crossval.result import CrossValidation, FailedFold
from trackexp.crossval.rows import partition_of
from trackexp.crossval.scheduling import Schedule
from trackexp.crossval.task import FoldTask, Outcome
from trackexp.errors import CrossValidationError, UsageError, first_line
from trackexp.partitioning import Partition
from trackexp.reporting import plural

logger = logging.getLogger("trackexp")

_MOST_NAMED = 3  # failures in an error
_WORKERS = 2  # processes at a time, where nothing was asked: each of them may use every processor


# fmt: off
def cross_validate(
    train: Callable[..., Any], grid: Any, part_or_k: Partition | int = 5, *,
    target: ArrayLike | None = None, metric: str = "f1_macro",
    executor: str = "processes", workers: int | None = None, address: str | None = None,
    resources: Mapping[str, float] | None = None, storage: str | os.PathLike[str] | None = None,
    project: str | None = None, group: str | ArrayLike | None = None, budget: float | str | None = None,
    drop: bool = False, retries: int = 0, seed: int = 0, track: Mapping[str, Any] | None = None,
) -> CrossValidation:
    # fmt: on
    """Train every setting on every fold, each in a run of its own, and judge the settings.

    What is done stays done: the same call again trains only what is missing, after whatever ended the first one.

    `train(run, fold, *, …parameters)` trains on `fold.train`, stops early by `fold.inner`, and returns probabilities of
    `fold.valid` `(n_valid, K)` or `(n_valid,)`, or numbers for a target of numbers, or `Predictions`, or a mapping of
    scores; None where the run itself logs the metric. Random streams are seeded with `fold.seed`.

    `grid` has values by parameter, all combined with all, or is a list of mappings. `part_or_k` is a `Partition` with
    folds, or their number; `target` the answer of each row `(n,)`, by default the partition's. `metric` is a number of
    `evaluate`, or one of the mapping; `"cost:min"` says which way is better.

    `executor` is `"here"`, `"processes"` (one a fold) or `"ray"`; `workers` how many folds are trained at a time, by
    default 2, on Ray what the cluster has room for; `address` the `HOST:PORT` of a Ray cluster, by default one on this
    machine for this call; `resources` what a fold needs of Ray, such as `{"CPU": 2, "GPU": 0.5}`. `storage` is the
    ledger's folder, by default one below `crossval/`.

    `project` and `group` are W&B's; with a number of folds `group` may be an array that keeps rows together `(n,)`.
    After `budget` (seconds, or `"2h"`) no fold is begun, and those that run are stopped. `drop` gives up hopeless
    settings fold by fold, `retries` tries a failed fold again in this call, `track` has further arguments of `track`.

    Raises:
        UsageError: An argument cannot be right; said before anything is trained.
        CrossValidationError: Not one fold could be trained.
        KeyboardInterrupt: After what runs was ended in order; what is done is kept.
    """
    settings = settings_of(grid)
    check_function(train, settings)
    check_words(executor, address, resources)
    seconds = read_budget(budget)
    _check_counts(workers, retries, seed)
    wandb_group, row_groups = (group, None) if group is None or isinstance(group, str) else (None, group)
    part = partition_of(part_or_k, target, row_groups, seed)
    plan = Plan(train, settings, part, target, metric, seed, project, wandb_group, dict(track or {}))
    kept = Storage(_storage_folder(storage, plan), plan.whose)
    with kept.held():
        schedule, progress = _planned(plan, kept, seconds, drop=drop, retries=retries)
        if schedule.tasks:
            _train(plan, kept, schedule, progress, executor, workers, address, resources)
        return _judged(plan, kept, schedule, seconds)


def _planned(plan: Plan, kept: Storage, budget: float | None, *, drop: bool, retries: int) -> tuple[Schedule, Progress]:
    """Return what is still to be trained, and the listener that knows what is done."""
    done = kept.done()
    tasks = plan.tasks()
    progress = Progress(plan.settings, len(plan.folds), plan.program.criterion)
    progress.known([(task, done[task.key]) for task in tasks if task.key in done])
    missing = [replace(task, attempt=kept.attempts(task.key) + 1) for task in tasks if task.key not in done]
    for note in _what_changed(kept, plan, missing):
        progress.say(note)
    parts = {task.key: plan.parts(dict(task.fold.params), plan.folds[task.fold.index]) for task in missing}

    def keep(task: FoldTask, outcome: Outcome) -> None:
        kept.add(task, parts[task.key], outcome)

    give_up = partial(hopeless, plan, kept) if drop else None
    return Schedule(missing, _WORKERS, keep, progress, retries, budget, give_up), progress


def _train(
    plan: Plan, kept: Storage, schedule: Schedule, progress: Progress, executor: str, workers: int | None,
    address: str | None, resources: Mapping[str, float] | None,
) -> None:  # fmt: skip
    """Train what is missing; what is done when it is stopped is kept."""
    if executor == "here":
        refuse_open_run()
    else:
        check_carried(plan.program.train)
    progress.live = executor != "here"  # a training in this process prints itself
    place = Place(kept.folder, _runs_folder(plan.program.tracking))
    try:
        with progress, open_executor(executor, plan.program, place, address=address, resources=resources) as opened:
            room = int(getattr(opened, "capacity", schedule.workers))
            schedule.workers = 1 if executor == "here" else workers or room
            schedule.run(opened)
    finally:
        schedule.collect()
        done, wanted = len(plan.finished(kept.done())), len(plan.folds) * len(plan.settings)
        if done < wanted and not schedule.dropped:
            progress.say(
                f"{done} of {wanted} folds are done and kept in {kept.folder}; the same call goes on from there"
            )


def _judged(plan: Plan, kept: Storage, schedule: Schedule, budget: float | None) -> CrossValidation:
    entries = plan.finished(kept.done())
    failures = tuple(
        FailedFold(task.fold.index, dict(task.fold.params), outcome.error, outcome.log, outcome.trace)
        for task, outcome in schedule.failures
    )
    if not entries:
        if schedule.over_budget and not failures:
            raise UsageError(f"budget={budget:g} s is shorter than one fold; no fold came to its end in it.")
        told = "; ".join(str(failure).rstrip(".") for failure in failures[:_MOST_NAMED])
        more = f"; and {len(failures) - _MOST_NAMED} more" if len(failures) > _MOST_NAMED else ""
        raise CrossValidationError(f"not one fold could be trained: {told}{more}.")
    notes = []
    if schedule.over_budget:
        wanted = len(plan.folds) * len(plan.settings)
        notes.append(f"the budget was over after {len(entries)} of {plural(wanted, 'fold')}")
    notes += [f"{setting_text(plan.settings[index])} was given up: {why}" for index, why in schedule.dropped.items()]
    result = CrossValidation(
        plan.settings, plan.folds, plan.program, kept, entries, plan.row_groups, plan.seed, failures,
        schedule.dropped, schedule.trained, tuple(notes),
    )  # fmt: skip
    try:
        return replace(result, parent=record_parent(result, plan))
    except Exception as error:  # what is trained is judged, also where nothing can be said of it to W&B
        logger.debug("the parent run could not be recorded", exc_info=True)
        return replace(result, notes=(*notes, f"the parent run could not be recorded: {first_line(error)}"))


def _what_changed(kept: Storage, plan: Plan, missing: Sequence[FoldTask]) -> list[str]:
    """Return why folds are trained again that were trained before with something else in their key."""
    counts: dict[str, int] = {}
    for task in missing:
        changed = kept.changed(plan.parts(dict(task.fold.params), plan.folds[task.fold.index]))
        if changed:
            said = " and ".join(changed)
            counts[said] = counts.get(said, 0) + 1
    return [f"{plural(count, 'fold')} trained again, because {what} changed" for what, count in counts.items()]


def _check_counts(workers: Any, retries: Any, seed: Any) -> None:
    for name, value, least in (("workers", workers, 1), ("retries", retries, 0), ("seed", seed, 0)):
        if value is None and name == "workers":
            continue
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise UsageError(f"{name}={value!r}; expected a whole number of at least {least}.")


def _storage_folder(given: str | os.PathLike[str] | None, plan: Plan) -> Path:
    return Path(given).expanduser().resolve() if given is not None else Path.cwd() / "crossval" / plan.name


def _runs_folder(tracking: Mapping[str, Any]) -> Path:
    """Return where `track` puts runs, for those that were trained on another machine's disk."""
    base = tracking.get("dir") or os.environ.get("WANDB_DIR") or Path.cwd()
    return Path(base).expanduser().resolve() / "wandb"
