"""The predictions table, and the rows of it that are worth a person's time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.evaluation.classification.sums import Outcomes
from trackexp.evaluation.kept.lazy_rows import LazyRows
from trackexp.evaluation.money.knee import entropies
from trackexp.evaluation.predictions import Predictions, take_rows

CATEGORY = "category"


def predictions_table(
    data: Predictions, outcomes: Outcomes, rows: NDArray[np.intp] | None = None, *, inputs: bool = True
) -> pd.DataFrame:
    """Return one line a row: what was given, said and true.

    `probability` is that of the prediction, `target - probability` what was missing at the true class (binary: y - p,
    signed), `category` is empty and meant for a person. Inputs that are read when asked for stand in tables of some
    rows, not in that of all.
    """
    inputs = inputs and data.inputs is not None and not (rows is None and isinstance(data.inputs, LazyRows))
    rows = np.arange(len(data)) if rows is None else rows
    names = np.array(data.class_names, dtype=object)
    y, prediction = data.y_true[rows], outcomes.prediction[rows]
    binary = data.task == "binary"
    probability = confidence_of_prediction(data, outcomes)[rows]
    missing = y - data.y_prob[rows].astype(np.float64) if binary else 1 - outcomes.p_true[rows].astype(np.float64)
    columns: dict[str, Any] = {"row": rows, "id": data.id_of(rows)}
    if inputs:
        columns["input"] = list(take_rows(data.inputs, rows)) if not hasattr(data.inputs, "iloc") else rows
    columns |= {
        "target": names[y],
        "prediction": names[prediction],
        "probability": probability,
        "prediction != target": prediction != y,
        "target - probability": missing,
        "entropy": entropies(data.columns[rows] if not binary else _two(data.y_prob[rows])),
        "part": data.part or "",
        "group": "" if data.groups is None else data.groups[rows],
        CATEGORY: "",
    }
    return pd.DataFrame(columns)


def confidence_of_prediction(data: Predictions, outcomes: Outcomes) -> NDArray[np.floating[Any]]:
    """Return the probability of the class that was predicted, also for binary."""
    if data.task != "binary":
        return outcomes.confidence
    return np.where(outcomes.prediction == 1, data.y_prob, 1 - data.y_prob)


def confident_errors(data: Predictions, outcomes: Outcomes, n: int) -> pd.DataFrame:
    """Return the wrong rows with the highest probability of their wrong answer, the surest first."""
    wrong = np.flatnonzero(outcomes.prediction != data.y_true)
    order = np.argsort(-confidence_of_prediction(data, outcomes)[wrong], kind="stable")
    return predictions_table(data, outcomes, wrong[order[: check_count(n)]])


def unsure_errors(data: Predictions, outcomes: Outcomes, n: int) -> pd.DataFrame:
    """Return the wrong rows with the highest entropy, the least sure first."""
    wrong = np.flatnonzero(outcomes.prediction != data.y_true)
    columns = _two(data.y_prob[wrong]) if data.task == "binary" else data.y_prob[wrong]
    order = np.argsort(-entropies(columns), kind="stable")
    return predictions_table(data, outcomes, wrong[order[: check_count(n)]])


def false_positives(data: Predictions, outcomes: Outcomes, k: int | None = None) -> pd.DataFrame:
    """Return wrong rows by the class they were taken for, the surest first; of one class, or of all."""
    wrong = outcomes.prediction != data.y_true
    rows = np.flatnonzero(wrong if k is None else wrong & (outcomes.prediction == k))
    confidence = confidence_of_prediction(data, outcomes)[rows]
    return predictions_table(data, outcomes, rows[np.lexsort((-confidence, outcomes.prediction[rows]))])


def category_summary(table: pd.DataFrame, costs: pd.Series | None = None) -> pd.DataFrame:
    """Return how often each category that a person filled in occurs, and what it costs, the dearest first.

    Args:
        table: A table of errors whose `category` column was filled in.
        costs: Cost of each row, with the table's index; None counts each as 1.
    """
    if CATEGORY not in table:
        raise UsageError(
            f"no column {CATEGORY!r}{nearest(CATEGORY, map(str, table.columns))}; expected the errors table, filled in."
        )
    named = table[CATEGORY].fillna("").astype(str).str.strip()
    filled = table.assign(**{CATEGORY: named, "cost": 1.0 if costs is None else costs})[named != ""]
    found = filled.groupby(CATEGORY).agg(n=("cost", "size"), cost=("cost", "sum")).reset_index()
    found["share"] = found["n"] / max(len(table), 1)
    return found.sort_values(["cost", "n", CATEGORY], ascending=[False, False, True]).reset_index(drop=True)


def check_count(n: int) -> int:
    """Return the number of rows asked for if it is one."""
    if isinstance(n, bool) or n != int(n) or n < 0:
        raise UsageError(f"n is {n!r}; expected a number of rows such as 50.")
    return int(n)


def _two(p: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    return np.stack([1 - p, p], axis=1)
