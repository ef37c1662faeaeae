"""One look an epoch: what a training step computes anyway is read before it is freed."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from trackexp.fit import FitSession, Look
from trackexp.fit.scores import recomputed_loss, score_of
from trackexp.torch.graph import Node, below, broadcast_difference, loss_function_of, op, unscaled, walk
from trackexp.torch.heads import Head, head_of
from trackexp.torch.kinds import ACTIVATION_MODULES, ACTIVATION_NODES
from trackexp.torch.losses import LossCall, loss_facts
from trackexp.torch.observations import interleaved_channels
from trackexp.torch.samples import WeightSamples, as_array, kernel_of
from trackexp.torch.scenery import ModelHook, Scenery
from trackexp.torch.structure import Layers, Structure
from trackexp.torch.updates import gradient_norm, parameters_of

_MOST_WATCHED = 64
_MOST_VALUES = 2**20
_ROWS = 256


class Looker:
    """Looks at one step: at its graph before `backward`, at its gradients before the update.

    Args:
        scenery: Which module is the model.
    """

    def __init__(self, scenery: Scenery) -> None:
        self.wanted = True  # at the next backward
        self.open = False  # between that backward and its update
        self.heads: list[Head] = []
        self.layers: Layers | None = None
        self.first: list[LossCall] = []
        self.names: list[str] = []
        self.broadcast: tuple[list[int], list[int]] | None = None
        self.initial_scale: list[float | None] = []
        self.sizes: list[int] = []  # nodes of the graphs looked at, the first and the last ones
        self.nan_gradients = 0
        self.interleaved: dict[str, float] | None = None
        self.failing: dict[str, Any] | None = None  # what the last loss was given, where no update came
        self._scenery = scenery
        self._weights: WeightSamples | None = None
        self._hooks: list[Any] = []
        self._structure: Structure | None = None
        self._outputs: dict[int, torch.Tensor] = {}
        self._pending: Look | None = None
        self._look = Look()
        self._cost = 0.0
        self._fit: FitSession | None = None
        self._unguarded = False

    @property
    def moved(self) -> bool | None:
        """Whether weights have changed since they were first seen; None where none was."""
        return None if self._weights is None else self._weights.moved

    def want(self, fit: FitSession | None) -> None:
        """Ask for a look at the coming step, where there is time for it."""
        if fit is None or self.wanted or self._cost > fit.budget.left_for_probe:
            return
        self._fit = fit
        self.wanted = True
        if self._scenery.compiled or self.layers is None:
            return
        with fit.budget.booked():
            self._structure = structure = Structure()

            def leave(module: Any, args: tuple[Any, ...], output: Any) -> None:
                structure.leave(module, args, output)
                made = output[0] if isinstance(output, tuple | list) and output else output
                if isinstance(made, torch.Tensor):
                    self._outputs[id(module)] = made.detach()

            for module in list(self.layers.modules.values())[:_MOST_WATCHED]:
                if module is not None:
                    self._hooks.append(module.register_forward_hook(ModelHook(leave)))

    def see_calls(self, calls: Sequence[LossCall]) -> None:
        """Keep what the losses were given, where no backward came: the script has ended before it."""
        if calls and calls[-1].output is not None:
            output = calls[-1].output
            self.failing = {
                "requires_grad": output.requires_grad,
                "zero_one": bool(((output == 0) | (output == 1)).all()),
            }
        if not self.first and calls:
            self.first = list(calls)
            self.heads = [head_of(call, {}, None) for call in calls[-1:]]

    def see_graph(self, loss: torch.Tensor, calls: Sequence[LossCall]) -> None:
        """Read the graph of a loss, the moment before it is freed."""
        began = time.perf_counter()
        self.wanted = False
        order = walk(loss.grad_fn)
        self.sizes = [*self.sizes[:2], *self.sizes[2:][-2:], len(order)]
        structure = self._structure or self._scenery.structure
        if self._structure is None:
            self._scenery.name_modules()
        layers = Layers(order, structure, self._scenery.names)
        if self.layers is None:
            self._describe(loss, order, calls, layers)
        self._look = Look(rows=max((call.rows for call in calls), default=0))
        if self._unguarded:
            self._look.custom_loss["overflows"] = True
        self._look.scalars["loss"] = float(loss.detach()) if not loss.dim() else math.nan
        self._see_values(layers, calls)
        self._release()
        self.open = True
        self._book(began)

    def _describe(self, loss: torch.Tensor, order: list[Node], calls: Sequence[LossCall], layers: Layers) -> None:
        inside = set(order)
        known = [call for call in calls if call.node in inside]
        if not known and calls and not order:
            known = list(calls[-1:])
        if not known:
            name, start = loss_function_of(unscaled(loss.grad_fn, set()), self._scenery.structure.owners)
            call = LossCall(name)
            self.heads = [head_of(call, self._scenery.structure.owners, layers, start=start)]
            known = [call]
            self.broadcast = broadcast_difference(order)
        else:
            self.heads = [head_of(call, self._scenery.structure.owners, layers) for call in known]
        for call in known:  # what stays behind keeps no graph alive
            call.output = None if call.output is None else call.output.detach()
        self.first, self.layers = known, layers
        self.interleaved = interleaved_channels(self._scenery.structure.convolved)
        logs = [node for node in order if op(node) in ("Log", "Log2", "Log10")]
        self._unguarded = not calls and any(op(child) not in ("Clamp", "Add") for node in logs for child in below(node))
        watched = [
            name for name, module in layers.modules.items() if module is not None or "relu" in name or "sigm" in name
        ]
        step = max(1, math.ceil(len(watched) / _MOST_WATCHED))
        self.names = watched[::step][:_MOST_WATCHED]
        self._weights = WeightSamples([layers.modules[name] for name in self.names])
        self.initial_scale = list(self._weights.scales)

    def _see_values(self, layers: Layers, calls: Sequence[LossCall]) -> None:
        columns: dict[str, list[float | None]] = {key: [] for key in ("dead", "saturated", "mean", "std")}
        for name in self.names:
            values = self._values(layers, name)
            for key, value in _statistics(values, _activation(layers, name)).items():
                columns[key].append(value)
        self._look.layers |= columns
        if self._weights is not None:
            self._look.layers["weight_change"] = self._weights.changes()
            self._look.layers["weight_scale"] = list(self._weights.scales)
        call = calls[-1] if len(calls) == 1 else None
        if call is None or call.output is None or call.target is None or not self.heads:
            return
        facts = loss_facts(call, None)
        y_true, y_pred = as_array(call.target[:_ROWS]).astype(float), as_array(call.output[:_ROWS]).astype(float)
        score = score_of(facts, self.heads[0].activation, y_true, y_pred)
        if score is not None:
            self._look.scalars |= {"score": score.score, "balanced": score.balanced}
            if score.spread is not None:
                self._look.scalars["spread"] = score.spread
        if np.isfinite(y_pred).all() and call.rows <= _ROWS:
            loss = recomputed_loss(facts, y_true, y_pred)
            if loss is not None:
                self._look.scalars["loss_recomputed"] = loss

    def _values(self, layers: Layers, name: str) -> torch.Tensor | None:
        module, node = layers.modules.get(name), layers.nodes.get(name)
        if module is not None and id(module) in self._outputs:
            return self._outputs[id(module)]
        if node is not None and hasattr(node, "_saved_result"):
            try:
                return node._saved_result.detach()  # type: ignore[no-any-return]
            except RuntimeError:  # freed already
                return None
        return None

    def see_gradients(self, optimizers: Iterable[Any]) -> None:
        """Read the gradients, before the update that uses them."""
        began = time.perf_counter()
        mine = [parameter for optimizer in optimizers for parameter in parameters_of(optimizer)]
        norm = gradient_norm(mine)
        if norm is not None:
            self.nan_gradients += not math.isfinite(norm)
            self._look.scalars["gradient"] = norm
        column: list[float | None] = []
        for name in self.names:
            module = self.layers.modules[name] if self.layers is not None else None
            kernel = kernel_of(module)
            column.append(None)
            if kernel is None or not kernel.requires_grad:
                continue
            if kernel.grad is None:
                self._look.without_gradient.append(name)
                column[-1] = 0.0
            elif not kernel.grad.is_sparse:
                column[-1] = float(torch.linalg.vector_norm(kernel.grad.detach().float())) / math.sqrt(kernel.numel())
        self._look.layers["gradient"] = column
        self._book(began)

    def close(self) -> None:
        """End the look with the update of its step."""
        if self.open:
            self.open, self._pending = False, self._look

    def take(self) -> Look | None:
        """Return the look of this epoch, once."""
        taken, self._pending = self._pending, None
        return taken

    def _release(self) -> None:
        while self._hooks:
            self._hooks.pop().remove()
        self._outputs.clear()
        if self._structure is not None:
            self._structure.clear()
            self._structure = None
        else:
            self._scenery.structure.clear()

    def _book(self, began: float) -> None:
        took = time.perf_counter() - began
        self._cost = max(took, self._cost / 2)
        if self._fit is not None:
            self._fit.budget.spent += took


def _activation(layers: Layers, name: str) -> str | None:
    module = layers.modules.get(name)
    if module is not None:
        return ACTIVATION_MODULES.get(type(module).__name__)
    return next((word for op, word in ACTIVATION_NODES.items() if name.startswith(f"{op.lower()}_")), None)


_BOUNDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softmax": (0.0, 1.0)}


def _statistics(values: torch.Tensor | None, activation: str | None) -> dict[str, float | None]:
    found: dict[str, float | None] = {"dead": None, "saturated": None, "mean": None, "std": None}
    if values is None or not values.numel() or values.is_complex() or not values.is_floating_point():
        return found
    if values.numel() > _MOST_VALUES:
        values = values[: max(1, len(values) * _MOST_VALUES // values.numel())]
    if activation == "relu" and values.dim() > 1:
        found["dead"] = float(values.transpose(0, 1).flatten(1).eq(0).all(1).float().mean())
    if activation in _BOUNDS and activation != "softmax":
        low, high = _BOUNDS[activation]
        near = 0.01 * (high - low)
        found["saturated"] = float(((values < low + near) | (values > high - near)).float().mean())
    numbers = values.float()
    found["mean"], found["std"] = float(numbers.mean()), float(numbers.std(correction=0))
    return found
