"""Writes a model to a file that is whole at every moment, in a format that can hold it, in a place that works."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from trackexp.tracking.failures import Voice

logger = logging.getLogger("trackexp")


class ModelWriter:
    """Writes one model over and over under one name.

    Args:
        folder: Where it goes; a temporary folder takes over when that cannot be written.
        name: The file's name; its suffix is the format.
        voice: Says, once, what had to be done otherwise.
    """

    def __init__(self, folder: Path, name: str, voice: Voice) -> None:
        self._folder = folder
        self._name = name
        self._voice = voice
        self._weights_only = name.endswith(".weights.h5")

    def write(self, model: Any) -> Path:
        """Write the model as it is now, and return its file; the file before it stays whole until then.

        Raises:
            OSError: Neither the folder nor a temporary one can be written.
        """
        if not self._weights_only and self._name.endswith(".h5") and not _fits_h5(model):
            self._take_weights(f"{type(model).__name__} is a subclassed model, which .h5 saves and cannot load")
        try:
            return self._write_into(self._folder, model)
        except OSError as error:
            spare = Path(tempfile.gettempdir()) / "trackexp" / self._folder.parent.name
            if spare == self._folder:
                raise
            spare.mkdir(parents=True, exist_ok=True)
            path = self._write_into(spare, model)
            self._voice.say(f"cannot write the best model to {self._folder} ({_reason(error)}): it is kept in {path}")
            self._folder = spare
            return path

    def _write_into(self, folder: Path, model: Any) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return self._replace(folder, model)
        except OSError:
            raise
        except Exception as error:
            if self._weights_only:
                raise
            # h5py reports a full disk as RuntimeError, and a format that cannot hold the model in many ways.
            if _is_full(folder):
                raise OSError(f"no space left in {folder}") from error
            self._take_weights(f"{Path(self._name).suffix} cannot hold this model ({_reason(error)})")
            return self._replace(folder, model)

    def _take_weights(self, why: str) -> None:
        name = f"{self._name.rsplit('.', 1)[0]}.weights.h5"
        self._voice.say(f"{why}: its weights are kept in {name} instead of {self._name}")
        self._name, self._weights_only = name, True

    def _replace(self, folder: Path, model: Any) -> Path:
        path = folder / self._name
        part = folder / f".{os.getpid()}.part.{self._name}"
        try:
            with _without_legacy_warning():
                if self._weights_only:
                    model.save_weights(part, overwrite=True)
                else:
                    model.save(part, overwrite=True)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return path


def _fits_h5(model: Any) -> bool:
    return (
        isinstance(model, keras.Sequential) or bool(getattr(model, "_is_graph_network", False)) or _is_functional(model)
    )


def _is_functional(model: Any) -> bool:
    """Return whether the model is a graph of layers, which a config describes whole."""
    return any(owner.__name__ == "Functional" for owner in type(model).__mro__)


def _is_full(folder: Path) -> bool:
    try:
        usage = os.statvfs(folder)
    except (OSError, AttributeError):
        return False
    return usage.f_bavail * usage.f_frsize < 2**20


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__


class _NoLegacyWarning(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return "HDF5 file" not in str(record.msg)


@contextmanager
def _without_legacy_warning() -> Iterator[None]:
    """Keep from the user the advice to take another format than the one they, or we, chose knowingly."""
    absl, block = logging.getLogger("absl"), _NoLegacyWarning()
    absl.addFilter(block)
    try:
        yield
    finally:
        absl.removeFilter(block)
