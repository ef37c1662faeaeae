"""Labels that the model contradicts so surely that a person should look at them again."""

from __future__ import annotations

import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import MissingExtraError, UsageError
from trackexp.evaluation.classification.sums import Outcomes
from trackexp.evaluation.mistakes.tables import predictions_table
from trackexp.evaluation.predictions import Predictions

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
        raise MissingExtraError('label errors by cleanlab need it: pip install "trackexp[labels]"')
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
