"""Which modules a forward pass went through, and the layers that the graph behind it is made of."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from trackexp.record.facts import LayerFacts
from trackexp.torch.graph import Node, below, layers_between, op, saved_axis, shape_of
from trackexp.torch.kinds import (
    ACTIVATION_MODULES,
    ACTIVATION_NODES,
    COMPUTING_NODES,
    LINEAR_KINDS,
    PASSED_NODES,
    RECURRENT_KINDS,
    kind_of,
)

_MOST_LAYERS = 2_000
_CONFIG = {
    "p": "rate",
    "momentum": "momentum",
    "num_embeddings": "input_dim",
    "dim": "axis",
    "padding_idx": "padding_idx",
}
_UNITS = ("out_features", "out_channels", "embedding_dim", "hidden_size", "num_features")


class Structure:
    """Gathers the calls of modules until the model is known."""

    def __init__(self) -> None:
        self.outermost: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()
        self.owners: dict[Node, Any] = {}  # holding a node keeps its identity
        self.ends: dict[Node, set[Node]] = {}
        self.shapes: dict[int, tuple[list[int] | None, list[int] | None]] = {}  # of a module's input and output
        self.without_graph: dict[int, Any] = {}  # leaves whose output needs no gradient, by id, in the order of calls
        self.first_inputs: dict[int, tuple[Any, ...]] = {}
        self.convolved: torch.Tensor | None = None  # what the first convolution was given
        self.roots: dict[int, int] = {}  # the outermost module that a leaf was called in, both by id
        self._root = 0
        self._depth = 0

    def clear(self) -> None:
        """Let go of the graphs."""
        self.owners.clear()
        self.ends.clear()
        self.first_inputs.clear()
        self.convolved = None
        self._depth = 0

    def enter(self, module: Any, args: tuple[Any, ...]) -> None:
        """See a module called."""
        if not self._depth:
            self.outermost[module] = bool(module.training)
            self.first_inputs[id(module)] = args
            self._root = id(module)
        if self.convolved is None and isinstance(module, torch.nn.Conv2d) and args:
            self.convolved = args[0]
        self._depth += 1

    def leave(self, module: Any, args: tuple[Any, ...], output: Any) -> None:
        """See it return."""
        self._depth = max(0, self._depth - 1)
        if next(module.children(), None) is not None:
            return
        tensors = [arg for arg in args if isinstance(arg, torch.Tensor)]
        made = output[0] if isinstance(output, tuple | list) and output else output
        if not isinstance(made, torch.Tensor):
            return
        self.roots[id(module)] = self._root
        self.shapes[id(module)] = (list(tensors[0].shape) if tensors else None, list(made.shape))
        node, ends = made.grad_fn, {arg.grad_fn for arg in tensors if arg.grad_fn is not None}
        if node is None:
            self.without_graph.setdefault(id(module), module)
        elif node not in ends:
            self.without_graph.pop(id(module), None)
            self.owners[node], self.ends[node] = module, ends

    @property
    def seen_depth(self) -> int:
        """How deep inside modules the script is."""
        return self._depth


class Layers:
    """The layers of one graph, in forward order.

    Args:
        order: Nodes of the graph in forward order.
        structure: What the modules did.
        names: Qualified names of modules, by id.
    """

    def __init__(self, order: list[Node], structure: Structure, names: dict[int, str]) -> None:
        self._structure, self._names = structure, names
        self._counts: dict[str, int] = {}
        self.by_node: dict[Node, str] = {}
        self.nodes: dict[str, Node] = {}
        self.modules: dict[str, Any] = {}
        self.facts: list[LayerFacts] = []
        self._before = self._cut_off(set(order))
        inside = {
            inner for node, ends in structure.ends.items() for inner in layers_between(node, ends, structure.owners)
        }
        for node in order:
            if len(self.facts) >= _MOST_LAYERS:
                break
            if node in structure.owners:
                self._add(node, structure.owners[node])
            elif node not in inside and _word(op(node)):
                self._add(node, None)

    def _cut_off(self, inside: set[Node]) -> list[str]:
        """Add the layers of the model that no gradient reaches, one after the other; return the last one's name."""
        last: list[str] = []
        owners, roots = self._structure.owners, self._structure.roots
        used = {roots.get(id(module)) for node, module in owners.items() if node in inside}
        reached = {id(module) for node, module in owners.items() if node in inside}
        behind = {id(module): module for node, module in owners.items() if node not in inside}
        for key, module in {**self._structure.without_graph, **behind}.items():
            outside = key in reached or roots.get(key) not in used
            if outside or (not list(module.parameters()) and not last):
                continue
            name = self._names.get(key, kind_of(module).lower())
            if name in self.modules or not name:
                continue
            self.modules[name] = module
            shape = self._structure.shapes.get(key, (None, None))[1]
            self.facts.append(_facts(name, kind_of(module), last, shape, module))
            last = [name]
        return last

    def _add(self, node: Node, module: Any) -> None:
        if module is not None:
            name = self._names.get(id(module)) or kind_of(module).lower()
            kind, shape = kind_of(module), self._structure.shapes.get(id(module), (None, None))[1]
        else:
            kind = _word(op(node)) or op(node)
            word = op(node).lower()
            self._counts[word] = self._counts.get(word, 0) + 1
            name, shape = f"{word}_{self._counts[word]}", shape_of(node)
        self.by_node[node] = name
        if name in self.modules and module is not None and next(module.parameters(), None) is None:
            self._counts[name] = self._counts.get(name, 0) + 1  # one ReLU for all places is no shared weights
            self.by_node[node] = name = f"{name}_{self._counts[name]}"
            shape = shape_of(node)
        if name in self.modules:  # a layer that is used again
            entry = next(entry for entry in self.facts if entry["name"] == name)
            entry["calls"] = entry.get("calls", 1) + 1
            return
        self.modules[name], self.nodes[name] = module, node
        feeds = self._feeding(node) or self._before
        entry = _facts(name, kind, feeds, shape, module)
        if module is None:
            entry["activation"] = ACTIVATION_NODES.get(op(node), entry.get("activation"))
            axis = saved_axis(node)
            if axis is not None:
                entry["config"] = {"axis": axis}
        self.facts.append(entry)

    def _feeding(self, node: Node) -> list[str]:
        found: dict[str, None] = {}
        stack, seen = below(node)[::-1], set[Node]()
        while stack:
            current = stack.pop()
            if current in self.by_node:
                found[self.by_node[current]] = None
            elif current not in seen:
                seen.add(current)
                stack += below(current)[::-1]
        return list(found)


def _word(kind: str) -> str | None:
    return "Activation" if kind in ACTIVATION_NODES else COMPUTING_NODES.get(kind) or PASSED_NODES.get(kind)


def _facts(name: str, kind: str, inputs: list[str], shape: list[int] | None, module: Any) -> LayerFacts:
    entry = LayerFacts(
        name=name,
        layer=kind,
        depth=0,
        activation=None,
        units=shape[-1] if shape else None,
        inputs=inputs,
        calls=1,
        output_shape=None if shape is None else [None, *shape[1:]],
        parameters=0,
        trainable=True,
        config={},
    )
    if kind in LINEAR_KINDS:
        entry["activation"] = "linear"
    if module is None:
        return entry
    own = list(module.parameters())
    entry["parameters"] = sum(parameter.numel() for parameter in own)
    entry["trainable"] = not own or any(parameter.requires_grad for parameter in own)
    entry["activation"] = ACTIVATION_MODULES.get(type(module).__name__, entry["activation"])
    units = next((value for key in _UNITS if isinstance(value := getattr(module, key, None), int)), None)
    entry["units"] = units if units is not None else entry["units"]
    for theirs, ours in _CONFIG.items():
        value = getattr(module, theirs, None)
        if isinstance(value, int | float):
            entry["config"][ours] = value
    if kind in RECURRENT_KINDS:
        entry["config"]["return_sequences"] = True
    return entry
