"""How far the weights of every layer move: a few fixed ones are followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

_WEIGHTS = 256  # followed in each layer


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
