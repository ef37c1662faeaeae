"""Evaluations as evidence: what a version answered on every row, kept in the evaluation's run and found again later."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UnreadableRunError
from trackexp.evaluation import Evaluation, MultiLabelEvaluation, RegressionEvaluation
from trackexp.reading.places import wandb_folder
from trackexp.record.row_outcomes import FILE_NAME, RowOutcomes
from trackexp.registry.candidate import Evidence
from trackexp.stats.digests import input_digests, set_digest
from trackexp.stats.sketch import RowSketch

if TYPE_CHECKING:
    from trackexp.models.data.source import Batch

Result = Evaluation | MultiLabelEvaluation | RegressionEvaluation


class DigestedRows:
    """A source of rows that notes the digest of each row as it is given to the model.

    Args:
        source: The rows, as `open_data` gives them.
    """

    def __init__(self, source: Any) -> None:
        self._source = source
        self._digests: list[NDArray[np.uint64]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order, and note them."""
        self._digests = []
        for batch in self._source.batches(size):
            self._digests.append(input_digests(batch.inputs))
            yield batch

    @property
    def digests(self) -> NDArray[np.uint64]:
        """Digests of the rows that were gone through `(n,)`."""
        return np.concatenate(self._digests) if self._digests else np.empty(0, np.uint64)


def row_outcomes(result: Result, *, model_sha256: str = "", digests: NDArray[np.uint64] | None = None) -> RowOutcomes:
    """Return what an evaluation holds of every row, with its numbers and their intervals.

    Args:
        result: With its rows; of sums alone no pair can be made.
        model_sha256: Of the model file that answered.
        digests: Of the rows' inputs `(n,)`, in any order; None where they were not at hand.

    Raises:
        UsageError: Only sums were kept.
    """
    intervals = result.intervals() if hasattr(result, "intervals") else {}
    return RowOutcomes(
        **_answers(result),
        model_sha256=model_sha256,
        rows_digest="" if digests is None else set_digest(digests),
        sketch=None if digests is None else RowSketch.of(digests).to_dict(),
        numbers={name: _finite(value) for name, value in result.to_dict().items() if _is_number(value)},
        intervals={
            name: (float(one.low), float(one.high))
            for name, one in intervals.items()
            if math.isfinite(one.low) and math.isfinite(one.high)
        },
    )


def find_evidence(model_sha256: str, *, rows_digest: str = "", root: Path | None = None) -> Evidence | None:
    """Return the latest evaluation of a model file among the runs on this disk; None where there is none.

    Args:
        model_sha256: Of the model file.
        rows_digest: Of the rows it must be of; "" takes any.
        root: The folder that holds `wandb/`; default as for `read_run`.
    """
    folder = wandb_folder(root)
    for path in sorted(folder.glob(f"*run-*/files/{FILE_NAME}"), key=_started, reverse=True):
        try:
            rows = RowOutcomes.read(path)
        except UnreadableRunError:
            continue
        if rows.model_sha256 == model_sha256 and rows_digest in ("", rows.rows_digest):
            return Evidence(rows, run=path.parent.parent.name.rpartition("-")[2])
    return None


def _started(path: Path) -> str:
    """Return the part of a run folder's name that says when it began: `run-20260101_120000-id`."""
    return path.parent.parent.name.partition("run-")[2]


def _answers(result: Result) -> dict[str, Any]:
    if isinstance(result, RegressionEvaluation):
        return {"task": "values", "target": result.y_true, "prediction": result.y_pred, "ids": result.ids}
    if isinstance(result, MultiLabelEvaluation):
        return _label_sets(result)
    data = result.data
    wrong = result.predictions_are_wrong
    outcomes = result.outcomes
    assert outcomes is not None  # `data` has raised before
    return {
        "task": "classes",
        "target": data.y_true,
        "prediction": np.asarray(outcomes.prediction),
        "p_target": np.asarray(outcomes.p_true, np.float32) if len(wrong) else None,
        "ids": data.ids,
        "class_names": tuple(result.class_names),
    }


def _label_sets(result: MultiLabelEvaluation) -> dict[str, Any]:
    """Return rows of several labels as values: the share of labels that are right, which is what is compared."""
    rows = result.rows
    right = np.mean((np.asarray(rows.y_prob) > result.threshold) == (np.asarray(rows.y_true) > 0), axis=1)
    return {"task": "values", "target": np.ones(len(right)), "prediction": right, "ids": rows.ids}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
