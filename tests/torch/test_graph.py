from __future__ import annotations

import torch
from torch.nn import functional

from trackexp.torch.graph import (
    broadcast_difference,
    loss_function_of,
    op,
    saved_axis,
    unscaled,
    walk,
)

X, Y = torch.ones(4, 3), torch.tensor([0, 1, 2, 0])


def test_every_node_is_walked_once_and_the_loss_comes_last():
    """A node that two others need is there once; inputs come before what is made of them."""
    layer = torch.nn.Linear(3, 3)
    hidden = layer(X)
    loss = functional.cross_entropy(hidden + hidden.relu(), Y)
    order = walk(loss.grad_fn)

    assert loss.grad_fn is order[-1]
    assert len(order) == len(set(order))
    assert all(order.index(child) < order.index(node) for node in order for child, _ in node.next_functions if child)
    assert {layer.weight, layer.bias} == {node.variable for node in order if op(node) == "AccumulateGrad"}


def test_a_deep_graph_is_no_recursion():
    """Ten thousand operations are walked, and more than asked for are given up."""
    value = torch.ones(1, requires_grad=True)
    for _ in range(10_000):
        value = value + 1

    assert 10_001 == len(walk(value.grad_fn))
    assert [] == walk(value.grad_fn, most=100)


def test_factors_before_the_loss_are_passed():
    """Gradient scaling multiplies and accumulation divides: the loss is behind them."""
    loss = functional.mse_loss(torch.nn.Linear(3, 1)(X), torch.ones(4, 1))
    scaled = loss * 65_536 / 4

    assert loss.grad_fn is unscaled(scaled.grad_fn, {loss.grad_fn})
    assert scaled.grad_fn is unscaled(scaled.grad_fn, set())


def test_a_loss_written_by_hand_is_recognised_by_its_graph():
    """The mean of squares and of absolute values, and one imported before anything was patched."""
    output = torch.nn.Linear(3, 1)(X)
    squares, absolute = ((output - 1) ** 2).mean(), (output - 1).abs().mean()

    assert ("mse_loss", output.grad_fn) == loss_function_of(squares.grad_fn, {})
    assert "l1_loss" == loss_function_of(absolute.grad_fn, {})[0]
    assert "cross_entropy" == loss_function_of(functional.cross_entropy(output, Y * 0).grad_fn, {})[0]
    assert "custom" == loss_function_of(output.exp().mean().grad_fn, {})[0]


def test_a_difference_over_all_pairs_is_seen():
    """(n, 1) against (n,) gives n × n; one row, and equal shapes, do not."""
    output = torch.nn.Linear(3, 1)(X)
    crossed, right = ((output - torch.ones(4)) ** 2).mean(), ((output - torch.ones(4, 1)) ** 2).mean()

    assert ([4, 1], [4, 4]) == broadcast_difference(walk(crossed.grad_fn))
    assert broadcast_difference(walk(right.grad_fn)) is None


def test_what_nodes_have_saved_is_read():
    """The axis of a softmax as it was passed."""
    made = torch.nn.Linear(3, 3)(X)

    assert -1 == saved_axis(made.softmax(-1).grad_fn)
    assert 0 == saved_axis(made.softmax(0).grad_fn)
    assert "Relu" == op(torch.relu(made).grad_fn)
