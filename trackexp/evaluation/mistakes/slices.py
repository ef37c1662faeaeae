"""Error rates of slices of the rows, the worst first, with the number of slices paid for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.predictions import Predictions
from trackexp.stats import difference_interval, holm, rate_difference_p_value, wilson_interval

_MOST_VALUES = 50  # numbers with more distinct values are cut at their quartiles


def slice_errors(wrong: NDArray[np.bool_], by: Mapping[str, ArrayLike], level: float = 0.95) -> pd.DataFrame:
    """Return one line for each value of each attribute: its error rate against that of all other rows.

    Args:
        wrong: Whether each row's prediction is wrong `(n,)`.
        by: Attributes: a name, and one value a row; numbers of many values are cut at their quartiles.
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
        raise UsageError(f"attribute {name!r} has shape {values.shape}; expected one value a row, ({n},).")
    if values.dtype.kind == "f" or (values.dtype.kind in "iu" and np.unique(values).size > _MOST_VALUES):
        known = values[np.isfinite(values)]
        if np.unique(known).size > _MOST_VALUES:
            cuts = np.unique(np.quantile(known, [0.25, 0.5, 0.75]))
            ends = [f"up to {cuts[0]:g}", *(f"{a:g} to {b:g}" for a, b in itertools.pairwise(cuts))]
            names = np.array([*ends, f"above {cuts[-1]:g}", "missing"])
            place = np.where(np.isfinite(values), np.searchsorted(cuts, values, side="left"), len(names) - 1)
            return names[place]
    return values.astype(str)
