"""What a loss function was given, and what of it the facts hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch

from trackexp.record.facts import LossFacts
from trackexp.torch.kinds import LOSSES

_MOST_VALUES = 2**22  # looked at for ranges; a larger output is looked at in part
_CONFIG = ("reduction", "label_smoothing", "ignore_index", "beta", "delta", "log_target", "log_input")


@dataclass(slots=True)
class LossCall:
    """One call of a loss function.

    Args:
        name: Of the function in `torch.nn.functional`; "custom" for a loss that none of them computed.
        output: What the model says.
        target: What it should say.
        options: Keyword arguments.
        node: Where the loss stands in the graph, None without one.
        rows: Of the batch.
    """

    name: str
    output: torch.Tensor | None = None
    target: torch.Tensor | None = None
    options: dict[str, Any] = field(default_factory=dict)
    node: Any = None
    rows: int = 0

    @property
    def start(self) -> Any:
        """The node that the output comes from."""
        return getattr(self.output, "grad_fn", None)


def is_loss(module: Any) -> bool:
    """Tell whether a module is one of PyTorch's losses, which scripts call as they call a model."""
    return isinstance(module, torch.nn.modules.loss._Loss)


def call_of(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> LossCall:
    """Return the call with its tensors, whatever way they were passed."""
    output = args[0] if args else kwargs.get("input")
    target = args[1] if len(args) > 1 else kwargs.get("target")
    output = output if isinstance(output, torch.Tensor) else None
    target = target if isinstance(target, torch.Tensor) else None
    rows = len(output) if output is not None and output.dim() else 0
    return LossCall(name, output, target, kwargs, rows=rows)


class Scored(NamedTuple):
    """What a batch of an evaluation scores by the loss of the training."""

    loss: torch.Tensor
    call: LossCall


def score(like: LossCall, output: torch.Tensor, target: torch.Tensor) -> Scored | None:
    """Score answers that the script does not score itself, as the training scores its own; None where they do not fit.

    Args:
        like: A call of the training's loss.
        output: What the model says of a batch of an evaluation.
        target: What stands beside that batch in its loader.
    """
    if like.output is None or like.target is None or like.name not in LOSSES or len(output) != len(target):
        return None
    fits = output.shape[1:] == like.output.shape[1:] and target.shape[1:] == like.target.shape[1:]
    if not fits or target.dtype != like.target.dtype or output.device != target.device:
        return None
    function = getattr(torch.nn.functional, like.name)
    with torch.no_grad():
        loss = getattr(function, "__wrapped__", function)(output, target)
    return Scored(loss, LossCall(like.name, output, target, rows=len(output)))


def identifier_of(call: LossCall) -> tuple[str, bool | None]:
    """Return what rules call the loss, and whether it takes logits (None: it has no such choice)."""
    identifier, logits = LOSSES.get(call.name, ("custom", None))
    if call.name == "cross_entropy" and call.target is not None and call.target.is_floating_point():
        identifier = "categorical_crossentropy"
    return identifier, logits


def loss_facts(call: LossCall, output: str | None) -> LossFacts:
    """Return the facts of one loss; `output` names what it is computed on where there are several."""
    identifier, logits = identifier_of(call)
    config: dict[str, Any] = {"function": call.name}
    for key in _CONFIG:
        value = call.options.get(key)
        if value not in (None, "mean", 0.0, -100, False):
            config[key] = value
    for key in ("weight", "pos_weight"):
        value = call.options.get(key)
        if isinstance(value, torch.Tensor) and value.numel() <= 1_000:
            config[key] = [float(number) for number in value.detach().flatten()]
    if call.output is not None and call.target is not None:
        config["output_shape"] = [int(size) for size in call.output.shape]
        config["target_shape"] = [int(size) for size in call.target.shape]
        config |= _ranges(call.output)
    return LossFacts(
        output=output,
        identifier=identifier,
        from_logits=logits,
        weight=None,
        custom=call.name == "custom",
        config=config,
    )


def _ranges(output: torch.Tensor) -> dict[str, Any]:
    """Return the range of the outputs, and whether they are probabilities over their axis of classes."""
    if output.is_sparse or output.is_complex() or output.device.type == "meta" or not output.numel():
        return {}
    seen = output.detach()
    if seen.numel() > _MOST_VALUES:
        seen = seen[: max(1, len(seen) * _MOST_VALUES // seen.numel())]
    seen = seen.float()
    found: dict[str, Any] = {"output_minimum": float(seen.min()), "output_maximum": float(seen.max())}
    if seen.dim() > 1 and seen.shape[1] > 1:
        sums = seen.sum(1)
        found["outputs_sum_to_one"] = bool(seen.min() >= 0 and torch.allclose(sums, torch.ones_like(sums), atol=1e-3))
    return found
