"""PyTorch: TorchScript, a state dict with the code of its model, and, if trusted, a whole pickled model."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, first_line
from trackexp.models.formats.registry import Format, LoadOptions, class_names_of
from trackexp.models.model import Model
from trackexp.models.python_code import find_object
from trackexp.models.torch_weights import class_of
from trackexp.optional import require

_INSIDE = ("state_dict", "model_state_dict", "model")  # where checkpoints keep it
_ACTIVATIONS = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid", "LogSigmoid": "log_sigmoid"}


def load_torch(path: Path, options: LoadOptions) -> Model:
    """Return a PyTorch model in evaluation mode.

    Raises:
        UsageError: Weights without `--model`, a pickled model without `--trust`, or no PyTorch file at all.
    """
    torch = require("torch", extra="torch")
    state = torch.random.get_rng_state()
    try:
        module = _script(torch, path) if _is_script(path) else _unpickled(torch, path, options)
    finally:
        torch.random.set_rng_state(state)
    return from_torch(module, path.name, path.stat().st_size)


def from_torch(module: Any, name: str, size: int | None = None) -> Model:
    """Return a PyTorch module that is there already, as `Model`."""
    module.eval()
    return Model(name, "torch", _runner(module), None, _last_activation(module), size, _embedding(module))


def _runner(module: Any) -> Any:
    def run(rows: Any, batch_size: int) -> NDArray[Any]:
        import torch

        found = []
        with torch.inference_mode():
            for start in range(0, len(rows), batch_size):
                outputs = module(torch.from_numpy(np.array(rows[start : start + batch_size])))
                found.append(outputs.detach().cpu().numpy())
        return np.concatenate(found)

    return run


def _is_script(path: Path) -> bool:
    """Return whether a file is TorchScript: a zip that holds code."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name or name.startswith("code/") for name in archive.namelist())


def _script(torch: Any, path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of torch.jit, which whoever wrote the file chose
        try:
            return torch.jit.load(str(path), map_location="cpu")
        except RuntimeError as error:
            raise UsageError(f"{path} does not load as TorchScript: {first_line(error)}") from error


def _unpickled(torch: Any, path: Path, options: LoadOptions) -> Any:
    try:
        found = torch.load(path, map_location="cpu", weights_only=not options.trust)
    except pickle.UnpicklingError as error:
        if options.trust:
            raise UsageError(f"{path} is not a PyTorch file: {first_line(error)}") from error
        raise UsageError(
            f"{path} is a pickled model, not weights alone: loading it runs whatever code it holds. Do you trust "
            "whoever made it? Then pass --trust; otherwise save model.state_dict() and pass "
            "--model package.module:build, or save it as TorchScript."
        ) from error
    except (AttributeError, ModuleNotFoundError) as error:
        raise UsageError(f"{path} needs code that is not installed here: {first_line(error)}") from error
    except (RuntimeError, EOFError, OSError) as error:
        raise UsageError(f"{path} is not a PyTorch file: {first_line(error)}") from error
    if isinstance(found, torch.nn.Module):
        return found
    return _with_state(torch, path, _state_of(path, found), options.constructor)


def _state_of(path: Path, found: Any) -> Mapping[str, Any]:
    if isinstance(found, Mapping):
        inner = next((found[key] for key in _INSIDE if isinstance(found.get(key), Mapping)), found)
        if inner and all(hasattr(value, "shape") or not isinstance(value, str) for value in inner.values()):
            return inner
    raise UsageError(f"{path} holds {type(found).__name__}; expected a state dict, a model, or TorchScript.")


def _with_state(torch: Any, path: Path, state: Mapping[str, Any], constructor: str | None) -> Any:
    constructor = constructor or class_of(path)
    if constructor is None:
        shown = ", ".join(list(state)[:3])
        raise UsageError(
            f"{path} holds weights alone ({shown}, …); say what builds their model: --model package.module:build"
        )
    build = find_object(constructor)
    module = build() if callable(build) and not isinstance(build, torch.nn.Module) else build
    if not isinstance(module, torch.nn.Module):
        raise UsageError(f"{constructor} gives {type(module).__name__}; expected a torch.nn.Module, for {path}.")
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise UsageError(f"the weights in {path} do not fit the model of {constructor}: {error}") from error
    return module


def _last_activation(module: Any) -> str | None:
    """Return what the last submodule applies, by its name; a `forward` may do more, so "linear" is not claimed."""
    last = list(module.modules())[-1]
    kind = getattr(last, "original_name", None) or type(last).__name__
    return _ACTIVATIONS.get(kind)


def _embedding(module: Any) -> Any:
    """Return what gives the inputs of the last linear layer, caught on the way; None for TorchScript or without one."""
    import torch

    linear = [part for part in module.modules() if isinstance(part, torch.nn.Linear)]
    if not linear or isinstance(module, torch.jit.ScriptModule):
        return None

    def embed(rows: Any, batch_size: int) -> NDArray[Any]:
        caught: list[NDArray[Any]] = []
        hook = linear[-1].register_forward_pre_hook(lambda _part, given: caught.append(given[0].detach().cpu().numpy()))
        try:
            _runner(module)(rows, batch_size)
        finally:
            hook.remove()
        return np.concatenate(caught)

    return embed


FORMAT = Format(
    "torch",
    (".pt", ".pth", ".ts", ".torchscript", ".ckpt", ".bin"),
    load_torch,
    lambda model: "torch.Module" in class_names_of(model),
    from_torch,
)
