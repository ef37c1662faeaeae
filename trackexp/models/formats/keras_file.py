"""Keras: `.keras`, `.h5`, and weights with the code of their model."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp import keras_private
from trackexp.errors import UsageError, first_line
from trackexp.models.formats.registry import Format, LoadOptions, class_names_of
from trackexp.models.model import Model
from trackexp.models.python_code import find_object


def load_keras(path: Path, options: LoadOptions) -> Model:
    """Return a Keras model without compiling it: a loss passed as "mse" does not load from `.h5`, and none is needed.

    Raises:
        UsageError: The file is none, needs code that it does not hold, or holds a lambda and is not trusted.
    """
    with undisturbed():
        model = _with_weights(path, options.constructor) if options.constructor else _whole(path, options)
    return from_keras(model, path.name, path.stat().st_size)


def from_keras(model: Any, name: str, size: int | None = None) -> Model:
    """Return a Keras model that is there already, as `Model`."""
    shape: Any = getattr(model, "input_shape", None)
    one = isinstance(shape, tuple) and bool(shape) and (shape[0] is None or isinstance(shape[0], int))
    if shape is not None and not one:
        raise UsageError(f"{name} takes several inputs; evaluate takes models of one: give its predictions as a file.")
    return Model(
        name,
        "keras",
        lambda rows, batch_size: np.asarray(model.predict(rows, batch_size=batch_size, verbose=0)),
        tuple(shape[1:]) if one else None,
        last_activation(model),
        size,
        _embedding(model),
        call=model.predict_on_batch,  # a row in 0.2 ms, for which `predict` takes 31
    )


def last_activation(model: Any) -> str | None:
    """Return the activation behind a Keras model's last layer, or None where it cannot be told."""
    layers = list(getattr(model, "layers", None) or [])
    while layers and type(layers[-1]).__name__ in ("Dropout", "Flatten", "Reshape", "Identity", "InputLayer"):
        layers.pop()
    if not layers:
        return None
    last = layers[-1]
    if type(last).__name__ == "Softmax":
        return "softmax"
    if getattr(last, "layers", None):
        return last_activation(last)
    function = getattr(last, "activation", None)
    name = getattr(function, "__name__", None)
    return None if name is None else str(name).removesuffix("_v2")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave the user's random streams and layer names as they are: loading draws seeds and takes names."""
    state, arrays = random.getstate(), np.random.get_state()
    try:
        with keras_private.kept_layer_names():
            yield
    finally:
        random.setstate(state)
        np.random.set_state(arrays)


def _whole(path: Path, options: LoadOptions) -> Any:
    import keras

    if path.name.endswith(".weights.h5") or not _has_config(path):
        raise UsageError(f"{path} holds weights alone; say what builds their model: --model package.module:build")
    try:
        with _quiet_absl():
            return keras.saving.load_model(
                path, custom_objects=dict(options.known) or None, compile=False, safe_mode=not options.trust
            )
    except Exception as error:
        raise UsageError(_refusal(path, str(error))) from error


def _refusal(path: Path, message: str) -> str:
    if "lambda" in message.lower() or "unsafe" in message.lower() or "safe_mode" in message:
        return (
            f"{path} holds a Lambda layer, Python code that would run when it is loaded. Do you trust whoever made "
            "it? Then pass --trust; otherwise save the model with a registered layer instead."
        )
    if code := needed_code(message):
        return (
            f"{path} needs {code}, which is not part of the file; pass --import FILE.py, the file that defines it, or "
            "save its weights and pass --model package.module:build"
        )
    return f"{path} does not load as a Keras model: {first_line(message)}"


def needed_code(message: str) -> str | None:
    """Return what a file needs that is not part of it, by the words in which Keras refused it; None for other reasons.

    >>> needed_code("Could not locate class 'Sub'. Make sure custom classes are decorated")
    'the class Sub'
    >>> needed_code("Unknown layer: 'Sub'. Please ensure you are using a `keras.utils.custom_object_scope`")
    'the class Sub'
    >>> needed_code("File not found: filepath=model.keras.")
    """
    if found := re.search(r"Could not locate (class|function) '([^']+)'", message):
        return f"the {found[1]} {found[2].rpartition('>')[2]}"
    if found := re.search(r"Unknown (\w+(?: function)?): '([^']+)'", message):
        return f"the {'function' if 'function' in found[1] else 'class'} {found[2].rpartition('>')[2]}"
    return "a Python lambda, which Keras does not run unasked" if "is a Python lambda" in message else None


def _with_weights(path: Path, constructor: str) -> Any:
    build = find_object(constructor)
    model = build() if callable(build) else build
    if not hasattr(model, "load_weights"):
        raise UsageError(f"{constructor} gives {type(model).__name__}; expected a Keras model, for the weights {path}.")
    try:
        model.load_weights(path)
    except Exception as error:
        raise UsageError(f"the weights in {path} do not fit the model of {constructor}: {first_line(error)}") from error
    return model


def _has_config(path: Path) -> bool:
    """Return whether an HDF5 file holds a model and not weights alone; `.keras` always does."""
    if path.suffix == ".keras":
        return True
    try:
        with keras_private.hdf5().File(path, "r") as file:
            return "model_config" in file.attrs
    except OSError as error:
        raise UsageError(f"{path} is not an HDF5 file: {error}") from error


def _embedding(model: Any) -> Any:
    """Return what gives the inputs of the last layer that has weights, or None for a model that hides its graph."""
    try:
        last = next(layer for layer in reversed(model.layers) if layer.weights)
        vectors, inputs = last.input, model.inputs
    except (AttributeError, ValueError, StopIteration):
        return None
    built: list[Any] = []

    def embed(rows: Any, batch_size: int) -> NDArray[Any]:
        import keras

        if not built:
            with undisturbed():
                built.append(keras.Model(inputs, vectors))
        return np.asarray(built[0].predict(rows, batch_size=batch_size, verbose=0))

    return embed


@contextmanager
def _quiet_absl() -> Iterator[None]:
    """Keep back Keras's warning, through absl, that a model loaded without compiling is not compiled."""
    absl = logging.getLogger("absl")

    def without(record: logging.LogRecord) -> bool:
        return "compile" not in record.getMessage()

    absl.addFilter(without)
    try:
        yield
    finally:
        absl.removeFilter(without)


FORMAT = Format(
    "keras",
    (".keras", ".h5", ".hdf5"),
    load_keras,
    lambda model: bool(class_names_of(model) & {"keras.Model", "keras.Functional"}),
    from_keras,
)
