"""Probes of one model that keep to the budget: how many rows the first one takes, and when the next one is due."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import keras

from trackexp.fit.batch import Batch
from trackexp.fit.budget import Budget
from trackexp.fit.protocols import Look
from trackexp.keras.probes.layers import watched_layers
from trackexp.keras.probes.prober import Prober
from trackexp.keras.probes.weights import WeightSamples
from trackexp.record.facts import LossFacts

FIRST_LOOK = 0.05  # seconds that a look is taken to cost before one was made, beside its rows
# JAX compiles it first: in about half the time in which the training's own step was compiled, as far as that is known.
COMPILING, COMPILING_SHARE = 0.5, 0.5
FEWEST_ROWS = 32
_EAGER = 1.2  # a row of a look costs about so many of training: forward and backward, with a look at the values


class PacedProber:
    """Probes one model with one batch, as far as the budget allows.

    Args:
        model: Being trained; it is built.
        losses: What is known of the compiled losses, one an output.
        activation: The last effective one of the first output.
        alone: Whether no code of the user's draws random numbers while the model is probed.
    """

    def __init__(self, model: Any, losses: Sequence[LossFacts], activation: str | None, *, alone: bool) -> None:
        layers = watched_layers(model)
        self._prober = Prober(model, layers, losses, activation, alone=alone)
        self._weights = WeightSamples(layers)
        self.layer_names = [entry.name for entry in layers]
        self.initial_scale = [_short(scale) for scale in self._weights.scales]
        self._cost: float | None = None
        self._rows = 0

    @property
    def look_seconds(self) -> float | None:
        """Seconds that the last look took, forward and backward; None before the first one."""
        return self._cost

    def try_loss(self, target: Any, shape: Sequence[int | None]) -> dict[str, bool]:
        """Try a loss function of the user's on a few rows, once; outputs of that shape are made up for it."""
        return self._prober.try_loss(target, shape)

    def look(self, batch: Batch, budget: Budget, *, rows_per_epoch: int | None) -> Look | None:
        """Probe with as much of the batch as there is time for; None for none.

        Args:
            batch: Of the training.
            budget: With `left_for_probe` seconds.
            rows_per_epoch: How many rows an epoch trains on; tells what a row costs before one was probed.
        """
        part = self._affordable(batch, budget, rows_per_epoch)
        if part is None:
            return None
        began = time.perf_counter()
        seen = self._prober.look(part)
        seen.layers["weight_change"] = self._weights.changes()
        seen.layers["weight_scale"] = list(self._weights.scales)
        cost = time.perf_counter() - began
        # the first look also loads what the framework has not used so far: it says little of the next one
        self._cost = cost / 2 if self._cost is None else cost
        return seen

    def _affordable(self, batch: Batch, budget: Budget, rows_per_epoch: int | None) -> Batch | None:
        if "outputs" in self._prober.not_seen:
            return None
        left = budget.left_for_probe
        if self._cost is not None:
            return batch.first(self._rows) if self._cost <= left else None
        per_row = _EAGER * budget.epoch_seconds / rows_per_epoch if rows_per_epoch else 0.0
        left -= FIRST_LOOK if keras.config.backend() != "jax" else _compiling(budget.compiling)
        if left <= 0 or per_row * min(FEWEST_ROWS, batch.rows) > left:
            return None
        self._rows = min(batch.rows, int(left / per_row)) if per_row else batch.rows
        return batch.first(self._rows)


def _compiling(trainings: float | None) -> float:
    return COMPILING if trainings is None else max(COMPILING / 2, COMPILING_SHARE * trainings)


def _short(scale: float | None) -> float | None:
    return None if scale is None else float(f"{scale:.4g}")
