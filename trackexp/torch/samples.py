"""Rows that the model was given in its first pass, beside their targets, and a few weights of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from trackexp.fit.data.sketch import SketchedRows
from trackexp.record.facts import SketchFacts

MAX_ROWS = 4_096
MAX_BYTES = 2**24  # of the inputs
_WEIGHTS = 256  # followed in each layer


class RowSample:
    """Keeps the first rows of one part of the data, at most 4,096 and 16 MB of them."""

    def __init__(self) -> None:
        self._x: list[torch.Tensor] = []
        self._y: list[torch.Tensor] = []
        self._rows = 0
        self._sketched = SketchedRows()
        self.full = False

    @property
    def rows(self) -> int:
        """How many rows are kept."""
        return self._rows

    def add(self, x: torch.Tensor, y: torch.Tensor) -> None:
        """Keep the rows of a batch; where inputs and targets do not pair, nothing is kept."""
        if self.full or not _pairs(x, y) or (self._x and (x.shape[1:] != self._x[0].shape[1:])):
            return
        if self._y and (y.shape[1:] != self._y[0].shape[1:] or y.dtype != self._y[0].dtype):
            return
        width = max(1, x[:1].numel() * 4)
        room = min(MAX_ROWS, max(32, MAX_BYTES // width)) - self._rows
        if room <= 0:
            self.full = True
            return
        self._x.append(x.detach()[:room].to("cpu", copy=True))
        self._y.append(y.detach()[:room].to("cpu", copy=True))
        self._rows += min(room, len(x))
        self.full = self._rows >= min(MAX_ROWS, MAX_BYTES // width)

    def sketch_facts(self) -> SketchFacts | None:
        """Return the sketch of all rows that were given."""
        return self._sketched.facts()

    def sketch(self, x: torch.Tensor) -> None:
        """Sketch the rows of a batch; those of another device are not fetched for it."""
        self._sketched.add(as_array(x) if x.device.type == "cpu" and _pairs(x, x) else None)

    def arrays(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Return inputs and targets as arrays; None without a row."""
        if not self._x:
            return None
        return as_array(torch.cat(self._x)), as_array(torch.cat(self._y))


def _pairs(x: Any, y: Any) -> bool:
    usable = all(
        isinstance(part, torch.Tensor) and part.layout == torch.strided and not part.is_complex() and part.dim()
        for part in (x, y)
    )
    return usable and len(x) == len(y) > 0 and x.device.type != "meta"


def as_array(tensor: torch.Tensor) -> NDArray[Any]:
    """Return a tensor as numpy; what numpy has no type for as 32-bit floats."""
    tensor = tensor.detach().cpu()
    if tensor.dtype in (torch.bfloat16, torch.float16):
        tensor = tensor.float()
    return np.asarray(tensor.numpy())


class WeightSamples:
    """Follows a few weights of every layer from look to look.

    Args:
        modules: The layers; None where one has no module.
    """

    def __init__(self, modules: Sequence[Any]) -> None:
        self._kernels = [kernel_of(module) for module in modules]
        self._before = [_sample(kernel) for kernel in self._kernels]
        self._first = list(self._before)

    @property
    def moved(self) -> bool:
        """Whether any of them has another value than at first."""
        pairs = [
            (now, then)
            for kernel, then in zip(self._kernels, self._first, strict=True)
            if (now := _sample(kernel)) is not None
        ]
        return any(then is not None and not torch.equal(now, then) for now, then in pairs)

    @property
    def scales(self) -> list[float | None]:
        """Root mean square of the weights that are followed, layer by layer."""
        return [None if values is None else float(values.square().mean().sqrt()) for values in self._before]

    def changes(self) -> list[float | None]:
        """Return ‖Δw‖/‖w‖ of every layer since the last look."""
        found: list[float | None] = []
        for place, kernel in enumerate(self._kernels):
            now, before = _sample(kernel), self._before[place]
            self._before[place] = now
            if now is None or before is None:
                found.append(None)
                continue
            norm = float(torch.linalg.vector_norm(before))
            moved = float(torch.linalg.vector_norm(now - before))
            found.append(moved / norm if norm else (1.0 if moved else 0.0))
        return found


def kernel_of(module: Any) -> Any:
    """Return the weights of a layer that its inputs are multiplied with; None where it has none."""
    if module is None:
        return None
    for name in ("weight", "weight_ih_l0", "in_proj_weight"):
        value = getattr(module, name, None)
        if isinstance(value, torch.Tensor) and not isinstance(value, torch.nn.parameter.UninitializedParameter):
            return value
    return next((parameter for parameter in module.parameters(recurse=False) if parameter.dim() > 1), None)


def _sample(kernel: Any) -> torch.Tensor | None:
    if kernel is None or kernel.device.type == "meta" or kernel.is_sparse or kernel.is_complex():
        return None
    flat: torch.Tensor = kernel.detach().reshape(-1)
    step = max(1, flat.numel() // _WEIGHTS)
    return flat[::step][:_WEIGHTS].to("cpu", torch.float32, copy=True)
