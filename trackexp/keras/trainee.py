"""A Keras model in training, as a `FitSession` sees it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trackexp import keras_private
from trackexp.diagnosis.remedies import Remedy
from trackexp.fit.batch import ROWS, Batch, batch_of
from trackexp.fit.budget import Budget
from trackexp.fit.nested import flatten
from trackexp.fit.plan import Plan
from trackexp.fit.protocols import Look, SaveFormat
from trackexp.keras.facts import compile_facts, fit_facts, inputs_of, model_facts
from trackexp.keras.facts.fit import KERAS_BATCH_SIZE
from trackexp.keras.facts.metrics import metric_direction
from trackexp.keras.facts.optimizer import learning_rate
from trackexp.keras.probes.paced import PacedProber
from trackexp.keras.probes.passing import plain, tensors
from trackexp.keras.probes.quiet import kept_streams, undisturbed
from trackexp.keras.probes.trials import UPDATES, can_be_tried, measure_of, scored_by, try_change
from trackexp.record.facts import CompileFacts, Facts, ProbeFacts, TrialFacts
from trackexp.record.metric_names import Direction
from trackexp.tracking import Run

_log = logging.getLogger("trackexp")

MAX_TOGETHER = 4_096  # rows of a training that has them all in one batch
# Of a file beside its numbers, generously: the configuration of a model, and the headers of a variable.
_OVERHEAD, _OVERHEAD_OF_VARIABLE = 2**20, 2**12
_WEIGHTS = ".weights.h5"


class KerasTrainee:
    """Shows a Keras model and its call of `fit`; implements `trackexp.fit.Trainee`.

    Args:
        run: What fails is counted and said there.
        model: Being trained; nothing of it is changed.
        arguments: Those of `fit`, by name; empty where a callback sees the fit from inside.
    """

    def __init__(self, run: Run, model: Any, arguments: Mapping[str, Any]) -> None:
        self._run = run
        self._model = model
        self._arguments = arguments
        self._facts: Facts = {}
        self._prober: PacedProber | None = None
        self._batch: Batch | None = None
        self._drawn = False
        self._alone = False  # no code of the user's draws random numbers beside ours: the data are arrays
        self.rows_per_epoch: int | None = None  # that are trained on, once it is known

    @property
    def fixed_rows(self) -> int | None:
        """How many rows the model takes at once, where its inputs say so."""
        sizes = [shape[0] for tensor in inputs_of(self._model) if (shape := tensor.shape)]
        return next((int(size) for size in sizes if size is not None), None)

    def take_arrays(self, plan: Plan, rows: int | None) -> None:
        """Keep the batch of the probes: rows of the arrays that are trained on, the first `rows` of them."""
        if rows and self._run.options.diagnose:
            self._alone = True
            size = self._arguments.get("batch_size") or KERAS_BATCH_SIZE
            together = self.fixed_rows or (rows if ROWS < rows <= min(size, MAX_TOGETHER) else None)
            self._keep_batch(plan.x, plan.y, plan.sample_weight, stop=rows, together=together)

    def take_first_batch(self, x: Any, y: Any, sample_weight: Any) -> None:
        """Keep the batch of the probes: the first one of a stream, whatever comes later."""
        if self._run.options.diagnose and not self._drawn:
            self._drawn = True
            self._keep_batch(x, y, sample_weight, stop=None, together=self.fixed_rows)

    def _keep_batch(self, x: Any, y: Any, weight: Any, *, stop: int | None, together: int | None) -> None:
        with self._run.failures.guard("taking a batch for the probes"):
            try:
                self._batch = batch_of(x, y, weight, stop=stop, together=together)
            except (AttributeError, IndexError, TypeError, ValueError, ImportError):
                self._batch = None  # sparse, ragged, text, of uneven length: rows that cannot be taken

    def facts(self, targets: Sequence[Sequence[int | None] | None] = ()) -> Facts:
        """Return the facts of the model, of compile and of the arguments of `fit`."""
        facts: Facts = {"framework": "keras"}
        with self._run.failures.guard("gathering the facts of the model"):
            facts["model"] = model_facts(self._model)
            facts["compile"] = compile_facts(self._model, targets)
        with self._run.failures.guard("gathering the facts of the fit"):
            facts["fit"] = fit_facts(self._arguments)
        self._facts = facts
        return facts

    def is_complete(self) -> bool:
        """Tell whether the model and all its layers are built."""
        built = bool(getattr(self._model, "built", False))
        return built and all(layer.built for layer in getattr(self._model, "layers", ()))

    def layer_names(self) -> Sequence[str]:
        """Return the layers that probes look at."""
        return [] if self._prober is None else self._prober.layer_names

    def before_updates(self) -> ProbeFacts | None:
        """Note where a few weights of every layer stand, and try a loss function of the user's; None until built."""
        if not getattr(self._model, "built", False):
            return None
        outputs = self._facts.get("model", {}).get("outputs", [])
        activation = outputs[0].get("activation") if outputs else None
        losses = self._facts.get("compile", {}).get("losses", [])
        self._prober = PacedProber(self._model, losses, activation, alone=self._alone)
        facts = ProbeFacts(initial_scale=self._prober.initial_scale)
        targets = [] if self._batch is None else flatten(self._batch.y)
        shape = getattr(self._model, "output_shape", None)
        if len(targets) == 1 and isinstance(shape, tuple):
            facts["custom_loss"] = self._prober.try_loss(targets[0], shape)
        return facts

    def look(self, budget: Budget) -> Look | None:
        """Pass the batch through the model once, forward and backward, as inference sees it."""
        if self._prober is None or self._batch is None:
            return None
        return self._prober.look(self._batch, budget, rows_per_epoch=self.rows_per_epoch)

    def try_change(self, remedy: Remedy, seconds: float) -> TrialFacts | None:
        """Try a change by 50 updates of copies of the weights, where the model and its batch allow it."""
        batch, rate = self._batch, self.learning_rate()
        if batch is None or rate is None or not self._alone or not can_be_tried(self._model, batch):
            return None
        outputs = self._facts.get("model", {}).get("outputs", [])
        activation = outputs[0].get("activation") if len(outputs) == 1 else None
        loss = scored_by(remedy, self._facts.get("compile", {}).get("losses", []))
        try:
            with _quiet_absl():
                found = try_change(self._model, batch, remedy, loss, activation, rate=rate, seconds=seconds)
        except Exception as error:  # the user's own code may do anything when it is called from here
            _log.debug("a remedy could not be tried: %r", error)
            return None
        if found is None:
            return None
        return TrialFacts(
            change=remedy.words,
            updates=UPDATES,
            rows=batch.rows // 2,
            measure=measure_of(loss),
            changed=round(found[0], 4),
            unchanged=round(found[1], 4),
        )

    def save_formats(self, asked: str) -> Sequence[SaveFormat]:
        """Return the format asked for, then weights alone, as far as the model can be written so."""
        if asked.endswith(_WEIGHTS):
            return self._weight_formats(asked, None)
        weights = f"{asked.rsplit('.', 1)[0]}{_WEIGHTS}"
        if asked.endswith(".h5") and not keras_private.is_functional(self._model):
            name = type(self._model).__name__
            return self._weight_formats(weights, f"{name} is a subclassed model, which .h5 saves and cannot load")
        return [SaveFormat(asked), *self._weight_formats(weights, None)]

    def _weight_formats(self, name: str, why: str | None) -> list[SaveFormat]:
        if self._model.built or not any(layer.built for layer in keras_private.child_layers(self._model)):
            return [SaveFormat(name, why)]
        never = f"{type(self._model).__name__} is never called as a whole in this training, so Keras has not built it"
        return [SaveFormat(name, never, "parts' weights")]

    def save(self, path: Path) -> None:
        """Write the model; its compile config and the user's random streams are afterwards as before."""
        with _quiet_absl(), keras_private.kept_compile_config(self._model), kept_streams(alone=self._alone):
            if not path.name.endswith(_WEIGHTS):
                self._model.save(path, overwrite=True)
            elif self._model.built:
                self._model.save_weights(path, overwrite=True)
            else:
                with keras_private.taken_as_built(self._model):
                    self._model.save_weights(path, overwrite=True)

    def saved_bytes(self) -> int:
        """Return an upper bound for the size of the saved model."""
        variables = [*self._model.variables, *getattr(getattr(self._model, "optimizer", None), "variables", ())]
        needed = sum(math.prod(item.shape) * (8 if "64" in str(item.dtype) else 4) for item in variables)
        return int(needed) + _OVERHEAD + _OVERHEAD_OF_VARIABLE * len(variables)

    def outputs(self, rows: Any) -> Any:
        """Return the model's outputs; None for one with stateful layers, whose answer depends on the rows before."""
        if not self._model.built:  # never called as a whole: a call of ours would build it
            return None
        if any(getattr(layer, "stateful", False) for layer in keras_private.child_layers(self._model, recursive=True)):
            return None
        with undisturbed(alone=self._alone):
            return plain(self._model(tensors(rows), training=False))

    def learning_rate(self) -> float | None:
        """Return the rate of the next update, also of a schedule and inside a wrapper."""
        return learning_rate(getattr(self._model, "optimizer", None), call_schedule=True)

    def direction(self, metric: str) -> Direction | None:
        """Return Keras's own word for which way a metric is better, else what its name says."""
        return metric_direction(self._model, metric)

    def metric_names(self) -> Sequence[str] | None:
        """Return every key of an epoch's logs, where the step and every callback are Keras's own and there is one loss.

        Several outputs add keys that Keras names only when it has built its metrics.
        """
        compiled: CompileFacts = self._facts.get("compile", {})
        if not self._arguments or len(compiled.get("losses", [])) != 1:
            return None
        kinds = [type(callback) for callback in callbacks_of(self._arguments.get("callbacks"))]
        owners = [next(c for c in type(self._model).__mro__ if name in vars(c)) for name in ("train_step", "test_step")]
        if any(kind.__module__.split(".")[0] not in ("keras", "trackexp") for kind in (*kinds, *owners)):
            return None
        tracked = [metric.name for metric in self._model.metrics if metric.name != "compile_metrics"]
        return sorted({"loss", "learning_rate", *tracked, *(metric["name"] for metric in compiled.get("metrics", []))})


def callbacks_of(given: Any) -> list[Any]:
    """Return the callbacks in whatever form `fit` was given them."""
    given = getattr(given, "callbacks", given)
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


class _NoLegacyWarning(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return "HDF5 file" not in str(record.msg)


@contextmanager
def _quiet_absl() -> Iterator[None]:
    """Keep from the user the advice to take another format than the one they, or we, chose knowingly."""
    absl, block = logging.getLogger("absl"), _NoLegacyWarning()
    absl.addFilter(block)
    try:
        yield
    finally:
        absl.removeFilter(block)
