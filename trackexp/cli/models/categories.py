"""The category column that a person filled in, read back: counted, costed, ranked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trackexp.errors import UsageError
from trackexp.evaluation import Evaluation, category_summary
from trackexp.models.data.csv_file import read_csv

if TYPE_CHECKING:
    from trackexp.cli.models.evaluating import Evaluated


def read_categories(path: Path, found: Evaluated) -> tuple[pd.DataFrame, list[str]]:
    """Return how often each category occurs among the errors of this evaluation, and what it costs.

    Args:
        path: An errors table, with `id` and `category`.
        found: The evaluation; with costs each error counts what it costs, else 1.

    Raises:
        UsageError: It is no such table, or none of its rows is an error here.
    """
    result = found.result
    if not isinstance(result, Evaluation):
        raise UsageError("--categories needs errors of mutually exclusive classes.")
    table = read_csv(path)
    if "id" not in table or "category" not in table:
        raise UsageError(
            f"--categories {path} has {', '.join(table.columns)}; expected id and category, as errors.csv has."
        )
    table["id"] = table["id"].astype(str)
    errors = result.false_positives()[["id", "target", "prediction"]].astype(str)
    known = errors.merge(table[["id", "category"]].drop_duplicates("id"), on="id", how="inner")
    filled = table["category"].fillna("").str.strip() != ""
    strange = int((~table["id"][filled].isin(errors["id"])).sum())
    if known.empty and filled.any():
        raise UsageError(f"none of the {int(filled.sum())} ids in {path} is an error of this evaluation.")
    left = len(errors) - int((known["category"].fillna("").str.strip() != "").sum())
    notes = [f"{left} of {len(errors)} errors have no category yet"] if left else []
    if strange:
        notes.append(f"{strange} rows of {path} have a category and are no errors here")
    return category_summary(known, _costs(known, found)), notes


def _costs(errors: pd.DataFrame, found: Evaluated) -> Any:
    if found.profit is None:
        return None
    costs, positive = found.profit.costs, found.profit.positive
    flagged, bad = errors["prediction"] == positive, errors["target"] == positive
    each = np.select([flagged & ~bad, bad & ~flagged], [costs.false_positive, costs.false_negative], 0.0)
    return pd.Series(each, index=errors.index)
