"""What the graph of a training step of the user's own shows: TensorFlow has traced it, and nothing is run for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import keras

MAX_OPERATIONS = 20_000  # that are looked at: some 20 ms
_DIFFERENCES = frozenset({"Sub", "SquaredDifference"})
_READS = frozenset({"ReadVariableOp", "ResourceGather", "VariableV2"})
_SOURCES = frozenset({"Placeholder", "IteratorGetNext"})


def step_traits(model: Any) -> dict[str, bool]:
    """Return `crosses_rows` where the step subtracts rows of targets from those of outputs, each from every other.

    That is a difference of shapes (n,) and (n, 1), one of which depends on the weights while the other is data: it has
    the shape (n, n). Distances between outputs, or from fixed centres, are meant, and are neither.
    """
    if keras.config.backend() != "tensorflow":
        return {}
    return {"crosses_rows": True} if any(map(_crosses, _operations(model))) else {}


def _operations(model: Any) -> Iterator[Any]:
    """Yield the operations of the traced step and of the functions that it calls."""
    waiting, seen, count = _graphs(getattr(model, "train_function", None)), set[int](), 0
    while waiting:
        graph = waiting.pop()
        if id(graph) in seen:
            continue
        seen.add(id(graph))
        for operation in graph.get_operations():
            count += 1
            if count > MAX_OPERATIONS:
                return
            yield operation
        inside = getattr(graph, "_functions", {}).values()
        waiting += [found for one in inside if (found := getattr(one, "graph", None)) is not None]


def _graphs(function: Any) -> list[Any]:
    """Return the graphs of what TensorFlow has traced inside a function: Keras wraps it in functions of its own."""
    found, waiting, seen = [], [function], set[int]()
    while waiting:
        function = waiting.pop()
        if id(function) in seen:
            continue
        seen.add(id(function))
        if hasattr(function, "_list_all_concrete_functions"):
            found += [one.graph for one in function._list_all_concrete_functions()]
        elif inspect.isfunction(function):
            inside = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
            waiting += [one for one in inside if callable(one) and not isinstance(one, keras.Model)]
    return found


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _crosses(operation: Any) -> bool:
    if operation.type not in _DIFFERENCES or len(operation.inputs) != 2:
        return False
    flat, column = sorted(operation.inputs, key=lambda tensor: tensor.shape.rank or 0)
    if (flat.shape.rank, column.shape.rank) != (1, 2) or column.shape[1] != 1:
        return False
    if flat.shape[0] != column.shape[0] or flat.shape[0] == 1:
        return False
    return {_origin(flat), _origin(column)} == {"weights", "data"}


def _origin(tensor: Any) -> str:
    """Return whether a tensor depends on weights, on data alone, or on neither."""
    waiting, seen, data = [tensor.op], set[str](), False
    while waiting:
        operation = waiting.pop()
        if operation.name in seen:
            continue
        seen.add(operation.name)
        resources = any(str(one.dtype) == "<dtype: 'resource'>" for one in operation.inputs)
        if operation.type in _READS or (resources and operation.type not in _SOURCES):
            return "weights"
        data = data or operation.type in _SOURCES
        waiting += [one.op for one in operation.inputs]
    return "data" if data else "neither"
