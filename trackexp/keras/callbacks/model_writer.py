"""Writes a model to a file that is whole at every moment, in a format that can hold it, in a place that works."""

from __future__ import annotations

import ctypes
import errno
import logging
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from trackexp.tracking.failures import Notifier

# Of a file beside its numbers, generously: the configuration of a model, and the headers of a variable.
_OVERHEAD, _OVERHEAD_OF_VARIABLE = 2**20, 2**12
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux's renameat2


class ModelWriter:
    """Writes one model over and over under one name.

    Args:
        folder: Where it goes; a temporary folder takes over when that cannot be written.
        name: The file's name; its suffix is the format.
        voice: Says, once, what had to be done otherwise.
    """

    def __init__(self, folder: Path, name: str, voice: Notifier) -> None:
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
            self._take_weights(f"{Path(self._name).suffix} cannot hold this model ({_reason(error)})")
            return self._replace(folder, model)

    def _take_weights(self, why: str) -> None:
        name = f"{self._name.rsplit('.', 1)[0]}.weights.h5"
        self._voice.say(f"{why}: its weights are kept in {name} instead of {self._name}")
        self._name, self._weights_only = name, True

    def _replace(self, folder: Path, model: Any) -> Path:
        _require_space(folder, model)
        path = folder / self._name
        part = folder / f".{os.getpid()}.part.{self._name}"
        try:
            with _without_legacy_warning():
                if self._weights_only:
                    model.save_weights(part, overwrite=True)
                else:
                    model.save(part, overwrite=True)
            put_in_place(part, path)
        finally:
            part.unlink(missing_ok=True)
        return path


def put_in_place(part: Path, path: Path) -> None:
    """Make one file take another's name in one step; the other one is gone, or has the first one's name.

    Renaming over a file makes ext4 write the new one to the disk at once, which takes longer than saving it did;
    exchanging two names does not. The kernel writes it in its own time, and the end of the run waits for that.
    """
    if not path.exists() or not _exchanged(part, path):
        part.replace(path)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange the names of two files; False where the system or its file system cannot."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):  # no Linux, or an older C library
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def _fits_h5(model: Any) -> bool:
    return (
        isinstance(model, keras.Sequential) or bool(getattr(model, "_is_graph_network", False)) or _is_functional(model)
    )


def _is_functional(model: Any) -> bool:
    """Return whether the model is a graph of layers, which a config describes whole."""
    return any(owner.__name__ == "Functional" for owner in type(model).__mro__)


def _require_space(folder: Path, model: Any) -> None:
    """Raise before a disk is full: the HDF5 library then does not fail but takes the whole process down with it.

    Raises:
        OSError: The folder's disk has less room than the model with its optimizer may need.
    """
    variables = [*model.variables, *getattr(getattr(model, "optimizer", None), "variables", ())]
    needed = sum(
        math.prod(variable.shape) * 8 if "64" in str(variable.dtype) else math.prod(variable.shape) * 4
        for variable in variables
    )
    needed += _OVERHEAD + _OVERHEAD_OF_VARIABLE * len(variables)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{free:,} bytes are free where {needed:,} may be needed")


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
