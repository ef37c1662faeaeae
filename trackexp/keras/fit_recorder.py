"""The facts of one fit: gathered before it, completed when Keras has built the model or drawn the first batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import trackexp
from trackexp.errors import DiagnosisError
from trackexp.keras import facts
from trackexp.keras.fit_progress import FitProgress
from trackexp.record import SCHEMA, DataFacts, Facts
from trackexp.tracking import Run
from trackexp.tracking.live_diagnosis import look

# Rows whose outputs are kept with the best model, so that a reloaded one can be compared with it.
CHECK_ROWS, CHECK_BYTES = 4, 2**18


class FitRecorder:
    """Gathers the facts of one fit into the run.

    Args:
        run: Where they go.
        model: The model whose fit it is.
        arguments: Those of `fit`, by name; empty where a callback sees the fit from inside.
    """

    def __init__(self, run: Run, model: Any, arguments: Mapping[str, Any]) -> None:
        self._run = run
        self._model = model
        self._arguments = arguments
        self._index = run.state.fits
        self._data: DataFacts = {}
        self._complete = _is_built(model)
        self.check_rows: Any = None
        self.batch_rows: int | None = None
        self.refusal: DiagnosisError | None = None  # of a stream, whose frameworks wrap what is raised inside it
        self.progress = FitProgress(run, self)
        run.state.fits += 1

    @property
    def index(self) -> int:
        """Which fit of the run it is, counted from 0."""
        return self._index

    @property
    def rows(self) -> int | None:
        """How many rows one epoch of training has, where that is known."""
        return self._data.get("rows")

    @property
    def fixed_rows(self) -> int | None:
        """How many rows the model takes at once, where its inputs say so."""
        sizes = [shape[0] for tensor in facts.inputs_of(self._model) if (shape := tensor.shape)]
        return next((int(size) for size in sizes if size is not None), None)

    @property
    def is_whole(self) -> bool:
        """Whether nothing more of the fit can be seen before its training: the model is built, the data are arrays."""
        return self._complete and bool(self._data.get("inputs"))

    @property
    def has_validation(self) -> bool:
        """Whether the fit was given validation data."""
        return self._arguments.get("validation_data") is not None or bool(self._arguments.get("validation_split"))

    def log_names(self) -> list[str] | None:
        """Return every key that the logs of an epoch will have, without `val_`; None where that cannot be known.

        It is known where the step and every callback are Keras's own, and there is one loss: several outputs add
        keys that Keras names only when it has built its metrics.
        """
        compiled = self._run.state.facts[-1].get("compile", {}) if self._run.state.facts else {}
        if not self._arguments or len(compiled.get("losses", [])) != 1:
            return None
        callbacks = self._arguments.get("callbacks") or []
        listed = getattr(callbacks, "callbacks", callbacks if isinstance(callbacks, list | tuple) else [callbacks])
        owners = [next(c for c in type(self._model).__mro__ if name in vars(c)) for name in ("train_step", "test_step")]
        if any(kind.__module__.split(".")[0] not in ("keras", "trackexp") for kind in (*map(type, listed), *owners)):
            return None
        tracked = [metric.name for metric in self._model.metrics if metric.name != "compile_metrics"]
        return sorted({"loss", "learning_rate", *tracked, *(metric["name"] for metric in compiled.get("metrics", []))})

    def before_fit(self) -> None:
        """Record what can be seen before `fit` is called: it may raise on the very mistake that a rule names."""
        arguments = self._arguments
        if arguments:
            with self._run.failures.guard("profiling the data"):
                self._data = facts.data_facts(
                    arguments["x"],
                    arguments.get("y"),
                    arguments.get("sample_weight"),
                    arguments.get("validation_data"),
                    validation_split=arguments.get("validation_split") or 0.0,
                )
                self.check_rows = _first_rows(arguments.get("x"))
        self.progress.begin(self._arguments, self.rows)
        self._record()

    def train_begins(self) -> None:
        """Record again where Keras has built the model since `fit` was called."""
        built = _is_built(self._model)
        if built and not self._complete:
            self._record()
        self._complete = built

    def epoch_ends(self) -> None:
        """Record once more, after the first epoch, a model that was not built when the training began."""
        if not self._complete:
            self._complete = True
            with self.progress.budget.booked():
                self._record()

    def first_batch(self, batch: tuple[Any, Any, Any]) -> None:
        """Profile the first batch, `(x, y, sample_weight)`, that a stream gives to the training."""
        with self.progress.budget.paused():
            try:
                self._first_batch(*batch)
            except DiagnosisError as error:
                self.refusal = error
                raise

    def _first_batch(self, x: Any, y: Any, sample_weight: Any) -> None:
        with self._run.failures.guard("profiling the first batch"):
            profiled = facts.data_facts(x, y, sample_weight, stream=True)
            self._data["inputs"], self._data["targets"] = profiled["inputs"], profiled["targets"]
            self._data["sample_weight"] = profiled["sample_weight"]
            self.check_rows = _first_rows(x)
            self.batch_rows = len(_leaves(x)[0])
            self.progress.first_batch(x, y, sample_weight)
        self._record()

    def _record(self) -> None:
        run = self._run
        found: Facts = {"schema": SCHEMA, "version": trackexp.__version__}
        with run.failures.guard("gathering the facts of the model"):
            found["model"] = facts.model_facts(self._model)
            targets = [target.get("shape") for target in self._data.get("targets", [])]
            found["compile"] = facts.compile_facts(self._model, targets)
        with run.failures.guard("gathering the facts of the fit"):
            found["fit"] = {**facts.fit_facts(self._arguments, self._index), **self.progress.range}
        found["data"] = self._data.copy()  # what is in the run already must not grow by itself
        if self.progress.probes:
            found["probes"] = self.progress.probes
        run.record_facts(found)
        look(run)


def _is_built(model: Any) -> bool:
    return bool(getattr(model, "built", False)) and all(layer.built for layer in getattr(model, "layers", ()))


def _leaves(x: Any) -> list[Any]:
    if isinstance(x, Mapping):
        return [leaf for value in x.values() for leaf in _leaves(value)]
    if isinstance(x, list | tuple):
        return [leaf for value in x for leaf in _leaves(value)]
    return [x]


def _first_rows(x: Any) -> Any:
    """Return the first rows of the inputs as numpy, in their structure; None where they are no arrays, or large."""
    if isinstance(x, Mapping):
        rows: Any = {key: _first_rows(value) for key, value in x.items()}
        return None if any(value is None for value in rows.values()) else rows
    if isinstance(x, list | tuple):
        rows = [_first_rows(value) for value in x]
        return None if not rows or any(value is None for value in rows) else rows
    if not hasattr(x, "shape") or not hasattr(x, "__getitem__") or not len(x.shape):
        return None
    part = x.iloc[:CHECK_ROWS].to_numpy() if hasattr(x, "iloc") else np.asarray(x[:CHECK_ROWS])
    return part.copy() if part.dtype.kind in "fiub" and part.nbytes <= CHECK_BYTES else None
