"""When a model in training is probed, what the probes saw so far, and what small models make of its rows at the end."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from trackexp.fit.budget import Budget
from trackexp.fit.data.reference import MAX_FEATURES, reference_of
from trackexp.fit.nested import flatten
from trackexp.fit.plan import Plan
from trackexp.fit.protocols import Look, Trainee
from trackexp.record.facts import ProbeFacts
from trackexp.tracking import Run

# Seconds that the small models at the end take, of rows up to 256 values and of wider ones; looks leave them over.
RESERVED, RESERVED_WIDE = 0.02, 0.05
MAX_LOOKS = 64
MAX_CELLS = 4_096  # layers × looks
KEPT_LAST = 4  # looks that are never dropped: rules ask for several running
SCALARS = (
    "loss", "loss_recomputed", "loss_augmented", "score_augmented", "regularization", "added", "score", "balanced",
    "spread", "gradient", "seconds",
)  # fmt: skip
COLUMNS = ("weight_change", "weight_scale", "gradient", "dead", "saturated", "mean", "std")


class Table:
    """The columns that the looks of one fit fill, bounded: when they are full, every second look is dropped."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._epochs: list[int] = []
        self._scalars: list[dict[str, float]] = []
        self._layers: list[dict[str, list[float | None]]] = []

    def add(self, epoch: int, scalars: Mapping[str, float], layers: Mapping[str, list[float | None]]) -> None:
        """Add one look."""
        self._epochs.append(epoch)
        self._scalars.append(dict(scalars))
        self._layers.append({key: [rounded(value) for value in column] for key, column in layers.items()})
        limit = max(2 * KEPT_LAST, min(MAX_LOOKS, MAX_CELLS // max(1, len(self._names))))
        if len(self._epochs) > limit:
            old = len(self._epochs) - KEPT_LAST
            kept = [*range(0, old, 2), *range(old, len(self._epochs))]
            self._epochs = [self._epochs[i] for i in kept]
            self._scalars = [self._scalars[i] for i in kept]
            self._layers = [self._layers[i] for i in kept]

    def facts(self) -> ProbeFacts:
        """Return the columns as the record keeps them; one that was never seen is left out."""
        count = len(self._names)
        scalars: dict[str, Any] = {key: [rounded(row.get(key)) for row in self._scalars] for key in SCALARS}
        layers: dict[str, Any] = {key: [row.get(key, [None] * count) for row in self._layers] for key in COLUMNS}
        return ProbeFacts(
            names=self._names,
            epochs=list(self._epochs),
            scalars={key: column for key, column in scalars.items() if any(v is not None for v in column)},
            layers={key: rows for key, rows in layers.items() if any(v is not None for row in rows for v in row)},
        )


class Probes:
    """Probes one model once an epoch where the budget allows it, and keeps what it saw in the facts of the fit.

    Args:
        run: Where that is kept.
        index: Which fit of the run it is.
        trainee: The model.
        plan: Of the training; its arrays are what the small models see.
        budget: Of the whole diagnosis.
    """

    def __init__(self, run: Run, index: int, trainee: Trainee, plan: Plan, budget: Budget) -> None:
        self._run, self._index, self._trainee, self._budget = run, index, trainee, budget
        x, y = flatten(plan.x), flatten(plan.y)
        self._arrays = (x[0], y[0]) if len(x) == len(y) == 1 else None
        self._rows: int | None = None
        self._table: Table | None = None
        self._probed_epoch = self._epoch = -1
        self.facts = ProbeFacts()
        self.row: dict[str, float] = {}
        self.seconds = 0.0  # that the probe of this epoch took

    def begin(self, rows: int | None) -> None:
        """Note where the weights stand before the first update; `rows` are those of arrays that are trained on."""
        self._rows = rows
        if self._arrays is not None and rows:
            width = math.prod(size or 1 for size in tuple(getattr(self._arrays[0], "shape", ()))[1:])
            self._budget.reserved = RESERVED if width <= MAX_FEATURES else RESERVED_WIDE
        with self._run.failures.guard("preparing the probes"):
            self._prepare()
        self._budget.restart()

    def begin_epoch(self) -> None:
        """Forget what the epoch before added to its row."""
        self.row, self.seconds = {}, 0.0

    def end_epoch(self, epoch: int) -> None:
        """Probe, where the time is there for it."""
        self._epoch = epoch
        with self._run.failures.guard("probing the model"), self._budget.booked():
            self._prepare()
            self._probe()

    def end_fit(self) -> None:
        """Probe at the end too, where the last epoch was passed over, and see what small models make of the rows."""
        with self._run.failures.guard("probing the model"), self._budget.booked():
            if self._probed_epoch < self._epoch:
                self._probe()
        with self._run.failures.guard("comparing with small models"), self._budget.booked():
            reserved = self._budget.reserved
            if self._arrays is not None and self._rows and self._budget.affords(reserved):
                offsets = self._budget.affords(2 * reserved)
                reference = reference_of(*self._arrays, self._rows, offsets=offsets)
                if reference is not None:
                    self._run.update_facts(self._index, "data", {"reference": reference})

    def _prepare(self) -> None:
        if self._table is not None:
            return
        before = self._trainee.before_updates()
        if before is not None:
            self._table = Table(self._trainee.layer_names())
            self._keep(before)

    def _probe(self) -> None:
        if self._table is None:
            return
        began = time.perf_counter()
        seen = self._trainee.look(self._budget)
        if seen is None:
            return
        self._probed_epoch = self._epoch
        self.seconds = seen.scalars["seconds"] = time.perf_counter() - began
        self._table.add(self._epoch, seen.scalars, seen.layers)
        self.row = {f"probe/{key}": value for key, value in seen.scalars.items()}
        self._keep(_facts_of(seen), self._table.facts())

    def _keep(self, *parts: ProbeFacts) -> None:
        for part in parts:
            self.facts = ProbeFacts(**{**self.facts, **part})
        self._run.update_facts(self._index, "probes", self.facts)


def _facts_of(seen: Look) -> ProbeFacts:
    return ProbeFacts(
        rows=seen.rows,
        without_gradient=seen.without_gradient,
        custom_loss=seen.custom_loss,
        not_seen=seen.not_seen,
    )


def rounded(value: float | None) -> float | None:
    """Return four significant digits, which is what a sample of 256 is good for; None for no finite number.

    >>> rounded(0.123456), rounded(float("nan"))
    (0.1235, None)
    """
    return float(f"{value:.4g}") if value is not None and math.isfinite(value) else None
