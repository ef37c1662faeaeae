"""Facts of the model as it stands when training begins; nothing is built, called or created for them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any, Literal

import keras

from trackexp import keras_private
from trackexp.fit.plain import described, is_overridden, is_own, plain
from trackexp.keras.facts.initial import as_initialized, changed_share, is_adapted
from trackexp.keras.facts.kinds import layer_kind
from trackexp.keras.facts.outputs import activation_of, is_graph, output_facts, shape_of, units_of
from trackexp.record.facts import LayerFacts, ModelFacts

MAX_LAYERS = 2_000
MAX_FROZEN = 32  # frozen layers whose weights are looked at: some 0.3 ms each

_ARGUMENTS = (
    "axis", "data_format", "depth_multiplier", "dilation_rate", "epsilon", "factor", "groups", "input_dim", "invert",
    "kernel_size", "key_dim", "mask_zero", "max_tokens", "max_value", "merge_mode", "momentum", "negative_slope",
    "num_heads", "offset", "output_dim", "output_mode", "padding", "pool_size", "rate", "recurrent_dropout",
    "return_sequences", "scale", "stateful", "stddev", "strides", "target_shape", "threshold", "use_bias",
)  # fmt: skip
_OBJECTS = (
    "kernel_initializer", "bias_initializer", "embeddings_initializer", "recurrent_initializer", "gamma_initializer",
    "kernel_regularizer", "bias_regularizer", "recurrent_regularizer", "embeddings_regularizer",
    "activity_regularizer", "kernel_constraint",
)  # fmt: skip
_TRAINER_METHODS = (
    "call", "compile", "compute_loss", "compute_metrics", "evaluate", "fit", "test_step", "train_step",
)  # fmt: skip


def model_facts(model: Any) -> ModelFacts:
    """Return what the model is: kind, counts, inputs, outputs with their last effective activation, and layers.

    What cannot be seen is absent or empty: the outputs of a subclassed model, the shapes of one that is not built.
    """
    walked = list(_bounded(_walk(model, 0, {id(model)})))
    layers = [_layer_facts(*found) for found in walked]
    _add_untouched([layer for layer, _, _ in walked], layers)
    facts = ModelFacts(
        name=str(model.name),
        kind=_kind(model),
        model=type(model).__name__,
        keras=keras.__version__,
        backend=keras.config.backend(),
        dtype_policy=str(model.dtype_policy.name),
        built=bool(model.built),
        parameters=_count(model.weights),
        trainable_parameters=_count(model.trainable_weights),
        inputs=[shape_of(tensor) or [] for tensor in inputs_of(model)],
        input_names=[str(keras_private.origin_of(tensor).operation.name) for tensor in inputs_of(model)],
        outputs=output_facts(model),
        layers=layers,
        overrides=[name for name in _TRAINER_METHODS if is_overridden(type(model), name)],
    )
    kind: Any = type(model)
    if _adds_loss(kind) or any(layer.get("adds_loss") for layer in layers):
        facts["adds_loss"] = True
    changed = changed_share([layer for layer, _, _ in walked])
    if changed is not None:
        facts["changed_weights"] = changed
    if len(layers) == MAX_LAYERS:
        facts["layers_omitted"] = sum(1 for _ in _walk(model, 0, {id(model)})) - MAX_LAYERS
    return facts


def _add_untouched(layers: list[Any], known: list[LayerFacts]) -> None:
    """Say of frozen layers, at most 32 of them evenly spread, whether they are as their initializer made them."""
    frozen = [
        place
        for place, entry in enumerate(known)
        if entry.get("trainable") is False and getattr(layers[place], "kernel", None) is not None
    ]
    for place in frozen[:: max(1, math.ceil(len(frozen) / MAX_FROZEN))]:
        untouched = as_initialized(layers[place])
        if untouched is not None:
            known[place]["as_initialized"] = untouched


def _kind(model: Any) -> Literal["sequential", "functional", "subclassed"]:
    if not is_graph(model):
        return "subclassed"
    return "sequential" if isinstance(model, keras.Sequential) else "functional"


def inputs_of(model: Any) -> list[Any]:
    """Return the symbolic inputs; empty where the graph is not known."""
    if not is_graph(model):
        return []
    try:
        return list(model.inputs)
    except (AttributeError, ValueError):  # a Sequential that is not built has none yet
        return []


def _count(weights: Any) -> int:
    return sum(math.prod(int(size or 0) for size in weight.shape) for weight in weights)


_Found = tuple[Any, int, "list[Any] | None"]  # a layer or operation, its depth, its uses in the graph (None: unknown)


def _bounded(found: Iterator[_Found]) -> Iterator[_Found]:
    return islice(found, MAX_LAYERS)


def _walk(parent: Any, depth: int, seen: set[int]) -> Iterator[_Found]:
    """Yield every layer once, nested ones after the layer that holds them."""
    uses = _uses(parent)
    for layer in _children(parent):
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer, depth, None if uses is None else uses.get(id(layer), [])
        if isinstance(layer, keras.Layer):
            yield from _walk(layer, depth + 1, seen)


def _children(parent: Any) -> list[Any]:
    graph = _graph(parent)
    if graph is not None:
        return list(graph.operations)
    if is_graph(parent):
        return list(parent.layers)
    return keras_private.child_layers(parent)


def _graph(model: Any) -> Any:
    """Return the object that holds the graph, or None where there is none, or it is hidden in the user's `call`."""
    return keras_private.graph_of(model) if is_graph(model) else None


def _uses(parent: Any) -> dict[int, list[Any]] | None:
    graph = _graph(parent)
    if graph is None:
        return None
    uses: dict[int, list[Any]] = {}
    for node in keras_private.graph_nodes(graph):
        uses.setdefault(id(node.operation), []).append(node)
    return uses


def _layer_facts(layer: Any, depth: int, uses: list[Any] | None) -> LayerFacts:
    facts = LayerFacts(
        name=str(layer.name),
        layer=type(layer).__name__,
        kind=layer_kind(layer),
        depth=depth,
        activation=activation_of(layer),
        config={},
    )
    if uses:
        feeding = [parent.operation.name for node in uses for parent in node.parent_nodes]
        facts["inputs"] = list(dict.fromkeys(feeding))
        facts["calls"] = len(uses)
        facts["output_shape"] = shape_of(uses[-1].output_tensors[0])
    if isinstance(layer, keras.Layer):
        kind: Any = type(layer)
        if _adds_loss(kind):
            facts["adds_loss"] = True
        facts["units"] = units_of(layer)
        facts["parameters"] = _count(layer.weights)
        facts["trainable"] = bool(layer.trainable)
        facts["config"] = _config(layer)
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            facts["adapted"] = is_adapted(layer)
    return facts


def _config(layer: Any) -> dict[str, Any]:
    config = {name: plain(getattr(layer, name)) for name in _ARGUMENTS if getattr(layer, name, None) is not None}
    kind: Any = type(layer)
    defaults = _defaults(kind)
    for name in _OBJECTS:
        value = described(getattr(layer, name, None))
        if value is not None and value != defaults.get(name):
            config[name] = value
    return config


@cache
def _defaults(kind: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(kind).parameters
    return {name: parameters[name].default for name in _OBJECTS if name in parameters}


@cache
def _adds_loss(kind: type) -> bool:
    """Tell whether a class of the user's names `add_loss` in one of its methods; nothing is called to find out."""
    own = [base for base in kind.__mro__ if not is_own(base, "keras", "builtins")]
    functions = [inspect.unwrap(value) for base in own for value in vars(base).values() if inspect.isfunction(value)]
    return any("add_loss" in function.__code__.co_names for function in functions)
