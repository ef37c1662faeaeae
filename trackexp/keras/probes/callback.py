"""The callback that looks at the model at the end of an epoch, as often as the budget allows."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import keras

from trackexp.keras.facts.data.reference import MAX_FEATURES, reference_of
from trackexp.keras.fit_progress import FitProgress
from trackexp.keras.probes.batch import Batch, arrays
from trackexp.keras.probes.looks.layers import watched_layers
from trackexp.keras.probes.looks.probe import Look, Prober
from trackexp.keras.probes.looks.weights import WeightSamples
from trackexp.keras.probes.table import Table
from trackexp.record.facts import ProbeFacts

FIRST_LOOK = 0.05  # seconds that a look is taken to cost before one was made, beside its rows
# JAX compiles it first: in about half the time in which the training's own step was compiled, as far as that is known.
COMPILING, COMPILING_SHARE = 0.5, 0.5
# Seconds that the small models at the end take, of rows up to 256 values and of wider ones; looks leave them over.
RESERVED, RESERVED_WIDE = 0.02, 0.05
FEWEST_ROWS = 32
_EAGER = 1.2  # a row of a look costs about so many of training: forward and backward, with a look at the values


class ProbeCallback(keras.callbacks.Callback):
    """Looks once an epoch, and puts what it saw into the facts of the fit.

    Args:
        progress: Of the fit; it knows the batch, and takes what was seen.
    """

    def __init__(self, progress: FitProgress) -> None:
        super().__init__()
        self._progress = progress
        self._prober: Prober | None = None
        self._cost: float | None = None
        self._rows = 0
        self._facts = ProbeFacts()
        self._last_look = -1
        self._epoch = -1

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Note where a few weights of every layer stand before the first update."""
        with self._progress.guard("preparing the probes"):
            if getattr(self.model, "built", False):
                self._prepare()
        self._progress.budget.restart()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Look, where the time is there for it."""
        self._epoch = epoch
        budget = self._progress.budget
        budget.epoch_ends()
        with self._progress.guard("probing the model"), budget.booked():
            if self._prober is None and getattr(self.model, "built", False):
                self._prepare()
            self._look_if_affordable(epoch)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Look at the end too, where the last epoch was passed over, and see what small models make of the rows."""
        budget = self._progress.budget
        with self._progress.guard("probing the model"), budget.booked():
            if self._last_look < self._epoch:
                self._look_if_affordable(self._epoch)
        with self._progress.guard("comparing with small models"), budget.booked():
            rows = self._progress.reference_rows()
            if rows is not None and budget.affords(self._reserved()):
                self._progress.compared(reference_of(*rows, offsets=budget.affords(2 * self._reserved())))

    def _prepare(self) -> None:
        layers = watched_layers(self.model)
        losses, activation = self._progress.losses()
        self._prober = Prober(self.model, layers, losses, activation, alone=self._progress.from_arrays)
        self._weights = WeightSamples(layers)
        self._table = Table([entry.name for entry in layers])
        self._facts = ProbeFacts(initial_scale=[_short(scale) for scale in self._weights.scales])
        batch, shape = self._progress.batch, getattr(self.model, "output_shape", None)
        targets = [] if batch is None else arrays(batch.y)
        if len(targets) == 1 and isinstance(shape, tuple):
            self._facts["custom_loss"] = self._prober.try_loss(targets[0], shape)
            self._progress.looked(self._facts, {}, 0.0)

    def _look_if_affordable(self, epoch: int) -> None:
        batch = self._affordable()
        if batch is not None:
            self._look(epoch, batch)

    def _affordable(self) -> Batch | None:
        """Return as much of the batch as there is time to look at; None for none."""
        batch = self._progress.batch
        if batch is None or self._prober is None or "outputs" in self._prober.not_seen:
            return None
        budget = self._progress.budget
        left = budget.left - self._reserved()
        if self._cost is not None:
            return batch.first(self._rows) if self._cost <= left else None
        rows = self._progress.rows_per_epoch(self.params)
        per_row = _EAGER * budget.epoch_seconds / rows if rows else 0.0
        left -= FIRST_LOOK if keras.config.backend() != "jax" else self._compiling(budget.compiling)
        if left <= 0 or per_row * min(FEWEST_ROWS, batch.rows) > left:
            return None
        self._rows = min(batch.rows, int(left / per_row)) if per_row else batch.rows
        return batch.first(self._rows)

    def _compiling(self, trainings: float | None) -> float:
        return COMPILING if trainings is None else max(COMPILING / 2, COMPILING_SHARE * trainings)

    def _reserved(self) -> float:
        rows = self._progress.reference_rows()
        if rows is None:
            return 0.0
        width = math.prod(size or 1 for size in tuple(getattr(rows[0], "shape", ()))[1:])
        return RESERVED if width <= MAX_FEATURES else RESERVED_WIDE

    def _look(self, epoch: int, batch: Batch) -> None:
        assert self._prober is not None
        began = time.perf_counter()
        seen = self._prober.look(batch)
        seen.layers["weight_change"] = self._weights.changes()
        seen.layers["weight_scale"] = list(self._weights.scales)
        cost = seen.scalars["seconds"] = time.perf_counter() - began
        # the first look also loads what the framework has not used so far: it says little of the next one
        self._cost = cost / 2 if self._cost is None else cost
        self._last_look = epoch
        self._keep(epoch, batch, seen, cost)

    def _keep(self, epoch: int, batch: Batch, seen: Look, cost: float) -> None:
        assert self._prober is not None
        self._table.add(epoch, seen.scalars, seen.layers)
        facts = ProbeFacts(
            rows=batch.rows,
            without_gradient=seen.without_gradient,
            custom_loss=seen.custom_loss,
            not_seen=[f"{what}: {why}" for what, why in self._prober.not_seen.items()],
        )
        self._facts = ProbeFacts(**{**self._facts, **facts, **self._table.facts()})
        self._progress.looked(self._facts, {f"probe/{key}": value for key, value in seen.scalars.items()}, cost)


def _short(scale: float | None) -> float | None:
    return None if scale is None else float(f"{scale:.4g}")
