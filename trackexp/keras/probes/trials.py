"""What one change of the training would come to: the same few updates on copies of the weights, with it and without.

The model is called, and nothing of it is changed: Keras's stateless scope lends it other values for its variables, and
the updates are made on those. The rows that teach and the rows that are scored are different ones.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trackexp import keras_private
from trackexp.diagnosis.remedies import Remedy
from trackexp.fit.batch import Batch
from trackexp.fit.scores import score_of
from trackexp.keras.probes.passing import plain, tensors
from trackexp.keras.probes.quiet import undisturbed
from trackexp.record.facts import LossFacts

UPDATES = 50
MIN_ROWS = 64  # of which half teach, and half are scored
_ADAM = (0.9, 0.999, 1e-7)  # Keras's own

Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Setting:
    """One of the two trainings."""

    x: Values
    y: Values
    loss: Callable[[Any, Any], Any]
    rate: float
    adaptive: bool


def can_be_tried(model: Any, batch: Batch | None) -> bool:
    """Tell whether a trial is possible: eager gradients, one array of inputs and one of targets, rows enough."""
    if batch is None or batch.whole or batch.sample_weight is not None or batch.rows < MIN_ROWS:
        return False
    arrays = isinstance(batch.x, np.ndarray) and isinstance(batch.y, np.ndarray)
    return keras.config.backend() in ("tensorflow", "torch") and arrays and bool(model.trainable_variables)


def scored_by(remedy: Remedy, losses: Sequence[LossFacts]) -> LossFacts:
    """Return the loss that says what the outputs are scored by: the advised one, else the one that is compiled."""
    known = losses[0] if len(losses) == 1 else LossFacts()
    if remedy.kind != "loss":
        return known
    return LossFacts(identifier=str(remedy.value), custom=False, from_logits=known.get("from_logits"))


def measure_of(loss: LossFacts) -> str:
    """Return the name of what outputs are scored by."""
    return "accuracy" if "crossentropy" in loss.get("identifier", "") else "R²"


def try_change(
    model: Any, batch: Batch, remedy: Remedy, loss: LossFacts, activation: str | None, *, rate: float, seconds: float
) -> tuple[float, float] | None:
    """Return the scores behind 50 updates with the change and without it; None where there is no time for them.

    All updates are made or none, so that what is found does not depend on the load.

    Args:
        model: Trained; the updates go on where it ended.
        batch: One that `can_be_tried`.
        remedy: What to change.
        loss: What the outputs are scored by.
        activation: The last effective one.
        rate: Of the optimizer.
        seconds: That both may take together.

    Raises:
        Exception: Whatever the model's own code does when it is called.
    """
    y = batch.y[:, None] if batch.y.ndim == 1 else batch.y
    adaptive = type(model.optimizer).__name__ != "SGD"
    as_it_is = _Setting(batch.x, y, _compiled(model), rate, adaptive)
    scores: list[float] = []
    for setting in (_changed(as_it_is, remedy, loss), as_it_is):
        deadline = time.perf_counter() + seconds / 2
        with undisturbed():
            answers = _answers(model, setting, deadline)
        found = None if answers is None else score_of(loss, activation, setting.y[1::2].astype(float), answers)
        if found is None:
            return None
        scores.append(found.score)
    return scores[0], scores[1]


def _changed(setting: _Setting, remedy: Remedy, loss: LossFacts) -> _Setting:
    if remedy.kind == "rate":
        return replace(setting, rate=setting.rate * float(remedy.value))
    if remedy.kind == "loss":
        function, logits = getattr(keras.losses, str(remedy.value)), bool(loss.get("from_logits"))
        return replace(setting, loss=lambda y, outputs: function(y, outputs, from_logits=logits))
    spread = setting.x.std(axis=0, keepdims=True)
    return replace(setting, x=(setting.x - setting.x.mean(axis=0, keepdims=True)) / np.where(spread > 0, spread, 1))


def _compiled(model: Any) -> Callable[[Any, Any], Any]:
    return lambda y, outputs: keras_private.compile_loss(model)(y, outputs)


def _answers(model: Any, setting: _Setting, deadline: float) -> Values | None:
    """Return what the model answers to every second row when it was taught by the others; None where time is short."""
    x, y = tensors(setting.x[::2].astype("float32")), tensors(setting.y[::2])
    own = [keras.ops.convert_to_tensor(keras.ops.convert_to_numpy(one.value)) for one in model.trainable_variables]
    moments = [(np.float32(0), np.float32(0))] * len(own)
    took = 0.0
    for step in range(1, UPDATES + 1):
        began = time.perf_counter()
        if began + took * (UPDATES - step) > deadline:
            return None
        gradients = _gradients(model, own, lambda: keras.ops.mean(setting.loss(y, model(x, training=True))))
        own, moments = _updated(own, gradients, moments, setting, step)
        took = time.perf_counter() - began if step > 1 else 0.0  # the first one loads what was not used so far
    with keras.StatelessScope(list(zip(model.trainable_variables, own, strict=True))):
        return np.asarray(plain(model(tensors(setting.x[1::2].astype("float32")), training=False)), dtype=float)


def _gradients(model: Any, own: list[Any], loss: Callable[[], Any]) -> Sequence[Any]:
    """Return the gradients of a loss by values that stand in for the trainable variables, as numpy; 0 for none."""
    pairs = list(zip(model.trainable_variables, own, strict=True))
    if keras.config.backend() == "tensorflow":
        tf: Any = sys.modules["tensorflow"]
        with tf.GradientTape() as tape:
            tape.watch(own)
            with keras.StatelessScope(pairs):
                value = loss()
        found = tape.gradient(value, own)
    else:
        torch: Any = sys.modules["torch"]
        with torch.enable_grad():
            leaves = [one.detach().requires_grad_(one.is_floating_point()) for one in own]
            with keras.StatelessScope(list(zip(model.trainable_variables, leaves, strict=True))):
                value = loss()
            found = torch.autograd.grad(value, leaves, allow_unused=True)
    return [np.float32(0) if one is None else keras.ops.convert_to_numpy(one) for one in found]


def _updated(
    own: list[Any], gradients: Sequence[Any], moments: list[tuple[Any, Any]], setting: _Setting, step: int
) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """Return values and moments behind one step of Adam, or of plain gradient descent."""
    first, second, small = _ADAM
    made, kept = [], []
    for value, gradient, (mean, square) in zip(own, gradients, moments, strict=True):
        mean, square = first * mean + (1 - first) * gradient, second * square + (1 - second) * gradient**2
        by = (mean / (1 - first**step)) / (np.sqrt(square / (1 - second**step)) + small)
        moved = keras.ops.convert_to_numpy(value) - setting.rate * (by if setting.adaptive else gradient)
        made.append(
            keras.ops.convert_to_tensor(np.asarray(moved, dtype=str(keras.backend.standardize_dtype(value.dtype))))
        )
        kept.append((mean, square))
    return made, kept
