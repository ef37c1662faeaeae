"""What a training was asked to do, as far as its caller says so before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Plan:
    """The arguments of a training that the session itself reads; a loop of the user's own has the defaults.

    Args:
        epochs: The number of the last epoch, counted from 1 as `fit` does; None where nobody says.
        initial_epoch: The first epoch's number, from 0.
        has_validation: Whether metrics of validation data will come.
        x: Inputs: arrays, nested or not; a stream is profiled by its batches instead.
        y: Targets of arrays.
        sample_weight: Weights of arrays.
        validation_data: `(x, y)` or `(x, y, sample_weight)` of arrays, or a stream.
        validation_split: Share of the rows, the last ones, that are kept for validation.
    """

    epochs: int | None = None
    initial_epoch: int = 0
    has_validation: bool = False
    x: Any = None
    y: Any = None
    sample_weight: Any = None
    validation_data: Any = None
    validation_split: float = 0.0

    @property
    def planned_epochs(self) -> int | None:
        """How many epochs are to be trained."""
        return None if self.epochs is None else self.epochs - self.initial_epoch
