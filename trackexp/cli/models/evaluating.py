"""From a request to its evaluation: the model over the data, its money, and its run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from trackexp.cli.models.categories import read_categories
from trackexp.cli.models.conditions import failed_condition, read_condition, read_labels
from trackexp.cli.models.money import by_threshold, check_money, costs_of, read_cost_table
from trackexp.cli.models.recorded import evaluated_in_a_run
from trackexp.cli.models.request import Money, Request
from trackexp.cli.models.subject import find_subject, names_an_artifact
from trackexp.cli.recording.demo import silent_stderr
from trackexp.errors import UsageError
from trackexp.evaluation import (
    AgainstValidation,
    Evaluation,
    MultiLabelEvaluation,
    Profit,
    RegressionEvaluation,
    against_validation,
)
from trackexp.models import DataOptions, Model, ModelEvaluation, evaluate_model, load_model, open_data, read_predictions
from trackexp.models.data import DataSource
from trackexp.record.query import Threshold
from trackexp.registry.evidence import DigestedRows
from trackexp.reporting import console

Result = Evaluation | MultiLabelEvaluation | RegressionEvaluation


SCHEMA = 1
_ROWS_FOR = (
    "--cost fp=…,fn=… needs each row's probability: give fewer rows, or a .csv of costs by true and predicted class"
)


@dataclass(eq=False)
class Evaluated:
    """Result of one evaluation, with all that its reports need.

    Args:
        title: What was evaluated on what.
        result: The evaluation.
        notes: What is to be said about it.
        profit: The money, where costs were given for one class.
        pair_cost: Mean cost of a row, where costs were given by class pair.
        categories: How often each category of errors occurs, and what it costs.
        failed: Conditions that hold, in words.
        model: The model, where there was one, with its data, for what needs them again.
        validation: What the validation rows say, where some were given.
    """

    title: str
    result: Result
    notes: list[str]
    profit: Profit | None = None
    pair_cost: float | None = None
    categories: pd.DataFrame | None = None
    failed: list[str] = field(default_factory=list)
    model: Model | None = None
    data: DataSource | None = None
    at_threshold: dict[str, Any] | None = None
    validation: AgainstValidation | None = None

    def to_dict(self, *, intervals: bool) -> dict[str, Any]:
        """Return the evaluation as data, with its money, categories and notes."""
        data: dict[str, Any] = {**self.result.to_dict(intervals=intervals), "title": self.title, "notes": self.notes}
        data["schema"] = SCHEMA
        if hasattr(self.result, "report"):
            data["classes"] = self.result.report.reset_index(names="class").to_dict("records")
        if self.at_threshold is not None:
            data["at_threshold"] = self.at_threshold
        if self.pair_cost is not None:
            data["average_cost"] = self.pair_cost
        if self.profit is not None:
            names = ("best", "at_present", "flag_all", "flag_none")
            data["profit"] = {name: getattr(self.profit, name).to_dict() for name in names}
            data["profit"]["human_cost"] = self.profit.human_cost
        if self.validation is not None:
            data["validation"] = self.validation.to_dict()
        if self.categories is not None:
            data["categories"] = self.categories.to_dict("records")
        data["failed"] = self.failed
        return data

    def numbers(self) -> dict[str, Any]:
        """Return every number that a condition may name."""
        found = self.result.to_dict()
        if self.pair_cost is not None:
            found["average_cost"] = self.pair_cost
        if self.profit is not None:
            present = self.profit.at_present
            found |= {"average_cost": present.average_cost, "total_saving": present.total_saving}
            found |= {"best_threshold": self.profit.best.threshold, "best_average_cost": self.profit.best.average_cost}
        return found


def evaluated(request: Request) -> Evaluated:
    """Evaluate what was asked for; a run's best model, and artifacts, are evaluated in a run of their own.

    Raises:
        UsageError: Something of the request cannot be right.
    """
    conditions = [read_condition(text) for text in request.fail_if]  # what is mistyped is said before any work
    check_money(request.money)
    if request.categories is not None and not request.categories.is_file():
        raise UsageError(f"--categories {request.categories} is not a file.")
    subject = find_subject(request.subject)
    if subject.predictions is not None:
        return _finished(_of_predictions(subject.predictions, request), request, conditions)
    if request.data is None:
        raise UsageError(f"{request.subject} is a model; say what to evaluate it on: --data PLACE.")

    def work(model: str, request: Request) -> Evaluated:
        return _finished(_of_model(model, request), request, conditions)

    if subject.record is None and subject.artifact is None and not names_an_artifact(request.data):
        return work(str(subject.model), request)
    return evaluated_in_a_run(subject, request, work)


def _of_predictions(path: Path, request: Request) -> Evaluated:
    if request.data is not None:
        raise UsageError(
            f"{path} is a file of predictions or data, and --data was given too; --data goes with a model."
        )
    result, notes = read_predictions(path, _options(request, None))
    return Evaluated(str(path), result, notes)


def _of_model(place: str, request: Request) -> Evaluated:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silent_stderr():
        model = load_model(place, constructor=request.constructor, trust=request.trust, imports=request.imports)
    found, data = _over(model, str(request.data), request)
    notes = [f"outputs are {found.outputs}", *found.notes]
    return Evaluated(f"{model.name} on {data.name}", found.result, notes, model=model, data=data)


def _over(model: Model, place: str, request: Request, part: str | None = None) -> tuple[ModelEvaluation, DataSource]:
    """Give the model the rows of one place."""
    options = _options(request, model.input_shape)
    data = DigestedRows(open_data(place, options))
    with _progress(data.n) as progress:
        found = evaluate_model(
            model, data, part=part or request.part, class_names=options.class_names, batch_size=request.batch_size,
            progress=progress, rows_for=_ROWS_FOR if by_threshold(request.money) else "",
        )  # fmt: skip
    return found, data


def _against_validation(found: Evaluated, request: Request) -> AgainstValidation:
    """Evaluate the validation rows by the same model, and put them against the others."""
    place = str(request.valid)
    if found.model is not None:
        valid = Evaluated(place, _over(found.model, place, request, "valid")[0].result, [])
    else:
        valid = Evaluated(place, read_predictions(Path(place), replace(_options(request, None), part="valid"))[0], [])
    if not isinstance(valid.result, Evaluation) or not isinstance(found.result, Evaluation):
        raise UsageError("--valid needs mutually exclusive classes, not numbers or several labels per row.")
    _add_money(valid, valid.result, request.money)
    return against_validation(valid.result, found.result, valid_profit=valid.profit, test_profit=found.profit)


def _options(request: Request, shape: tuple[int | None, ...] | None) -> DataOptions:
    names = None if request.labels is None else read_labels(request.labels)
    known = None if shape is None or len(shape) != 3 or None in shape else tuple(int(size or 0) for size in shape)
    return DataOptions(
        request.part,
        request.target,
        request.group,
        request.scale,
        request.skip_bad,
        known,
        names,
        request.encoding,
        request.max_batches,
    )


def _finished(found: Evaluated, request: Request, conditions: list[Threshold]) -> Evaluated:
    """Add the money, the categories and the conditions."""
    result, money = found.result, request.money
    found.notes += [note for note in getattr(result, "notes", ()) if note not in found.notes]
    if isinstance(result, Evaluation):
        _add_money(found, result, money)
        if money.threshold is not None and result.rows is None:
            found.notes.append("--threshold needs each row's probability, and only sums are kept: it is left out")
        elif money.threshold is not None:
            found.at_threshold = result.at_threshold(money.threshold, money.positive)
    elif money.cost is not None:
        raise UsageError("--cost needs mutually exclusive classes; this is " + str(result.to_dict()["task"]) + ".")
    if request.valid is not None:
        found.validation = _against_validation(found, request)
    if request.categories is not None:
        found.categories, notes = read_categories(request.categories, found)
        found.notes += notes
    numbers = found.numbers() if conditions else {}
    found.failed = [text for condition in conditions if (text := failed_condition(condition, numbers))]
    return found


def _add_money(found: Evaluated, result: Evaluation, money: Money) -> None:
    if money.cost is None:
        return
    if not by_threshold(money):
        found.pair_cost = result.cost(read_cost_table(Path(money.cost), result.class_names))
        return
    if result.rows is None:
        raise UsageError(f"of {result.n:,} rows only sums are kept; {_ROWS_FOR}.")
    costs, human = costs_of(money.cost)
    found.profit = result.profit(
        **costs, class_name=money.positive, units=money.units, baseline=money.baseline, prevalence=money.prevalence,
        present=0.5 if money.threshold is None else money.threshold, human=human,
    )  # fmt: skip


@contextmanager
def _progress(n: int | None) -> Iterator[Callable[[int], None]]:
    """Draw a bar on a terminal; nothing where stderr is none."""
    talk = console(sys.stderr)
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=talk, transient=True, disable=not talk.is_terminal) as bar:
        task = bar.add_task("rows", total=n)
        yield lambda rows: bar.advance(task, rows)
