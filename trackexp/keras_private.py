"""The names of Keras that are private, or lie below `keras.src`: each is reached here and nowhere else.

A Keras that renames one fails a contract test of this file, not a training: what is gone reads as "not known". Keras is
never imported from here at import time, and not at all by what only reads an object.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


def compile_loss(model: Any) -> Any:
    """Return the function that computes the compiled loss, `(y, y_pred, sample_weight)`; None where there is none."""
    return getattr(model, "_compile_loss", None)


def user_loss(model: Any) -> Any:
    """Return `loss` as it was passed to compile."""
    return getattr(compile_loss(model), "_user_loss", None)


def user_loss_weights(model: Any) -> Any:
    """Return `loss_weights` as it was passed to compile."""
    return getattr(compile_loss(model), "_user_loss_weights", None)


def user_metrics(model: Any) -> tuple[Any, Any]:
    """Return `metrics` and `weighted_metrics` as they were passed to compile."""
    compiled = getattr(model, "_compile_metrics", None)
    return getattr(compiled, "_user_metrics", None), getattr(compiled, "_user_weighted_metrics", None)


def jit_compile(model: Any) -> Any:
    """Return what the step is compiled with: True, False or "auto"."""
    return getattr(model, "_jit_compile", None)


def wrapped_function(metric_or_loss: Any) -> Any:
    """Return the function inside a `MeanMetricWrapper` or `LossFunctionWrapper`; None for other objects."""
    kind = type(metric_or_loss).__name__
    if kind == "MeanMetricWrapper":
        return getattr(metric_or_loss, "_fn", None)
    return getattr(metric_or_loss, "fn", None) if kind == "LossFunctionWrapper" else None


def function_arguments(metric_or_loss: Any) -> dict[str, Any]:
    """Return the arguments that a wrapper hands to its function."""
    return dict(getattr(metric_or_loss, "_fn_kwargs", None) or {})


def metric_from_logits(metric: Any) -> Any:
    """Return whether a metric takes logits, as AUC keeps it; None where it has no such argument."""
    return getattr(metric, "_from_logits", None)


def metric_direction(metric: Any) -> str | None:
    """Return "up" or "down" where Keras says which way a metric is better."""
    return getattr(metric, "_direction", None)


def optimizer_rate(optimizer: Any) -> Any:
    """Return what carries the learning rate: a variable, a schedule or the user's function; None where not there."""
    return getattr(optimizer, "_learning_rate", None)


def child_layers(layer: Any, *, recursive: bool = False) -> list[Any]:
    """Return the layers inside a layer, its own ones or all below."""
    return list(layer._flatten_layers(include_self=False, recursive=recursive))


def is_functional(model: Any) -> bool:
    """Tell whether a model is Sequential or functional: a graph of layers, which its config describes whole."""
    kinds = {owner.__name__ for owner in type(model).__mro__ if owner.__module__.split(".", 1)[0] == "keras"}
    return bool(kinds & {"Sequential", "Functional"})


def graph_of(model: Any) -> Any:
    """Return what holds the graph: the model itself, or what a built Sequential keeps inside; None for none."""
    if "Sequential" in {owner.__name__ for owner in type(model).__mro__}:
        return getattr(model, "_functional", None)
    return model if is_functional(model) else None


def graph_nodes(graph: Any) -> list[Any]:
    """Return the uses of operations in a graph; each has `operation`, `parent_nodes` and `output_tensors`."""
    return [node for nodes in graph._nodes_by_depth.values() for node in nodes]


class Origin(NamedTuple):
    """Which use of which operation made a symbolic tensor, and as which of its results."""

    operation: Any
    node_index: int
    tensor_index: int


def origin_of(tensor: Any) -> Origin:
    """Return where a symbolic tensor comes from."""
    return Origin(*tensor._keras_history)


def input_tensors(origin: Origin) -> list[Any]:
    """Return the symbolic tensors that this use of the operation was given."""
    return list(origin.operation._inbound_nodes[origin.node_index].input_tensors)


@contextmanager
def kept_compile_config(model: Any) -> Iterator[None]:
    """Put back what a save takes out of a model: the HDF5 writer pops the optimizer out of its compile config.

    Every later `.keras` file of the user's would lack the optimizer otherwise.
    """
    arguments = getattr(model, "_compile_config", None)
    config = getattr(arguments, "config", None)
    if not isinstance(config, dict):
        yield
        return
    kept = dict(config)
    try:
        yield
    finally:
        config.clear()
        config.update(kept)


@contextmanager
def taken_as_built(model: Any) -> Iterator[None]:
    """Let Keras save a model whose own `call` never ran: what its parts hold is there all the same."""
    built, model.built = model.built, True
    try:
        yield
    finally:
        model.built = built


def signature_of(method: Any, name: str) -> inspect.Signature:
    """Return the signature of a bound method of `keras.Model`, also where another tool hides it behind `*args`."""
    found = inspect.signature(method)
    if "x" in found.parameters:
        return found
    from keras.src.trainers.trainer import Trainer

    own = inspect.signature(getattr(Trainer, name))  # the abstract one, which every backend's implements
    return own.replace(parameters=list(own.parameters.values())[1:])


def random_seed() -> Any:
    """Return the seed that `keras.utils.set_random_seed` was given in this thread; None where Keras is not imported."""
    ask = getattr(sys.modules.get("keras.src.utils.rng_utils"), "get_random_seed", None)
    return ask() if callable(ask) else None


@contextmanager
def kept_layer_names() -> Iterator[None]:
    """Leave Keras's counters of automatic layer names as they are."""
    from keras.src.backend.common import global_state

    names = global_state.get_global_attribute("object_name_uids")
    kept = None if names is None else dict(names)
    try:
        yield
    finally:
        now = global_state.get_global_attribute("object_name_uids")
        if now is not None:
            now.clear()
            now.update(kept or {})


def hdf5() -> Any:
    """Return the h5py that Keras itself writes with."""
    from keras.src.saving import saving_lib

    return saving_lib.h5py
