"""Was a layer ever trained, or anything loaded into it? Its weights against what its initializer makes."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trackexp.keras.facts.data.samples import spread

SAMPLE = 1_024
MIN_WEIGHTS = 36  # fewer say too little: a 3 × 3 × 1 × 4 kernel
_ALIKE = 0.001  # least p-value of the Kolmogorov-Smirnov test by which the distribution is the initializer's
_TRUNCATED = 0.87962566103423978  # standard deviation of a normal one that is cut at two


def as_initialized(layer: Any) -> bool | None:
    """Tell whether a frozen layer's kernel follows its random initializer and its bias is all zero.

    Trained weights keep neither the shape of the distribution nor biases of exactly 0. None for a layer that is
    trainable, or without such a kernel: what is being trained need not be told apart.
    """
    if layer.trainable or not layer.weights:
        return None
    kernel, initializer = getattr(layer, "kernel", None), getattr(layer, "kernel_initializer", None)
    if kernel is None or initializer is None or math.prod(kernel.shape) < MIN_WEIGHTS:
        return None
    values = _sample(kernel)
    bias = getattr(layer, "bias", None)
    if bias is not None and type(layer.bias_initializer).__name__ == "Zeros" and np.any(_sample(bias)):
        return False
    expected = _quantiles(initializer, tuple(kernel.shape), values)
    if expected is None:
        return None
    gap = float(np.abs(expected - (np.arange(len(values)) + 0.5) / len(values)).max())
    # Kolmogorov's limit: P(gap > c / √n) = 2 exp(-2 c²)
    return bool(gap < math.sqrt(-math.log(_ALIKE / 2) / 2 / len(values)))


def _sample(variable: Any) -> NDArray[np.float64]:
    flat = keras.ops.reshape(variable.value, (-1,))
    size = int(flat.shape[0])
    if size > SAMPLE:
        flat = keras.ops.take(flat, spread(size, SAMPLE))
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(flat, "float32")), dtype=np.float64)


def _quantiles(initializer: Any, shape: tuple[int, ...], values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the share of the initializer's distribution below each sorted value; None for one that is not known."""
    fan_in, fan_out = fans(shape)
    mode, scale = getattr(initializer, "mode", None), getattr(initializer, "scale", None)
    if mode is None or scale is None:  # of the schemes only those that scale with the layer's size are told apart
        return None
    fan = {"fan_in": fan_in, "fan_out": fan_out}.get(mode, (fan_in + fan_out) / 2)
    ordered = np.sort(values)
    deviation = math.sqrt(scale / max(1.0, fan))
    if initializer.distribution == "uniform":
        limit = math.sqrt(3.0) * deviation
        return np.clip((ordered / limit + 1) / 2, 0.0, 1.0)
    if initializer.distribution == "truncated_normal":
        share = [_below(value * _TRUNCATED / deviation) for value in ordered]
        return np.clip((np.array(share) - _below(-2.0)) / (_below(2.0) - _below(-2.0)), 0.0, 1.0)
    return None


def _below(value: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * (1.0 + math.erf(value / math.sqrt(2.0)))


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Return fan-in and fan-out of a kernel, as Keras computes them.

    >>> fans((3, 3, 4, 8))
    (36.0, 72.0)
    """
    if len(shape) < 2:
        return float(shape[0]), float(shape[0])
    field = math.prod(shape[:-2])
    return float(field * shape[-2]), float(field * shape[-1])
