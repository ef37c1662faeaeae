"""The same pass on JAX, compiled as one function: operation by operation each would be compiled by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from trackexp import keras_private
from trackexp.fit.batch import Batch
from trackexp.keras.probes.layers import LayerValues, Observer, Watched, measures
from trackexp.keras.probes.passing import Passed, penalties_of, plain, tensors

# A look runs some dozens of times at most: on a CPU compiling takes half the time without the last optimisations.
_QUICKLY = {"xla_backend_optimization_level": 0}


class CompiledPass:
    """Passes batches through a model; compiled at the first, and again for another number of rows.

    Args:
        model: Its variables are handed to the compiled function at each call, never kept in it.
        layers: Those to look at.
        loss: Whether the loss of compile is computed.
        gradients: Whether its gradients are.
        augment: Whether augmentation layers work as in training.
    """

    def __init__(
        self, model: Any, layers: Sequence[Watched], *, loss: bool, gradients: bool, augment: bool = False
    ) -> None:
        self._model = model
        self._layers = layers
        self._loss = loss
        self._gradients = gradients and loss
        self._augment = augment
        self._compiled: Callable[..., Any] | None = None
        self._made_for = (0, 0)
        self._reached: list[bool] = []

    def __call__(self, batch: Batch) -> Passed:
        """Pass it through.

        Raises:
            Exception: Whatever the user's own code does when it is traced.
        """
        trainable = {id(variable) for variable in self._model.trainable_variables}
        others = [variable.value for variable in self._model.variables if id(variable) not in trainable]
        own = [variable.value for variable in self._model.trainable_variables]
        given = own, others, tensors(batch.x), tensors(batch.y), tensors(batch.sample_weight)
        if self._compiled is None or self._made_for != (batch.rows, len(own)):  # layers may be unfrozen on the way
            self._compile(given)
            self._made_for = batch.rows, len(own)
        assert self._compiled is not None
        (_, found), norms = self._compiled(*given)
        passed = Passed(outputs=plain(found["outputs"]), penalty=float(found["penalty"]))
        passed.added = float(found["added"]), int(found["parts"])
        passed.values = [_values(found["values"].get(str(place))) for place in range(len(self._layers))]
        if self._loss:
            passed.loss = float(found["loss"])
        if self._gradients:
            pairs = zip(map(float, norms), self._reached, strict=True)
            passed.norms = [norm if norm or reached else None for norm, reached in pairs]
        return passed

    def _compile(self, given: tuple[Any, ...]) -> None:
        import jax

        if self._model.run_eagerly:
            self._compiled, self._reached = self._run, [True] * len(given[0])
            return
        traced = jax.jit(self._run).trace(*given)
        self._compiled = traced.lower().compile(_QUICKLY if jax.default_backend() == "cpu" else None)
        depends = inputs_reach(traced.jaxpr.jaxpr)
        self._reached = depends[len(depends) - len(given[0]) :]  # the norms are the last of the results

    def _run(self, own: list[Any], others: list[Any], x: Any, y: Any, weight: Any) -> Any:
        import jax

        def value(own: list[Any]) -> Any:
            return self._forward(own, others, x, y, weight)

        if not self._gradients:
            return value(own), [jax.numpy.zeros(()) for _ in own]
        found, gradients = jax.value_and_grad(value, has_aux=True)(own)
        return found, [jax.numpy.linalg.norm(gradient.astype("float32").reshape(-1)) for gradient in gradients]

    def _forward(self, own: list[Any], others: list[Any], x: Any, y: Any, weight: Any) -> tuple[Any, dict[str, Any]]:
        model, ops = self._model, keras.ops
        known = [*model.trainable_variables]
        rest = {id(variable) for variable in known}
        mapping = [*zip(known, own, strict=True)]
        mapping += zip([one for one in model.variables if id(one) not in rest], others, strict=True)
        observer = Observer(self._layers, augment=self._augment, measure=measures)
        with keras.StatelessScope(mapping, collect_losses=True) as scope:
            with observer.watching():
                outputs = model(x, training=False)
            added = [ops.sum(part) for part in scope.losses]
            penalties = penalties_of(model)
            found: dict[str, Any] = {
                "outputs": keras.tree.map_structure(lambda tensor: ops.cast(tensor, "float32"), outputs),
                "penalty": sum(penalties, ops.zeros(())),
                "added": sum(added, ops.zeros(())),
                "parts": len(added),
                "values": {str(place): value for place, value in observer.values.items()},
            }
            total = found["penalty"] + found["added"]
            if self._loss:
                loss = keras_private.compile_loss(model)(y, outputs, weight)
                found["loss"] = ops.mean(loss)
                total = total + ops.sum(loss)
        return ops.cast(total, "float32"), found


def _values(found: Any) -> LayerValues | None:
    if found is None:
        return None
    dead, saturated, mean, std = (None if np.isnan(one) else float(one) for one in np.asarray(found))
    return None if mean is None or std is None else LayerValues(dead, saturated, mean, std)


def inputs_reach(jaxpr: Any) -> list[bool]:
    """Return of each result whether it depends on an input.

    A gradient that depends on none is a constant zero: the loss does not depend on that variable. JAX has no other
    word for it.
    """
    known = set(map(id, jaxpr.invars))
    for equation in jaxpr.eqns:
        if any(id(variable) in known for variable in equation.invars):
            known.update(map(id, equation.outvars))
    return [id(variable) in known for variable in jaxpr.outvars]
