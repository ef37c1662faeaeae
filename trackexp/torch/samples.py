"""Rows that the model was given in its first pass, beside the targets they were scored against: what data rules see."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

MAX_ROWS = 4_096
MAX_BYTES = 2**24  # of the inputs


class RowSample:
    """Keeps the first rows of one part of the data, at most 4,096 and 16 MB of them."""

    def __init__(self) -> None:
        self._x: list[torch.Tensor] = []
        self._y: list[torch.Tensor] = []
        self._rows = 0
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
