"""One `fit` as it is recorded: its facts before the first update, our callbacks beside the user's."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from trackexp.errors import DiagnosisError
from trackexp.keras import facts
from trackexp.keras.callbacks.best_model import BestModel
from trackexp.keras.callbacks.track_batches import TrackBatches
from trackexp.keras.callbacks.track_metrics import FactsCallback, JudgeCallback, TrackMetrics
from trackexp.keras.examples import TrackExamples
from trackexp.keras.fit_recorder import FitRecorder
from trackexp.keras.looking import StopAfterLook
from trackexp.keras.probes.callback import ProbeCallback
from trackexp.tracking import Run

# Classes of W&B's own callbacks that log metrics: where one is present, nothing is logged twice.
_WANDB_LOGGERS = frozenset({"WandbMetricsLogger", "WandbCallback"})


class RecordedFit:
    """Prepares one call of `fit`, and ends it.

    Args:
        run: Where it is recorded.
        model: The model whose `fit` it is.
        wrapped: Keras's own bound method.
        args: As the user passed them.
        kwargs: As the user passed them.
    """

    def __init__(self, run: Run, model: Any, wrapped: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._run = run
        self._model = model
        self._bound = inspect.signature(wrapped).bind(*args, **kwargs)
        self._callbacks: Any = self._bound.arguments.get("callbacks")
        known = inspect.signature(wrapped).bind(*args, **kwargs)
        known.apply_defaults()
        self._recorder = FitRecorder(run, model, dict(known.arguments))
        self._added: list[Any] = []
        run.state.recorder = self._recorder
        self._recorder.before_fit()
        if "x" in self._bound.arguments:
            x = self._bound.arguments["x"]
            self._bound.arguments["x"] = facts.observe_first_batch(x, self._recorder.first_batch)
        self._examples = self._chosen_examples(dict(known.arguments))
        self._add_callbacks()

    @property
    def refusal(self) -> DiagnosisError | None:
        """What the first batch of a stream was refused with, where the run is to fail on it."""
        return self._recorder.refusal

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what to call `fit` with."""
        return self._bound.args, self._bound.kwargs

    def end(self) -> None:
        """Take our callbacks out of a CallbackList that belongs to the user."""
        with self._run.failures.yielding_to(sys.exception()):
            self._recorder.progress.train_ends()  # a fit that raised has not come to its callbacks' end
        self._run.state.recorder = None
        for callback in self._added:
            if _is_list(self._callbacks) and callback in self._callbacks.callbacks:
                self._callbacks.callbacks.remove(callback)

    def _add_callbacks(self) -> None:
        given = self._callbacks
        present = list(given.callbacks) if _is_list(given) else _listed(given)
        self._added = self._ours(present)
        if not _is_list(given):
            self._bound.arguments["callbacks"] = [*present, *self._added]
            return
        for callback in self._added:
            given.append(callback)
            callback.set_model(self._model)
            callback.set_params(given.params)

    def _chosen_examples(self, known: dict[str, Any]) -> TrackExamples | None:
        if not self._run.options.examples:
            return None
        examples = TrackExamples(self._run, self._run.options.examples)
        self._bound.arguments.update(examples.choose({**known, "x": self._bound.arguments.get("x")}))
        return examples

    def _ours(self, present: list[Any]) -> list[Any]:
        """Return the callbacks to add, to the end: Keras asks so of what reads what others put into the logs."""
        options = self._run.options
        if self._run.state.look_only:
            return [FactsCallback(self._recorder), StopAfterLook(self._recorder)]
        ours: list[Any] = [FactsCallback(self._recorder)]
        if options.diagnose:
            ours.append(ProbeCallback(self._recorder.progress))
        if options.best_model is not None and not any(isinstance(callback, BestModel) for callback in present):
            ours.append(BestModel(self._run, options.monitor, options.monitor_mode, filename=options.best_model))
        by_wandb = any(type(callback).__name__ in _WANDB_LOGGERS for callback in present)
        if not by_wandb and not any(isinstance(callback, TrackMetrics) for callback in present):
            ours.append(TrackMetrics(self._run))
        if options.log_freq != "epoch" and not any(isinstance(callback, TrackBatches) for callback in present):
            window = options.log_freq if isinstance(options.log_freq, int) else 1
            ours.append(TrackBatches(self._run, window))
        if self._examples is not None:
            ours.append(self._examples)
        return [*ours, JudgeCallback(self._recorder)]


def _is_list(callbacks: Any) -> bool:
    """Return whether it is Keras's CallbackList, which `fit` takes as it is."""
    return hasattr(callbacks, "callbacks") and hasattr(callbacks, "append")


def _listed(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
