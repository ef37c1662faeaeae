"""Whether rows have the shape that a model takes, and what to say when they have not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import TrackexpError, UsageError, first_line

if TYPE_CHECKING:
    from trackexp.models.loaded import Model

_CHANNELS = frozenset({1, 3, 4})


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
        return np.asarray(inputs.to_numpy(), dtype=np.float32)
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
