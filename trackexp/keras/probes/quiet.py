"""Looking at a model without a trace: no variable is written, and no random stream moves."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np


@contextmanager
def undisturbed(*, alone: bool = True) -> Iterator[Any]:
    """Run a block in which every assignment to a Keras variable is dropped at its end, and random numbers are lent.

    Weights, states of metrics and of seed generators are Keras variables: inside Keras's stateless scope what is
    assigned to them lives in the scope. Python's, numpy's, TensorFlow's and torch's own generators are put back.

    Args:
        alone: Whether nothing else draws from Python's and numpy's streams meanwhile. A user's generator of batches
            may, in the thread that fetches ahead: put back, it would draw the same numbers again.
    """
    with kept_streams(alone=alone), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the model has to say, it says in training
        with np.errstate(all="ignore"), keras.StatelessScope(collect_losses=True) as scope:
            yield scope


@contextmanager
def kept_streams(*, alone: bool = True) -> Iterator[None]:
    """Put the random generators of Python, numpy, TensorFlow and torch back as they were before a block.

    Args:
        alone: As of `undisturbed`.
    """
    python, legacy = random.getstate(), np.random.get_state()
    frameworks = [_tensorflow_state(), _torch_state()]
    try:
        yield
    finally:
        if alone:
            random.setstate(python)
            np.random.set_state(legacy)
        for restore in frameworks:
            restore()


def _nothing() -> None:
    """Restore nothing."""


def _tensorflow_state() -> Any:
    """Return what puts back the stream from which TensorFlow seeds its operations, and its global generator."""
    tf = sys.modules.get("tensorflow")
    if tf is None or keras.config.backend() != "tensorflow":
        return _nothing
    from tensorflow.python.eager import context

    stream = getattr(context.context(), "_rng", None)  # there once the user has set a seed
    state = None if stream is None else stream.getstate()
    generators = sys.modules.get("tensorflow.python.ops.stateful_random_ops")
    generator = getattr(generators, "global_generator", None)
    numbers = None if generator is None else generator.state.numpy()

    def restore() -> None:
        if stream is not None:
            stream.setstate(state)
        if generator is not None:
            generator.state.assign(numbers)

    return restore


def _torch_state() -> Any:
    torch = sys.modules.get("torch")
    if torch is None:
        return _nothing
    state = torch.get_rng_state()
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []

    def restore() -> None:
        torch.set_rng_state(state)
        if devices:
            torch.cuda.set_rng_state_all(devices)

    return restore
