"""A PyTorch model in training, as a `FitSession` sees it: what the anchors saw is asked for here, the model never."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trackexp.diagnosis.remedies import Remedy
from trackexp.fit import Look, SaveFormat
from trackexp.fit.budget import Budget
from trackexp.record.facts import Facts, FitFacts, ProbeFacts, TrialFacts
from trackexp.record.metric_names import Direction, direction_of
from trackexp.torch.facts import compile_facts, model_facts
from trackexp.torch.looks import Looker
from trackexp.torch.saving import formats_for, save_model, size_of
from trackexp.torch.scenery import Scenery


class TorchTrainee:
    """Shows a training of PyTorch; implements `trackexp.fit.Trainee`.

    Args:
        scenery: Which module is the model.
        looker: What the looks saw.
        optimizer: Whose rate is that of the training; None where no update was made.
        fit: Facts of the loop, as far as they are known.
    """

    def __init__(self, scenery: Scenery, looker: Looker, optimizer: Any, fit: FitFacts) -> None:
        self._scenery, self._looker, self._optimizer = scenery, looker, optimizer
        self.fit = fit
        self.input_shape: Sequence[int] | None = None
        self.input_dtype: str | None = None

    def facts(self, targets: Sequence[Sequence[int | None] | None] = ()) -> Facts:
        """Return the facts of the model, of its losses and of the loop."""
        heads = self._looker.heads
        return Facts(
            framework="torch",
            model=model_facts(self._scenery.inner, self._looker.layers, heads, self.input_shape),
            compile=compile_facts(heads, self._optimizer),
            fit=self.fit,
        )

    def is_complete(self) -> bool:
        """Tell whether the graph was seen."""
        return True

    def layer_names(self) -> Sequence[str]:
        """Return the layers that looks tell of."""
        return self._looker.names

    def before_updates(self) -> ProbeFacts | None:
        """Return where the weights stand before the first update."""
        return ProbeFacts(initial_scale=self._looker.initial_scale)

    def look(self, budget: Budget) -> Look | None:
        """Return what a step of this epoch showed; it was seen while it ran."""
        return self._looker.take()

    def try_change(self, remedy: Remedy, seconds: float) -> TrialFacts | None:
        """Return nothing: the model is never called by us."""
        return None

    def save_formats(self, asked: str) -> Sequence[SaveFormat]:
        """Return the formats to try: weights are what PyTorch keeps."""
        return formats_for(asked)

    def save(self, path: Path) -> None:
        """Write the model's weights, and beside them what a reader needs to load them."""
        if self._scenery.inner is None:
            raise ValueError("the model was not found among the modules that the script called; say run.follow(model)")
        save_model(self._scenery.inner, path, input_shape=self.input_shape, input_dtype=self.input_dtype)

    def saved_bytes(self) -> int:
        """Return an upper bound for the size of the file."""
        return size_of(self._scenery.inner)

    def outputs(self, rows: Any) -> Any:
        """Return nothing: the model is never called by us."""
        return None

    def learning_rate(self) -> float | None:
        """Return the rate of the next update."""
        groups = getattr(self._optimizer, "param_groups", [])
        rate = groups[0].get("lr") if groups else None
        return float(rate) if isinstance(rate, int | float) else None

    def direction(self, metric: str) -> Direction | None:
        """Return what the metric's name says."""
        return direction_of(metric)

    def metric_names(self) -> Sequence[str] | None:
        """Return None: a script may log anything."""
        return None
