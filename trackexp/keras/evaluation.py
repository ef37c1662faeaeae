"""One `evaluate` outside of a fit: its results go to `test/…`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from trackexp import keras_private
from trackexp.keras.facts.metrics import metric_direction
from trackexp.tracking import Run


class _TestMetrics(keras.callbacks.Callback):
    """Logs what Keras hands to `on_test_end`, which has the names that evaluate's own list lacks."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Log the results as one row."""
        run = self._run
        with run.failures.guard("logging the evaluation"):
            row = {f"test/{key}": float(np.mean(np.asarray(value))) for key, value in (logs or {}).items()}
            for key in row:
                run.define(key, axis="epoch" if run.state.rows else None, summary=metric_direction(self.model, key[5:]))
            if run.state.rows:
                row["epoch"] = run.state.next_epoch - 1
            run.log(row)


def with_test_metrics(
    run: Run, wrapped: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of `evaluate` with a callback that logs its results."""
    bound = keras_private.signature_of(wrapped, "evaluate").bind(*args, **kwargs)
    given = bound.arguments.get("callbacks")
    if hasattr(given, "callbacks"):  # a CallbackList belongs to a fit, or to the user's own loop
        return args, dict(kwargs)
    present = list(given) if isinstance(given, list | tuple) else [given] if given is not None else []
    bound.arguments["callbacks"] = [*present, _TestMetrics(run)]
    return bound.args, bound.kwargs
