"""One fold trained in this process, in a run of its own."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.crossval.folds import reported, training, was_asked
from trackexp.crossval.randomness import seeded
from trackexp.crossval.scored_rows import note_scored_rows
from trackexp.crossval.task import FoldTask, Outcome, Program
from trackexp.errors import TrackexpError, UsageError, first_line
from trackexp.record import canonical_name
from trackexp.session import Session
from trackexp.tracking import Run, TrackOptions

_MOST_TRACE = 20_000  # characters


def run_fold(program: Program, task: FoldTask, begun: Callable[[Run], None] | None = None) -> Outcome:
    """Train a fold and score it; whatever goes wrong in it becomes part of the outcome.

    Args:
        program: What all folds share.
        task: The fold.
        begun: Called with the run, before it is trained.

    Raises:
        KeyboardInterrupt: The run is ended as interrupted first.
    """
    began = time.monotonic()
    try:
        session = Session(_options(program, task), hold=True)
    except Exception as error:
        return Outcome("failed", error=first_line(error), trace=_trace(error))
    session.run.voice.silence()
    try:
        if begun is not None:
            begun(session.run)
        outcome = _trained(program, task, session.run)
        session.end()
    except BaseException as error:
        session.end(error)
        if isinstance(error, KeyboardInterrupt):
            raise
        outcome = Outcome("failed", error=_in_a_line(error, task), trace=_trace(error))
    outcome = replace(outcome, seconds=time.monotonic() - began, **_told(session.run))
    if outcome.state == "done" and outcome.score is None:
        return _scored_by_record(program, task, outcome)
    return outcome


def _options(program: Program, task: FoldTask) -> TrackOptions:
    fold = task.fold
    config = {
        **fold.params, "fold": fold.index, "folds": fold.count, "seed": fold.seed, "partition": program.partition,
    }  # fmt: skip
    name = f"{'-'.join(f'{key}={value}' for key, value in fold.params.items())}-fold-{fold.index}"[:120]
    return TrackOptions(**{"name": name, **program.tracking, "job_type": "fold", "config": config})


def _trained(program: Program, task: FoldTask, run: Run) -> Outcome:
    with training(task.fold), seeded(task.fold.seed):
        returned = program.train(run, task.fold, **task.fold.params)
        answer = reported() if program.script else returned
        if program.script and not was_asked():
            raise UsageError(
                "the script never asked for its fold; it must take its rows from trackexp.fold(): "
                "fold = trackexp.fold(); model.fit(x[fold.train], …)."
            )
    note_scored_rows(run, program, task.fold)
    if answer is None:  # the criterion must stand in the run
        return Outcome("done")
    scores, array = _scores(program, task, answer)
    from trackexp.crossval.judging.scoring import score_of

    score = score_of(scores, program.criterion, task.title)
    _log(run, program, score, scores)
    return Outcome("done", score=score, scores=scores, answer=array)


def _scores(program: Program, task: FoldTask, answer: Any) -> tuple[dict[str, float], NDArray[Any] | None]:
    if isinstance(answer, Mapping):
        wrong = [name for name, value in answer.items() if not isinstance(value, int | float | np.number)]
        if wrong or not answer:
            raise UsageError(f"{task.title} returned {answer!r:.100}; expected numbers by name.")
        return {str(name): float(value) for name, value in answer.items()}, None
    from trackexp.crossval.judging.scoring import answer_array, evaluate_answer, numbers_of

    if program.target is None:
        raise UsageError(f"{task.title} returned predictions, and there is no target to score them by; pass target=.")
    truth = program.target[task.fold.valid]
    width = truth.shape[1] if truth.ndim == 2 else None
    array = answer_array(answer, len(truth), program.class_names, width, task.title)
    return numbers_of(evaluate_answer(truth, array, program.class_names)), array


def _log(run: Run, program: Program, score: float, scores: Mapping[str, float]) -> None:
    """Write the scores into the run: the criterion as a metric with its direction, the others into the summary."""
    criterion = program.criterion
    names = [criterion.key]
    if canonical_name(criterion.metric) == criterion.metric != criterion.key:
        names.append(criterion.metric)  # no name of the framework's: it is found by the name that was asked for
    run.summarise({f"test/{name.rpartition('/')[2]}": value for name, value in scores.items()})
    for name in names:
        run.define(name, summary=criterion.direction)
    run.log(dict.fromkeys(names, score))


def _told(run: Run) -> dict[str, Any]:
    """Return what the outcome says of the run; nothing of one that keeps nothing."""
    if not run.recording:
        return {}
    best = run.state.best_path
    facts = run.state.facts
    parameters = facts[-1].get("model", {}).get("parameters") if facts else None
    return {
        "run": str(run.wandb_run.id),
        "run_folder": str(run.folder.resolve()),
        "model": "" if best is None else str(Path(best).resolve()),
        "parameters": parameters,
    }


def _scored_by_record(program: Program, task: FoldTask, outcome: Outcome) -> Outcome:
    """Read the criterion from the run: the last value that the script itself logged."""
    from trackexp.crossval.judging.scoring import score_of
    from trackexp.reading import read_run
    from trackexp.record import best_value, metric_names

    try:
        if not outcome.run_folder:
            raise UsageError(f"{task.title} returned nothing, and its run keeps nothing to read a score from.")
        record = read_run(outcome.run_folder)
        names = {*metric_names(record), *(key for key, value in record.summary.items() if _is_number(value))}
        last = {name: found.last for name in sorted(names) if (found := best_value(record, name))}
        score = score_of(last, program.criterion, task.title)
    except Exception as error:
        return replace(outcome, state="failed", error=_in_a_line(error, task), trace=_trace(error))
    return replace(outcome, score=score, scores=last)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_a_line(error: BaseException, task: FoldTask) -> str:
    """Return what went wrong; an error of ours says it without its class, and names the fold, which others do too."""
    text = first_line(error)
    if isinstance(error, TrackexpError):
        return text.removeprefix(task.title).lstrip(": ")
    return f"{type(error).__name__}: {text}"


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-_MOST_TRACE:]
