"""What single batches give away: channels that lie interleaved, evaluation rows that change, a loss that lives on."""

from __future__ import annotations

import weakref
from typing import Any

import torch

_MOST_ROWS = 64
_INTERLEAVED = 0.9  # below this share of its neighbours' difference, the difference at the channels' lag is a rhythm
_KEPT = 8  # losses followed from the beginning, and every 64th after them


def interleaved_channels(images: Any) -> dict[str, float] | None:
    """Tell images whose channels lie one value after the other though their shape says plane after plane.

    Along the memory of a row, values that are as far apart as there are channels are then more alike than those one
    nearer or one farther: a rhythm that pictures in planes do not have.

    Args:
        images: What the first convolution is given, `(n, channels, height, width)` with 2 to 4 channels.

    Returns:
        The number of channels and the ratio of the differences; None where no such rhythm is there.
    """
    if not isinstance(images, torch.Tensor) or images.dim() != 4 or not images.is_contiguous() or len(images) < 8:
        return None
    channels = images.shape[1]
    if not 2 <= channels <= 4 or images.shape[2] * images.shape[3] < 16 or not images.is_floating_point():
        return None
    rows = images.detach()[:_MOST_ROWS].flatten(1).float()
    lags = {lag: float((rows[:, lag:] - rows[:, :-lag]).abs().mean()) for lag in range(1, 2 * channels + 2)}
    once = min(lags[channels - 1], lags[channels + 1])
    twice = min(lags[2 * channels - 1], lags[2 * channels + 1])
    if once <= 0 or twice <= 0:
        return None
    ratio = max(lags[channels] / once, lags[2 * channels] / twice)
    return {"channels": channels, "ratio": round(ratio, 4)} if ratio < _INTERLEAVED else None


def digest(tensor: Any) -> float | None:
    """Return a number by which two batches are told apart; None for what is no dense tensor."""
    if not isinstance(tensor, torch.Tensor) or tensor.layout != torch.strided or tensor.is_complex():
        return None
    if tensor.device.type != "cpu" or not tensor.numel() or tensor.numel() > 2**22:
        return None
    flat = tensor.detach().reshape(-1).double()
    return float((flat * torch.arange(1, len(flat) + 1, dtype=torch.float64)).sum())


class KeptLosses:
    """Follows whether losses, and the graphs behind them, outlive their batch."""

    def __init__(self) -> None:
        self._seen = 0
        self._kept: list[weakref.ref[torch.Tensor]] = []

    def add(self, loss: torch.Tensor) -> None:
        """Follow a loss, without keeping it alive."""
        if self._seen < _KEPT or not self._seen % 64:
            self._kept.append(weakref.ref(loss))
        self._seen += 1

    @property
    def alive(self) -> int:
        """How many of those followed live on with their graph, the last one aside."""
        found = [loss for ref in self._kept if (loss := ref()) is not None]
        return max(0, sum(loss.grad_fn is not None for loss in found) - 1)
