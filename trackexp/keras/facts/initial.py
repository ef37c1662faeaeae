"""Was a layer ever trained, or anything loaded into it? Its weights against what its initializer makes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data.samples import spread

SAMPLE = 1_024
MAX_COPIED = 1 << 16  # values of a tensor that is copied whole: some 20 µs, as much as an operation that picks some
MAX_DIGESTED = 64  # weights behind a digest, and values of each
MAX_TRAINABLE = 16  # trainable layers whose weights are looked at: some 0.2 ms each
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
    return _follows_initializer(layer)


def changed_share(layers: Sequence[Any]) -> float | None:
    """Return the share of the trainable layers, of at most 16 evenly spread, that are not as they were initialized.

    0 of a new model, for one in 1,000 of its layers; 1 of one that was trained before, or had weights loaded into it.
    None where no layer tells.
    """
    trained = [one for one in layers if getattr(one, "trainable", False) and getattr(one, "kernel", None) is not None]
    found = [_follows_initializer(layer) for layer in trained[:: max(1, math.ceil(len(trained) / MAX_TRAINABLE))]]
    known = [untouched for untouched in found if untouched is not None]
    return 1 - sum(known) / len(known) if known else None


def _follows_initializer(layer: Any) -> bool | None:
    kernel, initializer = getattr(layer, "kernel", None), getattr(layer, "kernel_initializer", None)
    if kernel is None or initializer is None or math.prod(kernel.shape) < MIN_WEIGHTS:
        return None
    values = spread_values(kernel, SAMPLE)
    bias = getattr(layer, "bias", None)
    if bias is not None and type(layer.bias_initializer).__name__ == "Zeros" and np.any(spread_values(bias, SAMPLE)):
        return False
    expected = _quantiles(initializer, tuple(kernel.shape), values)
    if expected is None:
        return None
    gap = float(np.abs(expected - (np.arange(len(values)) + 0.5) / len(values)).max())
    # Kolmogorov's limit: P(gap > c / √n) = 2 exp(-2 c²)
    return bool(gap < math.sqrt(-math.log(_ALIKE / 2) / 2 / len(values)))


def weights_digest(model: Any) -> str | None:
    """Return a digest of values of the trainable weights: equal weights have equal digests; None where there are none.

    At most 64 weights, evenly spread, and 64 values of each: some 20 µs a weight.
    """
    weights = list(model.trainable_weights)
    if not weights:
        return None
    digest = blake2b(digest_size=8)
    for weight in weights[:: math.ceil(len(weights) / MAX_DIGESTED)]:
        digest.update(str(tuple(weight.shape)).encode())
        digest.update(spread_values(weight, MAX_DIGESTED).astype(np.float32).tobytes())
    return digest.hexdigest()


def spread_values(variable: Any, count: int) -> NDArray[np.float64]:
    """Return at most so many values of a variable, evenly spread; a large one is not copied for them."""
    value = variable.value
    size = math.prod(variable.shape)
    chosen = spread(size, count) if size > count else slice(None)
    whole = _in_memory(value, size)
    if whole is not None:
        return whole.reshape(-1)[chosen].astype(np.float64)
    flat = keras.ops.reshape(value, (-1,))
    if size > count:
        flat = keras.ops.take(flat, chosen)
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(flat, "float32")), dtype=np.float64)


def _in_memory(value: Any, size: int) -> NDArray[Any] | None:
    """Return a tensor as numpy where that is cheap: JAX copies nothing on a CPU, and would compile a pick first."""
    if keras.config.backend() == "jax":
        near = all(device.platform == "cpu" for device in value.devices())
        return np.asarray(value) if near else None
    if size > MAX_COPIED:
        return None
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.reshape(value, (-1,))))  # a mirrored one has no array itself


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


def is_adapted(layer: Any) -> bool:
    """Tell whether a Normalization has statistics of data: passed to it, adapted, or loaded."""
    if layer.input_mean is not None:
        return True
    mean, variance = (np.asarray(keras.ops.convert_to_numpy(w)) for w in (layer.adapt_mean, layer.adapt_variance))
    return bool((mean != 0).any() or (variance != 1).any())
