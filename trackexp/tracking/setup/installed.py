"""What is installed, against the versions that trackexp is tested with; read from the packages' metadata alone."""

from __future__ import annotations

import json
import os
import re
import sys
from importlib import metadata
from pathlib import Path

from trackexp.tracking import wandb_private
from trackexp.tracking.setup.check import Check, Health

Version = tuple[int, ...]
# The oldest that works, and the newest that the tests run on.
PYTHON: tuple[Version, Version] = (3, 11), (3, 12)
KERAS: tuple[Version, Version] = (3, 0), (3, 15)
_BACKENDS = {"tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly", "tensorflow-macos"), "jax": ("jax",)}
_BACKENDS |= {"torch": ("torch",), "openvino": ("openvino",)}


def python() -> Check:
    """Look at Python's own version."""
    return _in_window("python", ".".join(map(str, sys.version_info[:3])), PYTHON, "a newer Python")


def wandb() -> Check:
    """Look at the version of wandb."""
    window = wandb_private.OLDEST, wandb_private.NEWEST_TESTED
    return _in_window("wandb", metadata.version("wandb"), window, "pip install -U wandb")


def keras() -> Check:
    """Look at the version of Keras."""
    return _in_window("keras", metadata.version("keras"), KERAS, "pip install -U keras")


def backend() -> Check:
    """Look at the backend that Keras will take, and whether it is there; Keras itself is not loaded."""
    name, source = _backend()
    if name not in _BACKENDS:
        fix = f"set KERAS_BACKEND to one of {', '.join(sorted(_BACKENDS))}"
        return Check("backend", Health.PROBLEM, f"{name!r}, from {source}, is no backend of Keras", fix)
    version = next(filter(None, map(_version, _BACKENDS[name])), None)
    if version is not None:
        return Check("backend", Health.OK, f"{name} {version}, from {source}")
    there = sorted(other for other, packages in _BACKENDS.items() if any(map(_version, packages)))
    fix = f"set KERAS_BACKEND={there[0]}" if there else f'pip install "trackexp[{name}]"'
    return Check("backend", Health.PROBLEM, f"{name}, from {source}, is not installed", fix)


def _backend() -> tuple[str, str]:
    """Return the backend and the place that names it, in Keras's own order of places."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"], "KERAS_BACKEND"
    home = os.environ.get("KERAS_HOME")
    path = Path(home) / "keras.json" if home else Path("~/.keras/keras.json")
    try:
        path = path.expanduser()
        named = json.loads(path.read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, RuntimeError, AttributeError):
        named = None
    return (str(named), str(path)) if named else ("tensorflow", "Keras's default")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _in_window(name: str, version: str, window: tuple[Version, Version], upgrade: str) -> Check:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    oldest, newest = window
    if numbers < oldest:
        needed = ".".join(map(str, oldest))
        return Check(name, Health.PROBLEM, f"{version} is too old, {needed} or newer is needed", upgrade)
    if numbers[: len(newest)] > newest:
        tested = ".".join(map(str, newest))
        return Check(name, Health.NOTE, f"{version} is newer than what trackexp was tested with (up to {tested})")
    return Check(name, Health.OK, version)
