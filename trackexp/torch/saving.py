"""Writes a model's weights as PyTorch does, with a JSON beside them that says whose they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from trackexp.fit import SaveFormat
from trackexp.models.torch_weights import description_file, tensor_digest

_OVERHEAD, _OVERHEAD_OF_TENSOR = 2**16, 2**10
SUFFIXES = (".pt", ".pth", ".pt2", ".safetensors")


def formats_for(asked: str) -> list[SaveFormat]:
    """Return the formats to try for a file that was asked for under that name, the best one first.

    >>> [name for name, _, _ in formats_for("model-best.h5")]
    ['model-best.pt']
    >>> [name for name, _, _ in formats_for("model-best.safetensors")]
    ['model-best.safetensors', 'model-best.pt']
    """
    stem, suffix = Path(asked).stem.removesuffix(".weights"), Path(asked).suffix
    if suffix in (".pt", ".pth"):
        return [SaveFormat(asked)]
    plain = SaveFormat(f"{stem}.pt", holds="weights")
    return [SaveFormat(asked), plain] if suffix in SUFFIXES else [plain]


def save_model(
    model: torch.nn.Module, path: Path, *, input_shape: Sequence[int] | None = None, input_dtype: str | None = None
) -> None:
    """Write the weights of a model in the format of the file's name.

    Args:
        model: In whatever mode and on whatever device; neither changes.
        path: Ends in .pt, .pth, .pt2 or .safetensors.
        input_shape: Of what the model is given, with the batch axis.
        input_dtype: Its type, `"float32"`.

    Raises:
        MissingExtraError: .safetensors without the package.
        Exception: The format cannot hold the model.
    """
    note = description_of(model, input_shape, input_dtype)
    if path.suffix == ".pt2":
        _export(model, path, input_shape, input_dtype)
        _describe(path, note)
        return
    weights = {
        name: value.detach().cpu() if isinstance(value, torch.Tensor) else value
        for name, value in model.state_dict().items()
    }
    if path.suffix == ".safetensors":
        from trackexp.optional import require

        save_file = require("safetensors.torch", extra="torch").save_file
        save_file({name: value.contiguous() for name, value in weights.items()}, str(path), metadata={"format": "pt"})
    else:
        torch.save(weights, path)
    tensors = {name: tensor_digest(value) for name, value in weights.items() if isinstance(value, torch.Tensor)}
    _describe(path, {**note, "tensors": tensors})


def _describe(path: Path, note: dict[str, Any]) -> None:
    """Write the JSON beside the file that is being written: it bears the name that the file will have."""
    final = path.with_name(path.name.rpartition(".part.")[2])
    part = path.with_suffix(".json")
    part.write_text(json.dumps(note, indent=1), encoding="utf-8")
    part.replace(description_file(final))


def _export(model: torch.nn.Module, path: Path, shape: Sequence[int] | None, dtype: str | None) -> None:
    if shape is None:
        raise ValueError("what the model is given was not seen")
    kind = getattr(torch, dtype or "float32", torch.float32)
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    example = torch.zeros([max(2, shape[0]), *shape[1:]], dtype=kind, device=device)
    modes = {module: module.training for module in model.modules()}
    random = torch.get_rng_state()
    try:
        model.eval()
        with torch.no_grad():
            program = torch.export.export(model, (example,), dynamic_shapes=({0: torch.export.Dim.AUTO},))
        torch.export.save(program, path)
    finally:
        torch.set_rng_state(random)
        for module, training in modes.items():
            module.training = training


def description_of(model: torch.nn.Module, shape: Sequence[int] | None, dtype: str | None) -> dict[str, Any]:
    """Return what the JSON beside the weights says: whose they are, and what the model is given."""
    kind = type(model)
    config = getattr(model, "hparams", None) or getattr(getattr(model, "config", None), "to_dict", dict)()
    return {
        "class": f"{kind.__module__}:{kind.__qualname__}",
        "torch": torch.__version__,
        "input_shape": None if shape is None else [None, *(int(size) for size in shape[1:])],
        "input_dtype": dtype,
        "arguments": json.loads(json.dumps(dict(config), default=repr)) if config else None,
    }


def size_of(model: torch.nn.Module | None) -> int:
    """Return an upper bound for the size of the model's weights on the disk, in bytes."""
    if model is None:
        return 0
    tensors = [*model.parameters(), *model.buffers()]
    return sum(t.numel() * t.element_size() for t in tensors) + _OVERHEAD + _OVERHEAD_OF_TENSOR * len(tensors)
