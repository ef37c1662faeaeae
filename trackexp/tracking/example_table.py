"""The examples of a run as one W&B table: pictures as pictures, everything else as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.tracking.run import Run


def log_examples(run: Run) -> None:
    """Log the rows that the last fit left, once a run."""
    columns = run.state.examples
    if not columns:
        return
    import wandb

    run.state.examples = {}
    cells = [[_cell(run, value) for value in column] for column in columns.values()]
    rows: list[Any] = [list(row) for row in zip(*cells, strict=True)]
    names: list[str | int] = list(columns)
    run.wandb_run.log({"examples": wandb.Table(columns=names, data=rows)})


def _cell(run: Run, value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    import wandb

    try:
        return wandb.Image(as_pixels(value))
    except ImportError:
        run.voice.say("the examples have no pictures: pip install pillow", topic="pillow")
        return f"{' × '.join(map(str, value.shape))} values"


def as_pixels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a picture as bytes; what is in 0 to 1 or 0 to 255 keeps its brightness, anything else is stretched.

    Args:
        values: Shape (height, width) or (height, width, channels), of any numbers.
    """
    numbers = np.nan_to_num(values.astype(np.float64))
    low, high = float(numbers.min()), float(numbers.max())
    if low < 0 or high > 255:
        numbers = (numbers - low) / max(high - low, 1e-12) * 255
    elif high <= 1:
        numbers = numbers * 255
    pixels = numbers.round().astype(np.uint8)
    return pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
