"""One trip over a DataLoader, or one stretch of a loop without any: what was done in it tells what it was for."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch.utils.data import DataLoader, SequentialSampler

from trackexp.torch.losses import LossCall

PASS = "_trackexp_pass"  # the attribute of a loader's iterator that holds its pass
_MOST_LOSSES = 64  # tensors that wait to be added up
_MOST_ANSWERS = 2**16  # values of a batch's output whose right answers are counted
_OF_CLASSES = frozenset({"cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"})


class Mean:
    """Adds up losses as tensors, so that nothing waits for a GPU before the mean is asked for."""

    def __init__(self) -> None:
        self._waiting: list[torch.Tensor] = []
        self._weights: list[int] = []
        self._sum: torch.Tensor | None = None
        self._weight = 0
        self.last: torch.Tensor | None = None

    def add(self, loss: torch.Tensor, rows: int) -> None:
        """Add the loss of a batch of so many rows."""
        self.last = loss
        self._waiting.append(loss)
        self._weights.append(rows or 1)
        if len(self._waiting) >= _MOST_LOSSES:
            self._gather()

    @property
    def value(self) -> float | None:
        """The mean over the rows; None without a loss."""
        self._gather()
        return None if self._sum is None else float(self._sum) / self._weight

    def _gather(self) -> None:
        if not self._waiting:
            return
        losses = torch.stack([loss.to(self._waiting[0].device, torch.float32) for loss in self._waiting])
        part = (losses * losses.new_tensor(self._weights)).sum()
        self._sum = part if self._sum is None else self._sum + part.to(self._sum.device)
        self._weight += sum(self._weights)
        self._waiting.clear()
        self._weights.clear()


class Right:
    """Counts right answers of classes, many batches at a time: one by one they would cost more than their losses."""

    def __init__(self) -> None:
        self._outputs: list[torch.Tensor] = []
        self._targets: list[torch.Tensor] = []
        self._right: torch.Tensor | None = None
        self._rows = 0
        self.logits = True

    def add(self, call: LossCall) -> None:
        """Add a batch, if its targets are classes: ids for several columns, 0 and 1 for one."""
        output, target = call.output, call.target
        if output is None or target is None or call.name not in _OF_CLASSES or not 1 <= output.dim() <= 2:
            return
        if call.name in ("cross_entropy", "nll_loss") and (output.dim() != 2 or target.dim() != 1):
            return
        if call.name.startswith("binary") and (output.shape != target.shape or output.numel() != len(output)):
            return
        if output.numel() > _MOST_ANSWERS or target.is_floating_point() != call.name.startswith("binary"):
            return
        self.logits = call.name != "binary_cross_entropy"
        self._outputs.append(output.detach())
        self._targets.append(target)
        if len(self._outputs) >= _MOST_LOSSES:
            self._gather()

    @property
    def share(self) -> float | None:
        """The share of right answers; None where no classes were seen."""
        self._gather()
        return None if self._right is None else float(self._right) / max(1, self._rows)

    def _gather(self) -> None:
        if not self._outputs:
            return
        try:
            output, target = torch.cat(self._outputs), torch.cat(self._targets)
        except RuntimeError:  # heads of different widths
            self._outputs.clear()
            self._targets.clear()
            return
        if target.is_floating_point():
            right = (output > (0.0 if self.logits else 0.5)) == (target > 0.5)
        else:
            right = output.argmax(1) == target
        self._right = right.sum() if self._right is None else self._right + right.sum()
        self._rows += len(target)
        self._outputs.clear()
        self._targets.clear()


class Pass:
    """One trip over a loader.

    Args:
        loader: A DataLoader; None for a stretch of a loop without one.
    """

    def __init__(self, loader: DataLoader[Any] | None) -> None:
        self.updates = 0
        self.batches = 0
        self.done = False
        self.calls: dict[tuple[bool, bool], int] = {}  # of the model: (in training mode, with gradients)
        self.update_modes: dict[bool, int] = {}  # updates by the mode of the model at the call before
        self.train_loss = Mean()
        self.loss = Mean()  # without gradients
        self.right = Right()
        self.digests: tuple[float | None, float | None] | None = None  # of inputs and targets of the first batch
        self.scaled = False  # the losses were multiplied or divided before `backward`
        self.exhausted = False  # the loader has no more batches, though some that were drawn ahead are still to come
        self._iterator: weakref.ref[Any] | None = None
        self.loader: weakref.ref[Any] | None = None if loader is None else weakref.ref(loader)
        self.dataset: Any = None
        self.length: int | None = None
        if loader is not None:
            dataset = getattr(loader, "dataset", None)
            try:
                self.dataset = None if dataset is None else weakref.ref(dataset)
            except TypeError:  # a list has no weak reference
                self.dataset = None
            self.key = id(dataset)
            self.length = _length(loader)
            self.shuffle = not isinstance(getattr(loader, "sampler", None), SequentialSampler)
            self.dataset_rows = _length(dataset)

    def follow(self, iterator: Any) -> None:
        """Belong to an iterator: when that is let go of, the pass is over."""
        self._iterator = weakref.ref(iterator)
        setattr(iterator, PASS, self)

    @property
    def owed(self) -> int:
        """How many batches were drawn that the model has not been called with; 0 where its calls do not show."""
        called = sum(self.calls.values())
        return max(0, self.batches - called) if called else 0

    @property
    def is_left(self) -> bool:
        """Whether no further batch will come: all were drawn, or the loop over it was left."""
        if self.exhausted or (self.length is not None and self.batches >= self.length):
            return True
        iterator = None if self._iterator is None else self._iterator()
        return self._iterator is not None and getattr(iterator, PASS, None) is not self

    def count_right(self, call: LossCall) -> None:
        """Count right answers, where the loss is given classes."""
        self.right.add(call)

    def same_data(self, other: Pass) -> bool:
        """Tell whether both go over the same data."""
        return self.loader is not None and other.loader is not None and self.key == other.key


def _length(sized: Any) -> int | None:
    try:
        return len(sized)
    except (TypeError, NotImplementedError):
        return None


def loader_facts(loader: DataLoader[Any]) -> dict[str, Any]:
    """Return what of a loader rules read: how rows are drawn, by how many workers, and what each worker copies."""
    import numpy as np

    dataset, workers = getattr(loader, "dataset", None), int(getattr(loader, "num_workers", 0) or 0)
    own = getattr(dataset, "__dict__", {})
    generators = [name for name, value in own.items() if isinstance(value, np.random.Generator | np.random.RandomState)]
    rows, size = _length(dataset), getattr(loader, "batch_size", None)
    sampler = getattr(loader, "sampler", None)
    return {
        "sampler": type(sampler).__name__,
        "shuffle": None if sampler is None else not isinstance(sampler, SequentialSampler),
        "batch_size": size,
        "rows": rows,
        "batches": _length(loader),
        "drop_last": bool(getattr(loader, "drop_last", False)),
        "workers": workers,
        "copied_generators": generators if workers > 1 and not getattr(loader, "worker_init_fn", None) else [],
        "last_batch_rows": rows % size if rows and size and not getattr(loader, "drop_last", False) else None,
    }
