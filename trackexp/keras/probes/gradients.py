"""Gradients of a loss by the backend's own means; nothing is accumulated or applied."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

# From a scalar and Keras's trainable variables to one gradient each, None where the scalar does not depend on it.
Gradients = Callable[[Any, Sequence[Any]], list[Any]]


@contextmanager
def recorded() -> Iterator[Gradients]:
    """Record what a block computes eagerly, so that gradients can be taken of it; to be asked inside the block, once.

    JAX records nothing: it differentiates functions, see `compiled`.
    """
    backend = keras.config.backend()
    if backend == "tensorflow":
        tf: Any = sys.modules["tensorflow"]
        with tf.GradientTape() as tape:
            yield lambda value, variables: _of_tape(tape, value, variables)
    elif backend == "torch":
        torch: Any = sys.modules["torch"]
        with torch.enable_grad():
            yield lambda value, variables: list(
                torch.autograd.grad(value, [variable.value for variable in variables], allow_unused=True)
            )
    else:
        yield _unknown


def _of_tape(tape: Any, value: Any, variables: Sequence[Any]) -> list[Any]:
    found = tape.gradient(value, list(variables))
    return [getattr(gradient, "values", gradient) for gradient in found]  # an embedding's comes by its rows


def _unknown(_value: Any, _variables: Sequence[Any]) -> list[Any]:
    raise NotImplementedError(f"gradients on the backend {keras.config.backend()!r}")


def norm_of(gradient: Any) -> float | None:
    """Return the Euclidean norm of a gradient; None of none."""
    if gradient is None:
        return None
    values = np.asarray(keras.ops.convert_to_numpy(gradient), dtype=np.float32)
    return float(np.linalg.norm(values.reshape(-1)))
