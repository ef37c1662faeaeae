"""An evaluation into a W&B run: numbers into its summary, bounded tables, exact curves; by the run's own methods."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trackexp.errors import UsageError
from trackexp.evaluation.images import image_of
from trackexp.evaluation.predictions import take_rows

if TYPE_CHECKING:
    from trackexp.evaluation.multilabel import MultiLabelEvaluation
    from trackexp.evaluation.profit import Profit
    from trackexp.evaluation.regression import RegressionEvaluation
    from trackexp.evaluation.result import Evaluation

MOST_ROWS = 10_000  # of the predictions table; W&B shows no more at once
_MOST_CLASSES = 12  # that get curves of their own
_GALLERY = 50
_METHODS = ("log_table", "log_curve", "summarise")


def log_classification(result: Evaluation, run: Any, prefix: str, profit: Profit | None) -> None:
    """Log a classification; see `Evaluation.log`."""
    check_run(run)
    run.summarise(_named(prefix, result.to_dict()))
    report = result.report.reset_index(names="class")
    run.log_table(f"{prefix}/report", report)
    run.log_table(f"{prefix}/confusion", result.confusion.reset_index(names="target"))
    run.log_curve(f"{prefix}/reliability", _filled(result.reliability()), "confidence", "accuracy")
    if result.rows is None:
        run.log_table(f"{prefix}/confident_errors", _plain(result.confident_errors(_GALLERY)))
        return
    run.log_table(f"{prefix}/predictions", _predictions(result))
    for name, table in (("confident", result.confident_errors), ("unsure", result.unsure_errors)):
        run.log_table(f"{prefix}/{name}_errors", *_with_images(result, table(_GALLERY)))
    run.log_curve(f"{prefix}/knee_confidence", result.knee().curve, "coverage", "accuracy")
    run.log_curve(f"{prefix}/knee_entropy", result.knee(by="entropy").curve, "coverage", "accuracy")
    classes = _shown_classes(result)
    roc, recall = (_by_class(result, classes, curve) for curve in (result.roc, result.precision_recall))
    run.log_curve(f"{prefix}/roc", roc, "false_positive_rate", "true_positive_rate", "class")
    run.log_curve(f"{prefix}/precision_recall", recall, "recall", "precision", "class")
    if profit is not None:
        run.log_curve(f"{prefix}/profit", profit.curve, "threshold", "average_cost")
        run.log_table(f"{prefix}/thresholds", profit.table())
        run.summarise(_named(f"{prefix}/profit", profit.best.to_dict()))


def log_other(result: MultiLabelEvaluation | RegressionEvaluation, run: Any, prefix: str) -> None:
    """Log an evaluation of several labels per row, or of numbers."""
    check_run(run)
    run.summarise(_named(prefix, result.to_dict()))
    if hasattr(result, "report"):
        run.log_table(f"{prefix}/report", result.report.reset_index(names="label"))
        return
    run.log_table(f"{prefix}/residuals", result.residuals.head(MOST_ROWS))
    run.log_curve(f"{prefix}/residuals_by_prediction", result.residuals_by_prediction(), "prediction", "mean_residual")


def check_run(run: Any) -> None:
    """Raise unless the run is one of `track`'s, whose methods take tables and curves."""
    if not all(hasattr(type(run), name) for name in _METHODS):
        raise UsageError(
            f"run is {type(run).__module__}.{type(run).__name__}; expected the run of `with track(...) as run`. Inside "
            "an open W&B run, `track()` hands out that very run."
        )


def _named(prefix: str, found: dict[str, Any]) -> dict[str, Any]:
    numbers = {k: v for k, v in found.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    return {f"{prefix}/{name}": value for name, value in numbers.items() if name != "schema" and math.isfinite(value)}


def _predictions(result: Evaluation) -> pd.DataFrame:
    """Return the predictions table with every class's probability; of more rows than fit, the errors come first."""
    rows = np.arange(result.n)
    if result.n > MOST_ROWS:
        wrong = np.asarray(result.predictions_are_wrong)
        rows = np.sort(np.concatenate([np.flatnonzero(wrong), np.flatnonzero(~wrong)])[:MOST_ROWS])
    return result.table(rows, probabilities=True)


def _with_images(result: Evaluation, table: pd.DataFrame) -> tuple[pd.DataFrame, str | None]:
    """Return a table with its inputs as pictures where they are pictures, and the column that holds them."""
    plain = _plain(table)
    if result.data.inputs is None or not len(table):
        return plain, None
    images = [image_of(row) for row in take_rows(result.data.inputs, table["row"].to_numpy())]
    if any(image is None for image in images):
        return plain, None
    plain.insert(0, "input", images)
    return plain, "input"


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=["input"], errors="ignore")


def _filled(reliability: pd.DataFrame) -> pd.DataFrame:
    return reliability[reliability["n"] > 0]


def _by_class(result: Evaluation, classes: list[int], curve: Callable[[int], pd.DataFrame]) -> pd.DataFrame:
    """Return the curves of several classes as one table, each of at most 512 vertices."""
    return pd.concat([curve(k).assign(**{"class": result.class_names[k]}) for k in classes], ignore_index=True)


def _shown_classes(result: Evaluation) -> list[int]:
    if result.task == "binary":
        return [1]
    support = result.sums.confusion.sum(axis=1)
    return [int(k) for k in np.argsort(-support, kind="stable")[:_MOST_CLASSES] if support[k]]
