"""One look at a model: forward and backward on the batch as inference sees it, and everything that is read off it."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from trackexp import keras_private
from trackexp.fit.batch import Batch
from trackexp.fit.nested import flatten
from trackexp.fit.plain import is_overridden
from trackexp.fit.protocols import Look
from trackexp.fit.scores import recomputed_loss, score_of
from trackexp.keras.probes.compiled import CompiledPass
from trackexp.keras.probes.custom_loss import loss_traits, made_up
from trackexp.keras.probes.layers import Watched, is_augmentation
from trackexp.keras.probes.passing import Passed, eager_pass
from trackexp.keras.probes.quiet import undisturbed
from trackexp.keras.probes.step_graph import step_traits
from trackexp.record.facts import LossFacts

_log = logging.getLogger("trackexp")


class Prober:
    """Looks at one model with one batch; what fails once is not tried again.

    Args:
        model: Being trained; nothing of it is changed.
        layers: Those to look at.
        losses: What is known of the compiled losses, one an output.
        activation: The last effective one of the first output.
        alone: Whether no code of the user's draws random numbers while the model is looked at.
    """

    def __init__(
        self,
        model: Any,
        layers: Sequence[Watched],
        losses: Sequence[LossFacts],
        activation: str | None,
        *,
        alone: bool = True,
    ) -> None:
        self._model = model
        self._alone = alone
        self._layers = layers
        self._loss = losses[0] if len(losses) == 1 else LossFacts()
        self._activation = activation
        self._augments = any(is_augmentation(layer) for layer in keras_private.child_layers(model, recursive=True))
        self._traits: dict[str, bool] | None = None if self._loss.get("custom") else {}
        self._step: dict[str, bool] | None = None
        self._compiled: dict[bool, CompiledPass] = {}
        self.not_seen: dict[str, str] = {}

    def look(self, batch: Batch) -> Look:
        """Look once; each part that fails is noted in `not_seen` and left out from then on."""
        seen = Look(rows=batch.rows)
        self._tried("outputs", lambda: self._outputs(batch, seen))
        if self._augments and "loss" in seen.scalars:
            self._tried("augmentation", lambda: self._augmented(batch, seen))
        if _own_step(self._model):
            self._tried("step", lambda: self._see_step(seen))
        seen.not_seen = [f"{what}: {why}" for what, why in self.not_seen.items()]
        return seen

    def _see_step(self, seen: Look) -> None:
        if self._step is None:
            self._step = step_traits(self._model)
        seen.custom_loss = {**seen.custom_loss, **self._step}

    def _tried(self, what: str, action: Callable[[], None]) -> bool:
        if what in self.not_seen:
            return False
        try:
            with undisturbed(alone=self._alone):
                action()
        except Exception as error:  # the user's own code may do anything when it is called from here
            self._note(what, error)
            return False
        return True

    def _note(self, what: str, error: Exception) -> None:
        _log.debug("a probe could not see the %s", what, exc_info=error)
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        self.not_seen[what] = f"{type(error).__name__}: {' '.join(lines[:2])[:200]}"  # Keras's line, and the cause

    def _pass(self, batch: Batch, layers: Sequence[Watched], *, gradients: bool, augment: bool = False) -> Passed:
        loss = batch.y is not None and keras_private.compile_loss(self._model) is not None
        loss = loss and "loss" not in self.not_seen
        gradients = gradients and loss and "gradients" not in self.not_seen
        if keras.config.backend() != "jax":
            return eager_pass(self._model, layers, batch, loss=loss, gradients=gradients, augment=augment)
        if augment not in self._compiled:
            made = CompiledPass(self._model, layers, loss=loss, gradients=gradients, augment=augment)
            self._compiled[augment] = made
        return self._compiled[augment](batch)

    def _outputs(self, batch: Batch, seen: Look) -> None:
        model: Any = self._model
        variables = list(model.trainable_variables)
        found = self._pass(batch, self._layers, gradients=bool(variables) and not _own_step(model))
        for what, error in found.failures.items():
            self._note(what, error)
        for name in ("dead", "saturated", "mean", "std"):
            seen.layers[name] = [None if value is None else getattr(value, name) for value in found.values]
        seen.scalars["regularization"] = found.penalty or 0.0
        if found.added[1]:
            seen.scalars["added"] = found.added[0]
        if found.loss is not None:
            seen.scalars["loss"] = found.loss
            outputs, targets = flatten(found.outputs), flatten(batch.y)
            if len(outputs) == len(targets) == 1:
                self._judge(targets[0], outputs[0], seen)
        if found.norms is not None:
            known = {id(variable): norm for variable, norm in zip(variables, found.norms, strict=True)}
            seen.scalars["gradient"] = math.sqrt(sum(norm**2 for norm in found.norms if norm is not None))
            seen.layers["gradient"] = [_per_weight(entry, known) for entry in self._layers]
            seen.without_gradient = [entry.name for entry in self._layers if _blocked(entry, known)]

    def _judge(self, target: Any, output: Any, seen: Look) -> None:
        truth, answer = target.astype(np.float64), output.astype(np.float64)
        recomputed = recomputed_loss(self._loss, truth, answer)
        if recomputed is not None:
            seen.scalars["loss_recomputed"] = recomputed
        score = score_of(self._loss, self._activation, truth, answer)
        if score is not None:
            seen.scalars.update(score=score.score, balanced=score.balanced)
            if score.spread is not None:
                seen.scalars["spread"] = score.spread
        self.try_loss(target, output.shape)
        seen.custom_loss = self._traits or {}

    def try_loss(self, target: Any, shape: Sequence[int | None]) -> dict[str, bool]:
        """Try a loss function of the user's on a few rows, once; outputs of that shape are made up for it."""
        if self._traits is None and target is not None:
            traits: dict[str, bool] = {}
            self._traits = traits
            function = _only(keras_private.user_loss(self._model))
            if callable(function):
                answers = made_up(shape, len(target), self._activation)
                self._tried(
                    "loss function",
                    lambda: traits.update(loss_traits(function, target, answers, self._activation)),
                )
        return self._traits or {}

    def _augmented(self, batch: Batch, seen: Look) -> None:
        found = self._pass(batch, (), gradients=False, augment=True)
        if found.loss is not None:
            seen.scalars["loss_augmented"] = found.loss
        outputs, targets = flatten(found.outputs), flatten(batch.y)
        if len(outputs) == len(targets) == 1:
            score = score_of(self._loss, self._activation, targets[0].astype(float), outputs[0].astype(float))
            if score is not None:
                seen.scalars["score_augmented"] = score.score


def _only(loss: Any) -> Any:
    """Return the loss of a single output, however it was passed."""
    if isinstance(loss, Mapping):
        loss = list(loss.values())
    return loss[0] if isinstance(loss, list | tuple) and len(loss) == 1 else loss


def _own_step(model: Any) -> bool:
    """Tell whether the user's class makes the step or the loss: what it minimises is not what compile was given."""
    return any(is_overridden(type(model), name) for name in ("train_step", "compute_loss"))


def _per_weight(entry: Watched, known: Mapping[int, float | None]) -> float | None:
    norm = known.get(id(entry.kernel))
    return None if norm is None else norm / math.sqrt(max(1, math.prod(entry.kernel.shape)))


def _blocked(entry: Watched, known: Mapping[int, float | None]) -> bool:
    """Tell whether none of the layer's trainable weights has a gradient."""
    own = [known[id(weight)] for weight in entry.layer.trainable_weights if id(weight) in known]
    return bool(own) and all(norm is None for norm in own)
