"""Facts of what was passed to compile; nothing of Keras's is created for them, so that no name is used up."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import keras

from trackexp import keras_private
from trackexp.fit.plain import is_own, name_of, number, plain, snake_case
from trackexp.keras.facts.metrics import ALIASES, Shape, metric_facts
from trackexp.keras.facts.optimizer import optimizer_facts
from trackexp.keras.facts.outputs import graph_outputs, is_graph, output_facts, shape_of
from trackexp.record.facts import CompileFacts, LossFacts


def compile_facts(model: Any, targets: Sequence[Shape | None] = ()) -> CompileFacts:
    """Return losses, metrics and optimizer; `{}` for a model that is not compiled.

    Args:
        model: Any Keras model; not changed.
        targets: Shape of each target with the batch axis. Without them "accuracy" over several units stays as it is.
    """
    if not getattr(model, "compiled", False):
        return {}
    outputs = _output_shapes(model, targets)
    losses = _losses(model, outputs, targets)
    return CompileFacts(
        loss=", ".join(dict.fromkeys(loss["identifier"] for loss in losses)),
        losses=losses,
        metrics=metric_facts(model, outputs, targets),
        optimizer=optimizer_facts(getattr(model, "optimizer", None)),
        jit_compile=plain(keras_private.jit_compile(model)),
        run_eagerly=plain(getattr(model, "run_eagerly", None)),
        steps_per_execution=plain(getattr(model, "steps_per_execution", None)),
    )


def _output_shapes(model: Any, targets: Sequence[Shape | None]) -> list[Shape | None]:
    tensors = graph_outputs(model) if is_graph(model) else None
    if tensors is not None:
        return [shape_of(tensor) for tensor in tensors]
    units = [output["units"] for output in output_facts(model)]
    target = _at(targets, 0)
    # not built: the rank is unknown, and taken as two only where the target leaves no other reading
    if len(units) == 1 and units[0] and (units[0] == 1 or target is None or len(target) == 1 or target[-1] == units[0]):
        return [[None, units[0]]]
    return []


def _losses(model: Any, outputs: Sequence[Shape | None], targets: Sequence[Shape | None]) -> list[LossFacts]:
    if keras_private.compile_loss(model) is None:
        return []
    names = list(getattr(model, "output_names", None) or [])
    weights = keras_private.user_loss_weights(model)
    facts = []
    for index, (key, loss) in enumerate(_per_output(keras_private.user_loss(model), names)):
        if loss is None:
            continue
        place = names.index(key) if key in names else index
        found = _describe(loss, _at(outputs, place), _at(targets, place))
        found["output"] = key
        found["weight"] = _weight(weights, key, index)
        facts.append(found)
    return facts


def _at(shapes: Sequence[Shape | None], index: int) -> Shape | None:
    return shapes[index] if index < len(shapes) else None


def _per_output(given: Any, names: list[str]) -> list[tuple[str | None, Any]]:
    several = len(names) > 1
    if isinstance(given, Mapping):
        ordered = [name for name in names if name in given] + [key for key in given if key not in names]
        single = len(ordered) == 1 and not several
        return [(None if single else str(key), given[key]) for key in ordered if not isinstance(given[key], Mapping)]
    if isinstance(given, list | tuple):
        keys = names if several and len(names) == len(given) else [None] * len(given)
        return list(zip(keys, given, strict=True))
    return [(name, given) for name in names] if several else [(None, given)]


def _weight(weights: Any, key: str | None, index: int) -> float | None:
    if isinstance(weights, Mapping):
        return number(weights.get(key, next(iter(weights.values())) if key is None and weights else None))
    if isinstance(weights, list | tuple):
        return number(weights[index]) if index < len(weights) else None
    return number(weights)


def _describe(loss: Any, output: Shape | None, target: Shape | None) -> LossFacts:
    if isinstance(loss, str):
        return _from_name(loss, output, target)
    if isinstance(loss, Mapping):  # the serialized form
        return LossFacts(
            identifier=snake_case(str(loss.get("class_name", ""))),
            from_logits=plain(loss.get("config", {}).get("from_logits")),
            custom=False,
            reduction=_reduction(loss.get("config", {}).get("reduction", "sum_over_batch_size")),
            config=plain(loss.get("config", {})),
        )
    if isinstance(loss, keras.Loss):
        return _from_object(loss)
    arguments = dict(loss.keywords) if isinstance(loss, partial) else {}
    return LossFacts(
        identifier=snake_case(name_of(loss)),
        from_logits=arguments.get("from_logits", _default_logits(loss)),
        custom=not is_own(loss, "keras"),
        reduction="mean",  # Keras averages what a function returns
        config=plain(arguments),
    )


def _from_name(name: str, output: Shape | None, target: Shape | None) -> LossFacts:
    identifier = ALIASES.get(name.lower(), snake_case(name))
    if name.lower() in ("crossentropy", "ce"):
        identifier = _resolved_crossentropy(output, target)
    function = getattr(keras.losses, identifier, None)
    return LossFacts(
        identifier=identifier,
        from_logits=_default_logits(function),
        custom=function is None,
        reduction="mean",
        config={},
    )


def _reduction(name: Any) -> str | None:
    """Return how rows are put together, in one word for all frameworks."""
    known = {"sum": "sum", "none": "none", None: "none", "sum_over_batch_size": "mean", "mean": "mean"}
    return known.get(name, "mean" if name == "mean_with_sample_weight" else None)


def _resolved_crossentropy(output: Shape | None, target: Shape | None) -> str:
    if not output or output[-1] is None or (output[-1] != 1 and target is None):
        return "crossentropy"
    if output[-1] == 1:
        return "binary_crossentropy"
    sparse = target is not None and (len(target) < len(output) or target[-1] == 1)
    return "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"


def _from_object(loss: Any) -> LossFacts:
    function = getattr(loss, "fn", None)
    wrapper = keras_private.wrapped_function(loss) is not None
    arguments = keras_private.function_arguments(loss)
    logits = arguments.get("from_logits", getattr(loss, "from_logits", None))
    if logits is None:
        logits = _default_logits(function)
    try:
        config = {key: plain(value) for key, value in loss.get_config().items() if key not in ("name", "dtype", "fn")}
    except (AttributeError, NotImplementedError, TypeError, ValueError):
        config = plain(arguments)
    return LossFacts(
        identifier=snake_case(name_of(function if wrapper else loss)),
        from_logits=logits if isinstance(logits, bool) else None,
        custom=not is_own(function if wrapper else type(loss), "keras"),
        reduction=_reduction(getattr(loss, "reduction", "sum_over_batch_size")),
        subclass_of=None if wrapper else _parent(type(loss)),
        config=config,
    )


def _parent(kind: type) -> str | None:
    """Return the first class of Keras's own that a user's one derives from, in snake case; None for Keras's own."""
    if is_own(kind, "keras"):
        return None
    return next((snake_case(base.__name__) for base in kind.__mro__ if is_own(base, "keras")), None)


def _default_logits(function: Any) -> bool | None:
    if function is None:
        return None
    try:
        default = inspect.signature(function).parameters["from_logits"].default
    except (KeyError, TypeError, ValueError):
        return None
    return default if isinstance(default, bool) else None
