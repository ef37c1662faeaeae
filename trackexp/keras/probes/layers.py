"""Which layers are looked at, and what their values on the batch say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trackexp import keras_private
from trackexp.fit.plain import is_own
from trackexp.keras.facts.outputs import activation_of

MAX_LAYERS = 64
MAX_VALUES = 1 << 18  # of one layer that are looked at: about a millisecond
_CUT_OFF = frozenset({"relu", "relu6"})
_BOUNDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "softsign": (-1.0, 1.0)}
_EDGE = 0.01  # share of the range that counts as its bound


@dataclass(frozen=True, slots=True)
class Watched:
    """A layer with weights or an activation of its own; `kernel` is the largest of its weights."""

    name: str
    layer: Any
    activation: str | None
    kernel: Any


def watched_layers(model: Any) -> list[Watched]:
    """Return the layers to look at, in their order: at most 64, evenly spread."""
    found = [entry for layer in _leaves(model, {id(model)}) if (entry := _watched(layer)) is not None]
    if len(found) <= MAX_LAYERS:
        return found
    return [found[int(place)] for place in np.linspace(0, len(found) - 1, MAX_LAYERS).round()]


def _leaves(parent: Any, seen: set[int]) -> Iterator[Any]:
    """Yield layers whose values are seen once a call: a recurrent layer stands for the cell inside it."""
    for layer in keras_private.child_layers(parent):
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        inside = [] if hasattr(layer, "cell") else keras_private.child_layers(layer)
        if not inside or layer.__class__.__name__ in ("Bidirectional", "TimeDistributed"):
            yield layer
        else:
            yield from _leaves(layer, seen)


def _watched(layer: Any) -> Watched | None:
    weights = [weight for weight in layer.weights if len(weight.shape) >= 2]
    kernel = max(weights, key=lambda weight: int(np.prod(weight.shape)), default=None)
    activation = activation_of(layer)
    if kernel is None and activation in (None, "linear"):
        return None
    return Watched(str(layer.name), layer, activation, kernel)


@dataclass(frozen=True, slots=True)
class LayerValues:
    """What one layer gave on the batch; shares are 0 to 1, None where the activation has no such thing."""

    dead: float | None
    saturated: float | None
    mean: float
    std: float


class Observer:
    """Collects what the watched layers give while a block runs, and lets augmentation layers work as in training.

    Args:
        layers: To watch; `values` has what they gave by their place in it, for names are unique in one model only.
        augment: Whether random layers of Keras work.
        measure: From outputs and activation to what is kept of them; default `seen_values`.
    """

    def __init__(
        self,
        layers: Sequence[Watched],
        *,
        augment: bool = False,
        measure: Callable[[Any, str | None], Any] | None = None,
    ) -> None:
        self._activations = {id(entry.layer): (place, entry.activation) for place, entry in enumerate(layers)}
        self._augment = augment
        self._measure = measure or seen_values
        self.values: dict[int, Any] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Stand before `Layer.__call__` of this thread; other threads pass through."""
        original: Any = keras.Layer.__call__
        thread = threading.get_ident()

        def observed(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != thread:
                return original(layer, *args, **kwargs)
            if self._augment and is_augmentation(layer):
                kwargs["training"] = True
            outputs = original(layer, *args, **kwargs)
            self._see(layer, outputs)
            return outputs

        keras.Layer.__call__ = observed
        try:
            yield
        finally:
            keras.Layer.__call__ = original

    def _see(self, layer: Any, outputs: Any) -> None:
        known = self._activations.get(id(layer))
        if known is None or not hasattr(outputs, "shape"):
            return
        place, activation = known
        values = self._measure(outputs, activation)
        if values is not None:
            self.values[place] = values


def is_augmentation(layer: Any) -> bool:
    """Tell whether it is one of Keras's layers that change images at random while training."""
    return type(layer).__name__.startswith(("Random", "MixUp", "CutMix")) and is_own(type(layer), "keras")


def seen_values(outputs: Any, activation: str | None) -> LayerValues | None:
    """Return what a layer's outputs say, by numpy."""
    rows = _rows_by_unit(outputs)
    return layer_values(np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(rows, "float32"))), activation)


def _rows_by_unit(outputs: Any) -> Any:
    """Return some of the values, shape (rows and positions, units)."""
    units = int(outputs.shape[-1]) if len(outputs.shape) > 1 else 1
    flat = keras.ops.reshape(outputs, (-1, units))
    step = max(1, int(flat.shape[0]) * units // MAX_VALUES)
    return flat[::step] if step > 1 else flat


def layer_values(values: NDArray[np.float32], activation: str | None) -> LayerValues | None:
    """Return what the values say, shape (rows, units); None where there is no finite one.

    >>> layer_values(np.array([[0.0, 1.0], [0.0, 0.0]], np.float32), "relu").dead
    0.5
    """
    if not values.size or not np.isfinite(values).any():
        return None
    dead = float((values == 0).all(axis=0).mean()) if activation in _CUT_OFF else None
    saturated = None
    if activation in _BOUNDS:
        low, high = _BOUNDS[activation]
        edge = _EDGE * (high - low)
        saturated = float(((values < low + edge) | (values > high - edge)).mean())
    finite = values[np.isfinite(values)]
    return LayerValues(dead, saturated, float(finite.mean()), float(finite.std()))


def measures(outputs: Any, activation: str | None) -> Any:
    """Return the same as `layer_values` by the backend's own operations, as four numbers; NaN for what there is not."""
    ops = keras.ops
    values = ops.cast(_rows_by_unit(outputs), "float32")
    none = ops.full((), float("nan"))
    dead = ops.mean(ops.cast(ops.all(values == 0, axis=0), "float32")) if activation in _CUT_OFF else none
    saturated = none
    if activation in _BOUNDS:
        low, high = _BOUNDS[activation]
        edge = _EDGE * (high - low)
        saturated = ops.mean(ops.cast((values < low + edge) | (values > high - edge), "float32"))
    finite = ops.isfinite(values)
    count = ops.sum(ops.cast(finite, "float32"))  # 0 makes both NaN: there is no finite value
    mean = ops.sum(ops.where(finite, values, 0.0)) / count
    std = ops.sqrt(ops.sum(ops.where(finite, ops.square(values - mean), 0.0)) / count)
    return ops.stack([dead, saturated, mean, std])
