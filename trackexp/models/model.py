"""A model of any framework, as evaluation sees it: rows in, numbers out; and whether rows have the shape it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import TrackexpError, UsageError, first_line
from trackexp.evaluation.arrays import as_array

_CHANNELS = frozenset({1, 3, 4})


@dataclass(frozen=True, eq=False)
class Model:
    """A predict function with what is known of it.

    Args:
        name: File or place it came from.
        framework: `"keras"`, `"torch"`, `"onnx"`, `"scikit-learn"` or `"python"`.
        run: Outputs of some rows `(n, …)`, taking (inputs, batch size).
        input_shape: Without the batch axis, None where a size is free; None where the model does not say.
        activation: Of the last layer, such as `"softmax"` or `"linear"`; None where it cannot be told.
        size: Bytes of its file.
        embed: Vectors of some rows before the last layer, taking (inputs, batch size); None where there are none.
        class_names: As the model itself knows them.
        notes: What is to be said about loading it.
        call: Outputs of one batch of rows, without the loop over batches that costs `run` its time; None: use `run`.
        columns: Names of the columns that it was fitted on, where it knows them.
    """

    name: str
    framework: str
    run: Callable[[Any, int], NDArray[Any]]
    input_shape: tuple[int | None, ...] | None = None
    activation: str | None = None
    size: int | None = None
    embed: Callable[[Any, int], NDArray[Any]] | None = None
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = field(default=())
    call: Callable[[Any], Any] | None = None
    columns: tuple[str, ...] | None = None

    def predict(self, inputs: Any, batch_size: int = 256) -> NDArray[np.floating[Any]]:
        """Return the outputs of some rows as they come, `(n,)` or `(n, n_outputs)`.

        Raises:
            UsageError: The model takes rows of another shape; both are said.
        """
        rows = fitted(self, inputs)
        try:
            outputs = np.asarray(self.run(rows, batch_size))
        except Exception as error:
            raise explained(self, rows, error) from error
        refuse_outputs(self, outputs, len(rows))
        return outputs


def fitted(model: Model, inputs: Any) -> Any:
    """Return rows in the shape that the model takes; an axis of one channel is added or taken away.

    Raises:
        UsageError: The shapes differ in more than that.
    """
    wanted = model.input_shape
    rows = inputs if model.framework in ("scikit-learn", "python") else _numbers(inputs)
    seen = tuple(getattr(rows, "shape", (len(rows),)))[1:]
    if wanted is None or _agree(wanted, seen):
        return rows
    if isinstance(rows, np.ndarray) and _agree(wanted, (*seen, 1)):
        return rows[..., None]
    if isinstance(rows, np.ndarray) and _agree(wanted, (1, *seen)):
        return rows[:, None]
    if isinstance(rows, np.ndarray) and seen and seen[-1] == 1 and _agree(wanted, seen[:-1]):
        return rows[..., 0]
    raise UsageError(
        f"{model.name} takes rows of shape {_shown(wanted)}, the data has {_shown(seen)}{_hint(wanted, seen)}"
    )


def explained(model: Model, rows: Any, error: Exception) -> Exception:
    """Return what to raise for a framework's own error: it nearly always is the shape or the type of the rows."""
    if isinstance(error, TrackexpError | MemoryError):
        return error
    shape, dtype = getattr(rows, "shape", (len(rows),)), getattr(rows, "dtype", "mixed")
    taken = "" if model.input_shape is None else f" (it takes {_shown(model.input_shape)})"
    return UsageError(
        f"{model.name} does not take these rows of shape {_shown(tuple(shape)[1:])}, {dtype}{taken}: "
        f"{type(error).__name__}: {first_line(error)}"
    )


def refuse_outputs(model: Model, outputs: NDArray[Any], n: int) -> None:
    """Raise unless there is one row of numbers for each row of inputs."""
    if outputs.dtype.kind not in "fiub" or outputs.ndim not in (1, 2) or len(outputs) != n:
        raise UsageError(
            f"{model.name} gives {outputs.dtype} of shape {outputs.shape} for {n} rows; expected one number, or one a "
            "class, for each row."
        )


def _numbers(inputs: Any) -> NDArray[Any]:
    if hasattr(inputs, "iloc"):
        text = [str(name) for name, dtype in inputs.dtypes.items() if dtype.kind not in "fiub"]
        if text:
            raise UsageError(f"the columns {', '.join(text[:10])} hold no numbers; expected features that are numbers.")
        return as_array(inputs, "the rows").astype(np.float32)
    rows = np.asarray(inputs)
    return rows.astype(np.float32) if rows.dtype == np.float64 or rows.dtype == np.float16 else rows


def _agree(wanted: tuple[int | None, ...], seen: tuple[int, ...]) -> bool:
    return len(wanted) == len(seen) and all(w is None or w == s for w, s in zip(wanted, seen, strict=True))


def _shown(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"


def _hint(wanted: tuple[int | None, ...], seen: tuple[int, ...]) -> str:
    sizes = [size for size in wanted if size is not None]
    if len(sizes) == len(wanted) and np.prod(sizes) == np.prod(seen):
        moved = len(seen) == 3 and sorted(sizes) == sorted(seen) and {sizes[0], sizes[-1]} & _CHANNELS
        return "; are its channels on the other end?" if moved else "; reshape the rows of the data to it"
    return "; is this the data of that model?"
