"""The predictions table, and the rows of it that are worth a person's time."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import MissingExtraError, UsageError, nearest
from trackexp.evaluation.knee import entropies
from trackexp.evaluation.metrics.sums import Outcomes
from trackexp.evaluation.predictions import LazyRows, Predictions, take_rows
from trackexp.optional import install_command
from trackexp.stats import difference_interval, holm, rate_difference_p_value, wilson_interval

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


_MOST_VALUES = 50  # numbers with more distinct values are cut at their quartiles


def slice_errors(wrong: NDArray[np.bool_], by: Mapping[str, ArrayLike], level: float = 0.95) -> pd.DataFrame:
    """Return one line for each value of each attribute: its error rate against that of all other rows.

    Args:
        wrong: Whether each row's prediction is wrong `(n,)`.
        by: Attributes: a name, and one value per row; numbers of many values are cut at their quartiles.
        level: Of the intervals.

    Returns:
        Slices sorted by the lower end of their error rate's interval, so that three bad rows of three do not lead;
        `p_value` is Fisher's exact one, `p_holm` the same corrected for the number of slices.
    """
    lines = []
    total, errors = wrong.size, int(wrong.sum())
    for name, values in by.items():
        labels = slice_labels(np.asarray(values), name, total)
        for label in sorted(set(labels.tolist())):
            inside = labels == label
            n, bad = int(inside.sum()), int((wrong & inside).sum())
            counts, sizes = (bad, errors - bad), (n, total - n)
            low, high = wilson_interval(bad, n, level)
            apart = difference_interval(counts, sizes, level)
            lines.append(
                {
                    "attribute": name, "value": label, "n": n, "errors": bad, "error_rate": bad / n, "low": low,
                    "high": high, "rate_of_others": counts[1] / sizes[1] if sizes[1] else np.nan,
                    "difference_low": apart.low, "difference_high": apart.high,
                    "p_value": rate_difference_p_value(counts, sizes) if sizes[1] else np.nan,
                }
            )  # fmt: skip
    table = pd.DataFrame(lines)
    table["p_holm"] = holm(table["p_value"].to_numpy(dtype=float))
    return table.sort_values(["low", "errors"], ascending=False, kind="stable").reset_index(drop=True)


def sliceable(data: Predictions) -> dict[str, NDArray[Any]]:
    """Return what rows can be sliced by: their groups, and what else is known of them."""
    groups = {} if data.groups is None else {"group": data.groups}
    return {**groups, **(data.attributes or {})}


def slice_labels(values: NDArray[Any], name: str, n: int) -> NDArray[np.str_]:
    """Return the slice of each row: its value as text, or of numbers of many values the quarter they lie in."""
    if values.shape != (n,):
        raise UsageError(f"attribute {name!r} has shape {values.shape}; expected one value per row, ({n},).")
    if values.dtype.kind == "f" or (values.dtype.kind in "iu" and np.unique(values).size > _MOST_VALUES):
        known = values[np.isfinite(values)]
        if np.unique(known).size > _MOST_VALUES:
            cuts = np.unique(np.quantile(known, [0.25, 0.5, 0.75]))
            ends = [f"up to {cuts[0]:g}", *(f"{a:g} to {b:g}" for a, b in itertools.pairwise(cuts))]
            names = np.array([*ends, f"above {cuts[-1]:g}", "missing"])
            place = np.where(np.isfinite(values), np.searchsorted(cuts, values, side="left"), len(names) - 1)
            return names[place]
    return values.astype(str)


Method = Literal["auto", "cleanlab", "confident"]


def suspect_labels(data: Predictions, outcomes: Outcomes, method: Method = "auto") -> pd.DataFrame:
    """Return rows whose label is probably wrong, the most suspect first, with the label that the model suggests.

    Only out-of-sample probabilities can accuse a label: a model that has seen the row agrees with it.

    Args:
        data: The rows.
        outcomes: What came out for them.
        method: `"cleanlab"` (the extra `labels`), `"confident"` (confident learning's rule, built in), or `"auto"`:
            cleanlab where it is installed.
    """
    if method not in ("auto", "cleanlab", "confident"):
        raise UsageError(f"method is {method!r}; expected 'auto', 'cleanlab' or 'confident'.")
    installed = find_spec("cleanlab") is not None
    if method == "cleanlab" and not installed:
        raise MissingExtraError(f"label errors by cleanlab need it: {install_command('labels')}")
    y, columns = data.y_true, data.columns
    if method != "confident" and installed and np.unique(y).size > 1:  # of one class it says nothing
        rows = _by_cleanlab(y, columns)
        used = "cleanlab"
    else:
        rows = confident_label_errors(y, columns)
        used = "confident"
    suggested = columns[rows].argmax(axis=1)
    table = predictions_table(data, outcomes, rows)
    table.insert(4, "suggested", np.array(data.class_names, dtype=object)[suggested])
    table.insert(5, "p_label", columns[rows, y[rows]])
    table.attrs["method"] = used
    return table


def confident_label_errors(y: NDArray[np.integer[Any]], columns: NDArray[np.floating[Any]]) -> NDArray[np.intp]:
    """Return rows that confidently count for another class than their label, by falling margin.

    A row counts for a class when its probability reaches the mean that rows labelled so have for it.

    References:
        C. Northcutt, L. Jiang, I. Chuang, Confident learning: estimating uncertainty in dataset labels, JAIR 70 (2021).

    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.05, 0.95]])
    >>> confident_label_errors(np.array([0, 0, 1, 1, 0]), p).tolist()
    [4]
    """
    n, k = columns.shape
    support = np.bincount(y, minlength=k)
    own = columns[np.arange(n), y].astype(np.float64)
    means = np.bincount(y, weights=own, minlength=k) / np.maximum(support, 1)
    reached = np.where((columns >= means) & (support > 0), columns, -np.inf)
    claimed = reached.argmax(axis=1)
    best = reached[np.arange(n), claimed]
    rows = np.flatnonzero(np.isfinite(best) & (claimed != y) & (best > own))
    return rows[np.argsort(own[rows] - best[rows], kind="stable")]


def _by_cleanlab(y: NDArray[np.integer[Any]], columns: NDArray[np.floating[Any]]) -> NDArray[np.intp]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that it may not flag every issue of a class of a few rows
        found = import_module("cleanlab.filter").find_label_issues(
            y, columns, return_indices_ranked_by="normalized_margin", n_jobs=1
        )
    return np.asarray(found, dtype=np.intp)
