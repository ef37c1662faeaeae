"""Gradients of a loss by the backend's own means; nothing is accumulated or applied."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np


def gradient_norms(loss: Callable[[Any], Any], variables: Sequence[Any]) -> list[float | None]:
    """Return the norm of the loss's gradient for each variable; None where the loss does not depend on it.

    JAX has no such None: there it is a norm of exactly 0.

    Args:
        loss: Computes a scalar from the variables' current values; called with the stateless scope that it runs in,
            which holds what layers add to the loss.
        variables: Keras's trainable variables.
    """
    backend = keras.config.backend()
    if backend == "tensorflow":
        return [_norm(found) for found in _tensorflow(loss, variables)]
    if backend == "torch":
        return [_norm(found) for found in _torch(loss, variables)]
    if backend == "jax":
        return [_norm(found) for found in _jax(loss, variables)]
    raise NotImplementedError(f"gradients on the backend {backend!r}")


def _tensorflow(loss: Callable[[Any], Any], variables: Sequence[Any]) -> list[Any]:
    tf: Any = sys.modules["tensorflow"]
    with tf.GradientTape() as tape, keras.StatelessScope(collect_losses=True) as scope:
        value = loss(scope)
    return [getattr(found, "values", found) for found in tape.gradient(value, list(variables))]


def _torch(loss: Callable[[Any], Any], variables: Sequence[Any]) -> list[Any]:
    torch: Any = sys.modules["torch"]
    with torch.enable_grad(), keras.StatelessScope(collect_losses=True) as scope:
        value = loss(scope)
        return list(torch.autograd.grad(value, [variable.value for variable in variables], allow_unused=True))


def _jax(loss: Callable[[Any], Any], variables: Sequence[Any]) -> list[Any]:
    import jax

    def of_values(values: list[Any]) -> Any:
        with keras.StatelessScope(list(zip(variables, values, strict=True)), collect_losses=True) as scope:
            return loss(scope)

    return list(jax.grad(of_values)([variable.value for variable in variables]))


def _norm(gradient: Any) -> float | None:
    if gradient is None:
        return None
    values = np.asarray(keras.ops.convert_to_numpy(gradient), dtype=np.float32)
    return float(np.linalg.norm(values.reshape(-1)))
