"""One output of the model as its loss sees it: what was applied last, and what lies between it and its head."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trackexp.record.facts import OutputFacts
from trackexp.torch.graph import Node, activations_behind, op, saved_axis, shape_of
from trackexp.torch.kinds import HEAD_NODES, LINEAR_KINDS, kind_of
from trackexp.torch.losses import LossCall, loss_facts
from trackexp.torch.structure import Layers


@dataclass(slots=True)
class Head:
    """An output with the loss that is computed on it.

    Args:
        call: Of the loss.
        shape: Of the output, with the batch axis; None where it is not known.
        activation: The last effective one; "linear" for none, None where it cannot be told.
        activations: Every one on the way back, the last applied first.
        passed: Kinds of what lies between, the last applied first.
        axis: Of a softmax, where it is the last activation.
        layer: Name of the layer that the output comes from; None where it is not known.
    """

    call: LossCall
    shape: list[int] | None = None
    activation: str | None = None
    activations: list[str | None] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    axis: int | None = None
    layer: str | None = None

    def facts(self, name: str) -> OutputFacts:
        """Return the facts of the output under that name."""
        shape: list[int | None] | None = None if self.shape is None else [None, *(self.shape[1:] or [1])]
        return OutputFacts(
            name=name,
            shape=shape,
            units=self.shape[-1] if self.shape and len(self.shape) > 1 else 1 if self.shape else None,
            dtype=None if self.call.output is None else str(self.call.output.dtype).removeprefix("torch."),
            layer=self.layer,
            activation=self.activation,
            activations=self.activations,
            passed=self.passed,
            scales=[],
            axis=self.axis,
            head=self.layer,
        )


def head_of(call: LossCall, owners: dict[Node, Any], layers: Layers | None, *, start: Node | None = None) -> Head:
    """Describe an output by the graph behind it, else by its values.

    Args:
        call: Of the loss.
        owners: Nodes that are the output of a module, with it.
        layers: Of the graph; None where there is none.
        start: The node of the output, where the loss was not seen called.
    """
    start = start if start is not None else call.start
    shape = [int(size) for size in call.output.shape] if call.output is not None else None
    if shape is None and start is not None:
        shape = shape_of(start)
    found, passed, nodes, node = activations_behind(start, owners)
    owner = owners.get(node) if node is not None else None
    linear = node is not None and (op(node) in HEAD_NODES or (owner is not None and kind_of(owner) in LINEAR_KINDS))
    activations: list[str | None] = [*found, *(["linear"] if linear else [])]
    activation = activations[0] if activations else _by_value(call)
    axis = saved_axis(nodes[0]) if nodes and found[0] == "softmax" else None
    layer = layers.by_node.get(node) if layers is not None and node is not None else None
    return Head(call, shape, activation, activations, passed, axis, layer)


def _by_value(call: LossCall) -> str | None:
    """Tell a softmax by rows that sum to 1, where `torch.compile` hides the graph."""
    if call.output is None or call.target is None:
        return None
    return "softmax" if loss_facts(call, None).get("config", {}).get("outputs_sum_to_one") else None
