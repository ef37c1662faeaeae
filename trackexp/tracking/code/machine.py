"""What a run ran on, as far as W&B does not record it: versions, seeds, and harmless variables of the environment."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from trackexp import keras_private

if TYPE_CHECKING:
    from trackexp.tracking.secrets import Scrubber

_PACKAGES = ("trackexp", "wandb", "keras", "tensorflow", "torch", "jax", "numpy")
# Variables that change what is computed, or say where: none of them is made to hold a secret.
_VARIABLES = re.compile(
    r"""(?x) (?: KERAS_BACKEND | PYTHONHASHSEED | (?:CUDA|NVIDIA)_VISIBLE_DEVICES | CUBLAS_WORKSPACE_CONFIG
    | CUDA_LAUNCH_BLOCKING | TF_(?:CPP_MIN_LOG_LEVEL|DETERMINISTIC_OPS|CUDNN_\w+|ENABLE_\w+|DISABLE_\w+|XLA_FLAGS
    |GPU_ALLOCATOR|FORCE_\w+|NUM_\w+_THREADS|USE_LEGACY_KERAS)
    | XLA_[A-Z0-9_]+ | JAX_[A-Z0-9_]+ | PYTORCH_[A-Z0-9_]+ | NCCL_[A-Z0-9_]+
    | (?:OMP|MKL|OPENBLAS|NUMEXPR|VECLIB_MAXIMUM)_NUM_THREADS | (?:WORLD_SIZE|RANK|LOCAL_RANK|LOCAL_WORLD_SIZE)
    | SLURM_(?:JOB_ID|JOB_NAME|PROCID|NTASKS|NNODES|NODELIST|CPUS_PER_TASK|GPUS) )"""
)
_MOST_LETTERS = 500
# What torch starts from where nothing was seeded.
_TORCH_DEFAULT = 67280421310721


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a training rests on, importing none of them."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def variables(scrubber: Scrubber, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of the environment that are on the list, scrubbed all the same."""
    values = os.environ if environ is None else environ
    return {
        name: scrubber.text(value[:_MOST_LETTERS], f"environment.{name}")
        for name, value in sorted(values.items())
        if _VARIABLES.fullmatch(name)
    }


def seeds() -> dict[str, int | str]:
    """Return the seeds that were set and can still be read, importing nothing.

    `keras.utils.set_random_seed`, `tf.random.set_seed` and `torch.manual_seed` leave theirs behind; `random` and numpy
    keep no seed once they have drawn.
    """
    found: dict[str, int | str] = {}
    if os.environ.get("PYTHONHASHSEED"):
        found["PYTHONHASHSEED"] = os.environ["PYTHONHASHSEED"][:20]
    read = {"keras": _keras_seed(), "tensorflow": _tensorflow_seed(), "torch": _torch_seed()}
    return found | {name: seed for name, seed in read.items() if isinstance(seed, int)}


def _keras_seed() -> Any:
    return keras_private.random_seed()  # kept for each thread apart: ask in the one that trains


def _tensorflow_seed() -> Any:
    ask = _attribute("tensorflow.python.eager.context", "global_seed")
    return ask() if callable(ask) else None


def _torch_seed() -> Any:
    ask = _attribute("torch", "initial_seed")
    seed = ask() if callable(ask) else None
    return None if seed == _TORCH_DEFAULT else seed


def _attribute(module: str, name: str) -> Any:
    """Return an attribute of a module that is imported already; one that is just being imported may lack it."""
    return getattr(sys.modules.get(module), name, None)
