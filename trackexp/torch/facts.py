"""The facts of a model, its losses and its optimizer, in the schema that every framework's facts have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch

from trackexp.record.facts import CompileFacts, FitFacts, LayerFacts, LoaderFacts, ModelFacts, OptimizerFacts, PassFacts
from trackexp.torch.heads import Head
from trackexp.torch.losses import loss_facts
from trackexp.torch.structure import Layers

_OPTIMIZER = ("weight_decay", "momentum", "nesterov", "amsgrad", "eps", "betas", "dampening")
_KEYS = {"SGD": "sgd", "AdamW": "adamw", "RMSprop": "rmsprop"}


def model_facts(
    model: torch.nn.Module | None, layers: Layers | None, heads: Sequence[Head], inputs: Sequence[int] | None
) -> ModelFacts:
    """Return what is known of the model.

    Args:
        model: The user's own module, None where it was not found.
        layers: Those of the graph.
        heads: Its outputs, one a loss.
        inputs: Shape of what it was given, with the batch axis.
    """
    shape = None if inputs is None else [None, *(int(size) for size in inputs[1:])]
    facts = ModelFacts(
        kind="functional" if layers is not None else "subclassed",
        backend="torch",
        built=True,
        inputs=[] if shape is None else [shape],
        outputs=[head.facts(_name(heads, place)) for place, head in enumerate(heads)],
        layers=_with_input(layers.facts if layers is not None else [], shape),
        overrides=[],
    )
    if model is not None:
        parameters = list(model.parameters())
        facts["name"] = facts["model"] = type(model).__name__
        facts["parameters"] = sum(_numel(parameter) for parameter in parameters)
        facts["trainable_parameters"] = sum(_numel(p) for p in parameters if p.requires_grad)
        if parameters:
            facts["dtype_policy"] = str(parameters[0].dtype).removeprefix("torch.")
    return facts


def fit_facts(loop: Mapping[str, Any]) -> FitFacts:
    """Return what the loop did in the words that every framework's facts share."""
    passes = [
        PassFacts(
            updates=one["updates"],
            batches=one["batches"],
            rows=one.get("rows"),
            loss=one.get("train_loss", one.get("loss")),
            calls=one["calls"],
        )
        for one in loop.get("passes", [])
    ]
    rates = [(int(number) - 1, float(rate)) for number, rate in loop.get("rates", [])]  # the loop counts from 1
    found = FitFacts(passes=passes, rates=rates)
    known = loop.get("loader") or {}
    loader = cast(LoaderFacts, {key: known[key] for key in LoaderFacts.__annotations__ if key in known})
    return {**found, "loader": loader} if loader else found


def _numel(parameter: torch.Tensor) -> int:
    try:
        return parameter.numel()
    except (TypeError, ValueError, RuntimeError):  # not initialised yet
        return 0


def _name(heads: Sequence[Head], place: int) -> str:
    return "output" if len(heads) == 1 else f"output_{place}"


def _with_input(layers: list[LayerFacts], shape: list[int | None] | None) -> list[LayerFacts]:
    if not layers:
        return []
    first = LayerFacts(
        name="input", layer="InputLayer", depth=0, inputs=[], calls=1, output_shape=shape, parameters=0, trainable=True
    )
    return [first, *(LayerFacts(**{**layer, "inputs": layer.get("inputs") or ["input"]}) for layer in layers)]


def compile_facts(heads: Sequence[Head], optimizer: Any) -> CompileFacts:
    """Return what is known of the losses and of the optimizer."""
    losses = [loss_facts(head.call, None if len(heads) == 1 else _name(heads, i)) for i, head in enumerate(heads)]
    return CompileFacts(
        loss=", ".join(loss["identifier"] for loss in losses),
        losses=losses,
        metrics=[],
        optimizer=None if optimizer is None else optimizer_facts(optimizer),
    )


def optimizer_facts(optimizer: Any) -> OptimizerFacts:
    """Return the optimizer's class, rate and arguments, those of its first group."""
    group = optimizer.param_groups[0] if optimizer.param_groups else {}
    name = type(optimizer).__name__
    rate = group.get("lr")
    config = {key: value for key in _OPTIMIZER if isinstance(value := group.get(key), int | float)}
    return OptimizerFacts(
        identifier=_KEYS.get(name, name.lower()),
        learning_rate=float(rate) if isinstance(rate, int | float) else None,
        schedule=None,
        config=config,
    )
