"""A model over rows, batch after batch: predictions of all, or sums where there are too many to keep."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation import (
    Evaluation,
    MultiLabelEvaluation,
    RegressionEvaluation,
    evaluate,
    evaluate_batches,
    evaluate_regression,
)
from trackexp.evaluation.predictions import LazyRows
from trackexp.models.data.source import Batch, DataSource
from trackexp.models.model import Model
from trackexp.models.outputs import Outputs, class_targets, read_outputs

KEPT_BYTES = 256_000_000  # of outputs; beyond, sums and the worst rows are kept, and memory no longer grows
_CHUNK_BYTES = 32_000_000  # of inputs: given to the model at once, so that its own loop does the batches
_MOST_ROWS = 65_536
_SLOW = 2.0  # seconds: a model that takes longer over its first rows is not asked again for its warm latency

Result = Evaluation | MultiLabelEvaluation | RegressionEvaluation
Progress = Callable[[int], None]


@dataclass(eq=False)
class ModelEvaluation:
    """What came out of a model and data.

    Args:
        result: The evaluation.
        notes: What is to be said about how it came about.
        outputs: What the outputs were taken for.
        seconds: Time that the model took.
    """

    result: Result
    notes: list[str]
    outputs: Outputs
    seconds: float


@dataclass(eq=False)
class _Pass:
    """The state of going through the rows once."""

    model: Model
    data: DataSource
    batch_size: int
    progress: Progress
    seconds: float = 0.0
    rows: int = 0
    latency: float = 0.0  # seconds a row
    outputs: Outputs | None = None
    notes: list[str] = field(default_factory=list)

    def batches(self) -> Iterator[tuple[Batch, NDArray[np.floating[Any]]]]:
        """Yield batches with the model's probabilities, or numbers."""
        source = self.data.batches(self._chunk())
        for batch in source:
            began = time.perf_counter()
            raw = self.model.predict(batch.inputs, self.batch_size)
            taken = time.perf_counter() - began
            self.seconds += taken
            if self.rows == 0:
                self.latency = self._warm(batch.inputs, taken)
            if self.outputs is None:
                self.outputs = read_outputs(raw, batch.targets, self.model.activation)
            self.rows += len(raw)
            self.progress(len(raw))
            yield batch, self.outputs.probabilities(raw)

    def _warm(self, inputs: Any, taken: float) -> float:
        """Return the seconds a row of one batch more, as the first call also builds the graph; not of a slow model."""
        if taken > _SLOW:
            return taken / max(len(inputs), 1)
        some = inputs.iloc[: self.batch_size] if hasattr(inputs, "iloc") else inputs[: self.batch_size]
        began = time.perf_counter()
        self.model.predict(some, self.batch_size)
        return (time.perf_counter() - began) / max(len(some), 1)

    def _chunk(self) -> int:
        """Return how many rows to read at once: whole batches, some megabytes of them."""
        shape = (
            self.model.input_shape
            or getattr(self.data, "shape", None)
            or getattr(getattr(self.data, "inputs", None), "shape", (0, 1000))[1:]
        )
        wide = 4 * int(np.prod([size or 1 for size in shape])) or 4
        rows = min(max(_CHUNK_BYTES // wide, 1), _MOST_ROWS)
        return -(-rows // self.batch_size) * self.batch_size


def evaluate_model(
    model: Model,
    data: DataSource,
    *,
    part: str | None = None,
    class_names: tuple[str, ...] | None = None,
    batch_size: int = 256,
    calibration_bins: int = 15,
    progress: Progress = lambda _rows: None,
    rows_for: str = "",
) -> ModelEvaluation:
    """Evaluate a model on rows; the rows are held only as far as tables and pictures need them.

    Args:
        model: From `load_model`.
        data: From `open_data`.
        part: Which part the rows are.
        class_names: In the order of the outputs; None takes the data's, then the model's.
        batch_size: Rows that the model is given at once.
        calibration_bins: Bins of equal width.
        progress: Called with the number of rows after each piece.
        rows_for: What needs every row's outputs, and what to do without; more than are kept are then refused at once.

    Raises:
        UsageError: The model does not take the rows, the answers do not fit its outputs, or there are too many rows.
    """
    if batch_size < 1:
        raise UsageError(f"batch_size is {batch_size}; expected rows per batch, at least 1.")
    names = class_names or data.class_names or model.class_names
    going = _Pass(model, data, batch_size, progress, notes=[*model.notes])
    kept: list[tuple[Batch, NDArray[np.floating[Any]]]] = []
    held = 0
    stream = going.batches()
    for batch, prob in stream:
        kept.append((Batch(None, batch.targets, batch.ids, batch.groups), prob))
        held += prob.nbytes
        if rows_for:
            _refuse_sums(data, prob, held, rows_for)
        if held > KEPT_BYTES:
            break
    if not kept or going.outputs is None:
        raise UsageError(f"{data.name} holds no rows.")
    if going.outputs.kind == "numbers":
        kept += [(Batch(None, batch.targets, batch.ids), prob) for batch, prob in stream]
        result: Result = _of_numbers(kept, part, going)
    elif held > KEPT_BYTES:
        result = _of_sums(kept, stream, names, part, calibration_bins, going)
    else:
        result = _of_rows(kept, names, part, calibration_bins, going)
    return ModelEvaluation(result, [*going.notes, *data.notes], going.outputs, going.seconds)


def _refuse_sums(data: DataSource, prob: NDArray[Any], held: int, rows_for: str) -> None:
    """Raise as soon as it is known that there are more outputs than are kept: mostly at the first of them."""
    every = 0 if data.n is None else data.n * (prob.nbytes // max(len(prob), 1))
    if max(every, held) > KEPT_BYTES:
        rows = "its" if data.n is None else f"its {data.n:,}"
        raise UsageError(
            f"{data.name}: the outputs of {rows} rows take more than {KEPT_BYTES // 10**6} MB, of which only sums are "
            f"kept; {rows_for}."
        )


def going_measurements(going: _Pass) -> dict[str, float]:
    """Return latency and size, which stand beside the metrics."""
    found = {"latency_ms_per_row": 1000 * going.latency, "predict_seconds": going.seconds}
    return found | ({} if going.model.size is None else {"model_bytes": float(going.model.size)})


def _of_rows(
    kept: list[tuple[Batch, NDArray[np.floating[Any]]]],
    names: tuple[str, ...] | None,
    part: str | None,
    bins: int,
    going: _Pass,
) -> Result:
    prob = np.concatenate([prob for _, prob in kept])
    truth = np.concatenate([batch.targets for batch, _ in kept])
    shared = going.outputs is None or going.outputs.shared
    truth, names, notes = class_targets(truth, prob, names, shared=shared)
    going.notes += notes
    batches = [batch for batch, _ in kept]
    ids = _ids(batches)
    groups = None if any(b.groups is None for b in batches) else np.concatenate([np.asarray(b.groups) for b in batches])
    inputs = LazyRows(going.data.take, len(prob)) if not hasattr(going.data, "stream") else None
    if truth.ndim == 2:
        return evaluate(
            truth, prob, task="multilabel", class_names=names, ids=ids, inputs=inputs, groups=groups, part=part,
            calibration_bins=bins, source=going.data.name, measurements=going_measurements(going),
        )  # fmt: skip
    return evaluate(
        truth, prob, class_names=names, ids=ids, inputs=inputs, groups=groups, part=part, calibration_bins=bins,
        source=going.data.name, measurements=going_measurements(going),
    )  # fmt: skip


def _of_sums(
    kept: list[tuple[Batch, NDArray[np.floating[Any]]]],
    rest: Iterator[tuple[Batch, NDArray[np.floating[Any]]]],
    names: tuple[str, ...] | None,
    part: str | None,
    bins: int,
    going: _Pass,
) -> Evaluation:
    """Evaluate what was kept so far and the rest of the stream by their sums."""
    first = np.concatenate([batch.targets for batch, _ in kept])
    shared = going.outputs is None or going.outputs.shared
    _, names, notes = class_targets(first, kept[0][1], names, shared=shared)
    going.notes += notes

    def pairs() -> Iterator[tuple[Any, Any]]:
        while kept:
            batch, prob = kept.pop(0)
            yield class_targets(batch.targets, prob, names, shared=shared)[0], prob
        for batch, prob in rest:
            yield class_targets(batch.targets, prob, names, shared=shared)[0], prob

    result = evaluate_batches(pairs(), class_names=names, part=part, calibration_bins=bins)
    going.notes.append(
        f"{result.n:,} rows are more than are kept: numbers, curves of calibration and the worst errors are from all "
        "of them; knees, profit curves and slices need the rows, and are left out"
    )
    return replace(result, measurements=going_measurements(going))


def _of_numbers(
    kept: list[tuple[Batch, NDArray[np.floating[Any]]]], part: str | None, going: _Pass
) -> RegressionEvaluation:
    truth, numbers = np.concatenate([batch.targets for batch, _ in kept]), np.concatenate([prob for _, prob in kept])
    ids = _ids([batch for batch, _ in kept])
    return evaluate_regression(truth, numbers, part=part, ids=ids, measurements=going_measurements(going))


def _ids(batches: list[Batch]) -> NDArray[Any] | None:
    if any(batch.ids is None for batch in batches):
        return None
    return np.array([name for batch in batches if batch.ids is not None for name in batch.ids])
