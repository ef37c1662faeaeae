"""What an optimizer does between two updates: were its gradients cleared, carried over, there at all.

A gradient's version counts what is done to it in place: one for an accumulation, one for `zero_()`; `step` leaves it
alone. A gradient that stands at the first `backward` after an update as it stood then was not cleared.
"""

from __future__ import annotations

import torch

_MOST_RATES = 256
_ASKED = 4  # times that a gradient's values are looked at, where its version cannot tell: `grad.data.zero_()`


class Updates:
    """Follows one optimizer.

    Args:
        optimizer: At its first update; nothing of it is kept but a weight by which it is followed.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.name = type(optimizer).__name__
        self.count = 0
        self.carried = 0
        self.without_gradients = 0  # updates at which no parameter had one
        self.backwards = 0  # since the last update
        self.most_backwards = 0  # between two updates
        self.accumulating = 0  # updates that more than one backward came before
        self.cleared_before_update = 0  # its gradients were made, and cleared before they were used
        self.cleared_between = 0  # between two backwards of one update
        self.repeated = 0  # updates with the gradients of the one before, and no backward between
        self.rates: list[tuple[int, float]] = []
        self._every = 1
        self._idle = False
        self._cleared = True
        self._by_value = False
        self._asked = 0
        self._version = -1
        self._grad: torch.Tensor | None = None
        own = parameters_of(optimizer)
        self.parameters = len(own)
        with_gradient = [parameter for parameter in own if parameter.grad is not None]
        self._probe: torch.Tensor | None = next(reversed(with_gradient or own), None)

    def before_backward(self) -> None:
        """See whether the gradients are still those of the update before; cheap, before every `backward`."""
        if self._probe is None:
            return
        grad = self._probe.grad
        if self.backwards and (grad is None or (grad is self._grad and grad._version != self._version)):
            self.cleared_between += 1
        if self._cleared:
            return
        self._cleared = grad is None or grad is not self._grad or grad._version != self._version
        if grad is not None and not self._cleared and self._asked < _ASKED:
            self._asked += 1
            if not bool(grad.any()):  # `grad.data.zero_()` is not counted
                self._cleared = self._by_value = True

    def after_backward(self) -> None:
        """Note where the gradients stand; a backward that does not reach them is none of this optimizer's."""
        grad, version = self._grad, self._version
        self._note()
        self.backwards += self._grad is not grad or self._version != version

    def before_update(self, optimizer: torch.optim.Optimizer) -> None:
        """Count whether the gradients that this update uses hold those of an earlier one too."""
        if self.backwards and self.count and not self._cleared and not self._by_value:
            self.carried += 1
        grad = None if self._probe is None else self._probe.grad
        touched = grad is None or (grad is self._grad and grad._version != self._version)
        if self.backwards and self.count < 2 * _ASKED and touched and not (grad is not None and bool(grad.any())):
            self.cleared_before_update += 1
        if self.count and not self.backwards and grad is not None and grad is self._grad and not touched:
            self._idle = True  # unless the step itself runs a backward, as LBFGS does with its closure
        if self.count < _ASKED and all(parameter.grad is None for parameter in parameters_of(optimizer)):
            self.without_gradients += 1

    def after_update(self, optimizer: torch.optim.Optimizer) -> None:
        """Note where the gradients stand, and the rate."""
        self.repeated += self._idle and not self.backwards
        self._idle = False
        self._note()
        self._cleared = False
        self.most_backwards = max(self.most_backwards, self.backwards)
        self.accumulating += self.backwards > 1
        self.backwards = 0
        self.count += 1
        rate = optimizer.param_groups[0]["lr"] if optimizer.param_groups else None
        if type(rate) is float and (not self.rates or self.rates[-1][1] != rate):
            self._keep_rate(rate)

    def _note(self) -> None:
        if self._probe is not None:
            grad = self._grad = self._probe.grad
            self._version = -1 if grad is None else grad._version

    def _keep_rate(self, rate: float) -> None:
        if self.count % self._every:
            return
        self.rates.append((self.count, rate))
        if len(self.rates) > _MOST_RATES:
            self.rates = self.rates[::2]
            self._every *= 2


def parameters_of(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    """Return every parameter of an optimizer, group by group."""
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def gradient_norm(parameters: list[torch.Tensor]) -> float | None:
    """Return the norm over all gradients that are there; None for none, or sparse ones. Waits for a GPU: looks only."""
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not grads or any(grad.is_sparse for grad in grads):
        return None
    norms = [torch.linalg.vector_norm(grad.detach().float()) for grad in grads]
    return float(torch.linalg.vector_norm(torch.stack([norm.cpu() for norm in norms])))
