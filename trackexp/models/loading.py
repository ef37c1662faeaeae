"""A model as it is typed, → `Model`: a file of any framework, or a Python function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.models.loaded import Model
from trackexp.models.python_code import find_object, names_an_object

KERAS = (".keras", ".h5", ".hdf5")
TORCH = (".pt", ".pth", ".ts", ".torchscript", ".ckpt", ".bin")
PICKLED = (".pkl", ".pickle", ".joblib")
SUFFIXES = (*KERAS, *TORCH, ".onnx", *PICKLED)
_DATA = (".npz", ".csv", ".parquet", ".npy", ".json", ".txt")


def load_model(place: str | Path, *, constructor: str | None = None, trust: bool = False) -> Model:
    """Return the model at a place; random streams and layer names of the caller stay as they are.

    Args:
        place: A file of Keras (`.keras`, `.h5`), PyTorch (TorchScript, a state dict), ONNX or scikit-learn, or
            `package.module:function`, a function from rows to outputs.
        constructor: `package.module:build`, which returns the model that weights belong to.
        trust: Load files that can run code: pickles, and Keras's Lambda layers.

    Raises:
        UsageError: There is no model there, or not all that it needs.
    """
    path = Path(place).expanduser()
    if path.is_dir():
        raise UsageError(f"{path} is a folder; expected a model file ({', '.join(SUFFIXES)}).")
    if not path.is_file():
        if names_an_object(str(place)):
            return from_object(find_object(str(place)), str(place))
        raise UsageError(
            f"no model at {str(place)!r}; expected a file ({', '.join(SUFFIXES)}) or package.module:function."
        )
    return _from_file(path, constructor, trust=trust)


def _from_file(path: Path, constructor: str | None, *, trust: bool) -> Model:
    suffix = path.suffix.lower()
    if suffix in KERAS:
        from trackexp.models.formats.keras_file import load_keras

        return load_keras(path, constructor, trust=trust)
    if suffix in TORCH:
        from trackexp.models.formats.torch_file import load_torch

        return load_torch(path, constructor, trust=trust)
    if suffix == ".onnx":
        from trackexp.models.formats.onnx_file import load_onnx

        return load_onnx(path)
    if suffix in PICKLED:
        from trackexp.models.formats.pickled import load_pickled

        return load_pickled(path, trust=trust)
    kind = "data, not a model" if suffix in _DATA else "no model file that is known here"
    raise UsageError(f"{path} is {kind}; expected {', '.join(SUFFIXES)} or package.module:function.")


def from_object(model: Any, name: str) -> Model:
    """Return a model that is there already: of Keras, PyTorch or scikit-learn, or any function from rows to outputs.

    Raises:
        UsageError: It is none of these.
    """
    bases = {f"{base.__module__.partition('.')[0]}.{base.__name__}" for base in type(model).__mro__}
    if "keras.Model" in bases or "keras.Functional" in bases:
        from trackexp.models.formats.keras_file import from_keras

        return from_keras(model, name)
    if "torch.Module" in bases:
        from trackexp.models.formats.torch_file import from_torch

        return from_torch(model, name)
    if hasattr(model, "predict_proba") or (hasattr(model, "predict") and hasattr(model, "fit")):
        from trackexp.models.formats.pickled import from_estimator

        return from_estimator(model, name)
    if not callable(model):
        raise UsageError(f"{name} is {type(model).__name__}; expected a model, or a function from rows to outputs.")

    def run(rows: Any, batch_size: int) -> NDArray[Any]:
        pieces = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
        return np.concatenate([np.asarray(model(piece)) for piece in pieces])

    return Model(name, "python", run)
