"""What each output of a model is made of: the last effective activation, walked back through the graph."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import keras

from trackexp import keras_private
from trackexp.fit.plain import is_overridden, is_own, name_of, plain, snake_case
from trackexp.record.facts import OutputFacts

MAX_STEPS = 500  # of one walk, branches included: a bound for graphs that add and add

ACTIVATIONS = frozenset(
    {
        "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
        "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "prelu", "relu", "relu6", "selu",
        "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
        "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink", "threshold",
    }
)  # fmt: skip
_ACTIVATION_LAYERS = frozenset({"Activation", "Softmax", "ReLU", "LeakyReLU", "PReLU", "ELU"})
_NEUTRAL = frozenset(
    {
        # layers, then operations of keras.ops: neither changes which values an output can take
        "Rescaling", "Reshape", "Flatten", "Permute", "RepeatVector", "Identity", "Dropout", "AlphaDropout",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "ActivityRegularization", "Masking",
        "Cropping1D", "Cropping2D", "Cropping3D", "UpSampling1D", "UpSampling2D", "UpSampling3D",
        *(f"{kind}Pooling{n}D" for kind in ("Max", "Average", "GlobalMax", "GlobalAverage") for n in (1, 2, 3)),
        "Squeeze", "ExpandDims", "Transpose", "Cast", "GetItem", "Ravel", "Moveaxis", "Swapaxes", "StopGradient",
        "Copy", "Slice", "BroadcastTo", "Take",
    }
)  # fmt: skip
_AFFINE = frozenset(
    {
        "BatchNormalization", "LayerNormalization", "GroupNormalization", "Normalization", "Embedding",
        "MultiHeadAttention", "GroupQueryAttention",
    }
)  # fmt: skip
_SELECTING = frozenset({"Concatenate", "Average", "Maximum", "Minimum", "Stack"})  # stay inside their inputs' range
_SUMMING = frozenset({"Add", "Subtract"})

Step = tuple[Any, list[Any]]  # an operation, and the tensors that this use of it was given


def output_facts(model: Any) -> list[OutputFacts]:
    """Return the facts of every output; an empty list where the graph is hidden in the user's `call`."""
    if not is_graph(model):
        return []
    tensors = graph_outputs(model)
    count = 1 if tensors is None else len(tensors)
    names = list(getattr(model, "output_names", None) or [])
    facts = []
    for index in range(count):
        trail = _follow(_steps_back(model, index), [0])
        tensor = tensors[index] if tensors is not None else None
        shape = None if tensor is None else shape_of(tensor)
        facts.append(
            OutputFacts(
                name=names[index] if index < len(names) else (trail.last or str(index)),
                shape=shape,
                units=shape[-1] if shape else trail.units,
                dtype=None if tensor is None else str(tensor.dtype),
                layer=trail.layer,
                activation=trail.activation,
                activations=trail.activations,
                passed=trail.passed,
                scales=trail.scales,
                axis=trail.axis,
                head=trail.head,
            )
        )
    return facts


def is_graph(model: Any) -> bool:
    """Return whether the model is Sequential or functional, with Keras's own `call`: then its graph says it all."""
    return keras_private.is_functional(model) and not is_overridden(type(model), "call")


def graph_outputs(model: Any) -> list[Any] | None:
    """Return the symbolic outputs, or None for a Sequential that is not built yet."""
    return None if keras_private.graph_of(model) is None else list(model.outputs)


def shape_of(tensor: Any) -> list[int | None] | None:
    """Return a symbolic tensor's shape as a list, the batch axis included."""
    shape = getattr(tensor, "shape", None)
    return None if shape is None else [None if size is None else int(size) for size in shape]


def activation_of(layer: Any) -> str | None:
    """Return the name of the activation that a layer or operation applies; None when it has none."""
    kind = type(layer).__name__
    if kind == "Bidirectional":
        return activation_of(layer.forward_layer)
    if kind == "TimeDistributed":
        return activation_of(layer.layer)
    if not isinstance(layer, keras.Layer):
        name = snake_case(kind)
        return name if name in ACTIVATIONS else None
    if kind in _ACTIVATION_LAYERS - {"Activation"} and is_own(type(layer), "keras"):
        return snake_case(kind)
    if not hasattr(layer, "activation"):
        return None
    return _function_name(layer.activation)


def units_of(layer: Any) -> int | None:
    """Return how many values a layer gives on its last axis, as far as its arguments say."""
    for name in ("units", "filters", "output_dim"):
        if isinstance(size := getattr(layer, name, None), int):
            return size
    return None


def _function_name(activation: Any) -> str | None:
    if activation is None:
        return "linear"
    if isinstance(activation, str):
        return activation
    if isinstance(activation, keras.Layer):
        return activation_of(activation) or snake_case(name_of(activation))
    return name_of(activation).removesuffix("_v2")  # tf.nn.softmax calls itself softmax_v2


def _is_known(layer: Any, name: str | None) -> bool:
    function = getattr(layer, "activation", None)
    framework = function is None or isinstance(function, str) or is_own(function, "keras", "tensorflow", "torch", "jax")
    return framework and name in ACTIVATIONS


@dataclass(slots=True)
class _Trail:
    """What a walk back from an output has met."""

    activations: list[str | None] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    scales: list[list[float]] = field(default_factory=list)
    axis: Any = None
    layer: str | None = None
    head: str | None = None
    units: int | None = None
    last: str | None = None

    @property
    def activation(self) -> str | None:
        return self.activations[0] if self.activations else "linear"

    def meet(self, layer: Any, activation: str | None) -> None:
        if not self.activations:
            self.layer = layer.name
            self.axis = plain(getattr(layer, "axis", -1)) if activation == "softmax" else None
        self.activations.append(activation)


def _follow(steps: Generator[Step, None, Any], budget: list[int]) -> _Trail:
    """Walk until a layer with weights of its own, or one that hides what it does, ends the trail."""
    trail = _Trail()
    for operation, tensors in steps:
        budget[0] += 1
        trail.last = trail.last or operation.name
        if budget[0] > MAX_STEPS:
            trail.meet(operation, None)
            return trail
        if not _pass_through(operation, trail):
            _end(operation, tensors, trail, budget)
            return trail
    if not trail.activations and trail.layer is None:
        trail.layer = trail.last
    return trail


def _pass_through(operation: Any, trail: _Trail) -> bool:
    kind = type(operation).__name__
    if not _is_trusted(operation):
        return False
    if kind == "TimeDistributed":
        return _pass_through(operation.layer, trail)
    bare = kind in _ACTIVATION_LAYERS or (
        not isinstance(operation, keras.Layer) and activation_of(operation) is not None
    )
    if bare:
        name = activation_of(operation)
        if name != "linear":
            trail.meet(operation, name if _is_known(operation, name) else None)
    elif kind == "Rescaling":
        trail.scales.append([plain(operation.scale), plain(operation.offset)])
    elif kind not in _NEUTRAL:
        return False
    trail.passed.append(kind)
    return True


def _end(operation: Any, tensors: list[Any], trail: _Trail, budget: list[int]) -> None:
    kind = type(operation).__name__
    if not _is_trusted(operation):
        trail.meet(operation, None)
        return
    if kind in _SELECTING | _SUMMING and len(tensors) > 1:
        trail.passed.append(kind)
        trail.meet(operation, _merged(kind, tensors, budget))
        return
    name = activation_of(operation)
    trail.head = operation.name
    trail.units = units_of(operation)
    if name is None:
        trail.meet(operation, "linear" if kind in _AFFINE else None)
    else:
        trail.meet(
            operation, name if _is_known(operation, name) or kind in ("Bidirectional", "TimeDistributed") else None
        )


def _merged(kind: str, tensors: list[Any], budget: list[int]) -> str | None:
    """Return what all branches agree on; a sum keeps nothing but linearity."""
    branches = {_follow(_tensor_back(tensor, ()), budget).activation for tensor in tensors}
    if len(branches) != 1:
        return None
    (only,) = branches
    return only if kind in _SELECTING or only == "linear" else None


def _is_trusted(operation: Any) -> bool:
    return not isinstance(operation, keras.Layer) or (
        not is_overridden(type(operation), "call") and type(operation).__name__ != "Lambda" and not is_graph(operation)
    )


def _steps_back(model: Any, index: int) -> Generator[Step, None, Any]:
    """Yield the operations from an output towards the inputs; return the InputLayer that the walk ends on."""
    tensors = graph_outputs(model)
    if tensors is None:
        for layer in reversed(model.layers):
            if is_graph(layer):
                yield from _steps_back(layer, 0)
            else:
                yield layer, []
        return None
    reached = yield from _tensor_back(tensors[index], model.inputs)
    return reached


def _tensor_back(tensor: Any, inputs: Any) -> Generator[Step, None, Any]:
    entrances = {id(keras_private.origin_of(entrance).operation) for entrance in inputs}
    while True:
        origin = keras_private.origin_of(tensor)
        operation = origin.operation
        if id(operation) in entrances or type(operation).__name__ == "InputLayer":
            return operation
        sources = keras_private.input_tensors(origin)
        if is_graph(operation) and graph_outputs(operation) is not None:
            reached = yield from _steps_back(operation, origin.tensor_index)
            doors = [keras_private.origin_of(entrance).operation for entrance in operation.inputs]
            if reached not in doors:
                return None
            tensor = sources[doors.index(reached)]
            continue
        yield operation, sources
        if len(sources) != 1:
            return None
        tensor = sources[0]
