"""A model as it is typed, → `Model`: a file of any framework, or a Python function."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.models.formats.registry import LoadOptions, all_formats, model_suffixes, refuse_bomb
from trackexp.models.model import Model
from trackexp.models.python_code import find_object, import_code, names_an_object

_DATA = (".npz", ".csv", ".parquet", ".npy", ".json", ".txt")


def load_model(
    place: str | Path, *, constructor: str | None = None, trust: bool = False, imports: Sequence[str] = ()
) -> Model:
    """Return the model at a place; random streams and layer names of the caller stay as they are.

    Args:
        place: A file of Keras (`.keras`, `.h5`), PyTorch (TorchScript, a state dict), ONNX or scikit-learn, or
            `package.module:function`, a function from rows to outputs.
        constructor: `package.module:build`, which returns the model that weights belong to.
        trust: Load files that can run code: pickles, and Keras's Lambda layers.
        imports: Files of Python, or modules, that define what the model needs: layers of one's own, for instance.

    Raises:
        UsageError: There is no model there, or not all that it needs.
    """
    known: dict[str, Any] = {}
    for code in imports:
        module = import_code(code)
        known |= {name: value for name, value in vars(module).items() if callable(value) and not name.startswith("_")}
    path = Path(place).expanduser()
    if path.is_dir():
        raise UsageError(f"{path} is a folder; expected a model file ({', '.join(model_suffixes())}).")
    if not path.is_file():
        if names_an_object(str(place)):
            return from_object(find_object(str(place)), str(place))
        raise UsageError(
            f"no model at {str(place)!r}; expected a file ({', '.join(model_suffixes())}) or package.module:function."
        )
    return _from_file(path, LoadOptions(constructor, trust, known))


def _from_file(path: Path, options: LoadOptions) -> Model:
    suffix = path.suffix.lower()
    for one in all_formats():
        if suffix in one.suffixes:
            refuse_bomb(path)
            return one.load(path, options)
    kind = "data, not a model" if suffix in _DATA else "not a known kind of model file"
    raise UsageError(f"{path} is {kind}; expected {', '.join(model_suffixes())} or package.module:function.")


def from_object(model: Any, name: str) -> Model:
    """Return a model that is there already: of Keras, PyTorch or scikit-learn, or any function from rows to outputs.

    Raises:
        UsageError: It is none of these.
    """
    for one in all_formats():
        if one.wrap is not None and one.accepts(model):
            return one.wrap(model, name)
    if not callable(model):
        raise UsageError(f"{name} is {type(model).__name__}; expected a model, or a function from rows to outputs.")

    def run(rows: Any, batch_size: int) -> NDArray[Any]:
        pieces = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
        return np.concatenate([np.asarray(model(piece)) for piece in pieces])

    return Model(name, "python", run)
