"""The autograd graph of a loss, read and not run: its nodes, their order, and what they have saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trackexp.torch.kinds import ACTIVATION_NODES, LOSS_NODES, PASSED_NODES

Node = Any  # torch.autograd.graph.Node


def op(node: Node) -> str:
    """Return what a node undoes: `AddmmBackward0` and `torch::autograd::AddmmBackward0` are `"Addmm"`."""
    return str(node.name()).rsplit("Backward", 1)[0].split("::")[-1]


def below(node: Node) -> list[Node]:
    """Return the nodes that a node's inputs come from, in the order of its inputs."""
    return [child for child, _ in node.next_functions if child is not None]


def shape_of(node: Node) -> list[int] | None:
    """Return the shape of a node's first output; None where the graph does not say."""
    try:
        return [int(size) for size in node._input_metadata[0].shape]
    except (AttributeError, IndexError, TypeError, ValueError):  # a nested or symbolic shape, an older torch
        return None


def walk(root: Node, most: int = 20_000) -> list[Node]:
    """Return the nodes of a graph in forward order, each once, the root last; without recursion, for deep nets.

    Args:
        root: `loss.grad_fn`.
        most: Larger graphs are given up, with an empty list.
    """
    order: list[Node] = []
    seen = {root}
    stack = [(root, iter(below(root)))]
    while stack:
        child = next(stack[-1][1], None)
        if child is None:
            order.append(stack.pop()[0])
        elif child not in seen:
            seen.add(child)
            stack.append((child, iter(below(child))))
            if len(seen) > most:
                return []
    return order


def unscaled(root: Node, loss_nodes: set[Node]) -> Node:
    """Return the node of the loss itself, behind the factors that gradient scaling and accumulation put before it."""
    top = root
    while top not in loss_nodes and op(top) in ("Mul", "Div") and len(below(top)) == 1:
        top = below(top)[0]
    return top if top in loss_nodes else root


def saved_axis(node: Node) -> int | None:
    """Return the axis that a softmax went over, counted as it was passed; None where it is not known."""
    axis = getattr(node, "_saved_dim", None)
    if not isinstance(axis, int):
        return None
    return axis - 2**64 if axis >= 2**63 else axis  # autograd keeps it as an unsigned number


def activations_behind(
    start: Node | None, owners: dict[Node, Any]
) -> tuple[list[str], list[str], list[Node], Node | None]:
    """Go back from an output to what computes it.

    Args:
        start: The node of the output.
        owners: Nodes that are the output of a module, with it.

    Returns:
        The activations, the last applied first; the kinds of what was passed between; the nodes of the activations;
        and the node of the head, None where the walk ended nowhere.
    """
    activations: list[str] = []
    passed: list[str] = []
    nodes: list[Node] = []
    node = start
    while node is not None:
        kind = op(node)
        owner = owners.get(node)
        dropout = owner is not None and "Dropout" in type(owner).__name__
        if kind in ACTIVATION_NODES:
            activations.append(ACTIVATION_NODES[kind])
            nodes.append(node)
        elif dropout or kind in PASSED_NODES:
            word = "Dropout" if dropout else PASSED_NODES[kind]
            passed += [word] if word else []
        else:
            break
        node = next(iter(below(node)), None)
        if dropout and node is not None and kind == "Mul" and op(node) == "Mul":
            node = next(iter(below(node)), None)
    return activations, passed, nodes, node


def loss_function_of(node: Node, owners: dict[Node, Any]) -> tuple[str, Node | None]:
    """Tell a loss that no watched function computed by the top of its graph.

    Returns:
        The name of the function, or `"custom"`; and the node of the output that it was given, None where unknown.
    """
    name = op(node)
    if name in ("Mean", "Sum") and below(node):
        return _reduced(node, owners)
    if name in LOSS_NODES:
        start = next(iter(below(node)), None)
        if name.startswith("Nll") and start is not None and op(start) == "LogSoftmax" and start not in owners:
            return "cross_entropy", next(iter(below(start)), None)
        return LOSS_NODES[name], start
    return "custom", None


def _reduced(node: Node, owners: dict[Node, Any]) -> tuple[str, Node | None]:
    """Recognise `((output - target) ** 2).mean()` and `(output - target).abs().mean()`, and losses not reduced."""
    inner = below(node)[0]
    if op(inner) in LOSS_NODES:
        return loss_function_of(inner, owners)
    if op(inner) in ("Pow", "Abs", "Mul"):
        difference = below(inner)[0] if below(inner) else None
        same = op(inner) != "Mul" or (len(below(inner)) == 2 and below(inner)[0] is below(inner)[1])
        if difference is not None and op(difference) == "Sub" and same and len(below(difference)) >= 1:
            return "l1_loss" if op(inner) == "Abs" else "mse_loss", below(difference)[0]
    return "custom", None


def broadcast_difference(order: list[Node]) -> tuple[list[int], list[int]] | None:
    """Return the shapes of the first subtraction that is larger than what it subtracts from; None for none.

    `(n, 1) - (n,)` is `(n, n)`: the loss compares every row with the target of every other one.
    """
    for node in order:
        if op(node) != "Sub" or not below(node):
            continue
        made, given = shape_of(node), shape_of(below(node)[0])
        if (
            made
            and given
            and len(made) == 2
            and made[0] == made[1] == given[0] > 1
            and given in ([made[0], 1], [made[0]])
        ):
            return given, made
    return None


def layers_between(start: Node, ends: set[Node], owners: dict[Node, Any]) -> Iterator[Node]:
    """Yield the nodes between a module's output and its inputs, which belong to the module."""
    stack, seen = below(start), set[Node]()
    while stack:
        node = stack.pop()
        if node in seen or node in ends or node in owners:
            continue
        seen.add(node)
        yield node
        stack += below(node)
