"""Writes a model to a file that is whole at every moment, in a format that can hold it, in a place that works."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import tempfile
from pathlib import Path

from trackexp.errors import first_line
from trackexp.fit.protocols import SaveFormat, Trainee
from trackexp.tracking.failures import Notifier

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux's renameat2


class ModelWriter:
    """Writes one model over and over under one name.

    Args:
        folder: Where it goes; a temporary folder takes over when that cannot be written.
        asked: The file's name as it was asked for.
        voice: Says, once, what had to be done otherwise.
    """

    def __init__(self, folder: Path, asked: str, voice: Notifier) -> None:
        self._folder = folder
        self._asked = asked
        self._voice = voice
        self._formats: list[SaveFormat] | None = None

    def write(self, trainee: Trainee) -> Path:
        """Write the model as it is now, and return its file; the file before it stays whole until then.

        Raises:
            OSError: Neither the folder nor a temporary one can be written.
            Exception: No format can hold the model.
        """
        try:
            return self._write_into(self._folder, trainee)
        except OSError as error:
            spare = Path(tempfile.gettempdir()) / "trackexp" / self._folder.parent.name
            if spare == self._folder:
                raise
            spare.mkdir(parents=True, exist_ok=True)
            path = self._write_into(spare, trainee)
            reason = reason_of(error)
            self._voice.say(f"cannot write the best model to {self._folder} ({reason}): it is kept in {path}")
            self._folder = spare
            return path

    def _write_into(self, folder: Path, trainee: Trainee) -> Path:
        """Write it in the first format that holds it; one that failed is not tried again."""
        folder.mkdir(parents=True, exist_ok=True)
        if self._formats is None:
            self._formats = list(trainee.save_formats(self._asked))
        while True:
            name, why, holds = self._formats[0]
            try:
                path = self._replace(folder, name, trainee)
            except OSError:
                raise
            except Exception as error:
                if len(self._formats) == 1:
                    raise
                failed = self._formats.pop(0).name
                following = self._formats[0]
                reason = following.why or f"{_suffix(failed)} cannot hold this model ({reason_of(error)})"
                self._formats[0] = following._replace(why=reason)
                continue
            if why is not None:
                self._voice.say(
                    f"{why}: its {holds} are kept in {name} instead of {self._asked}", topic=f"format: {name}"
                )
            return path

    def _replace(self, folder: Path, name: str, trainee: Trainee) -> Path:
        _require_space(folder, trainee)
        path = folder / name
        part = folder / f".{os.getpid()}.part.{name}"
        try:
            trainee.save(part)
            put_in_place(part, path)
        finally:
            part.unlink(missing_ok=True)
        return path


def _suffix(name: str) -> str:
    return ".weights.h5" if name.endswith(".weights.h5") else Path(name).suffix


def put_in_place(part: Path, path: Path) -> None:
    """Make one file take another's name in one step; the other one is gone, or has the first one's name.

    Renaming over a file makes ext4 write the new one to the disk at once, which takes longer than saving it did;
    exchanging two names does not. The kernel writes it in its own time, and the end of the run waits for that. Writing
    and replacing 20 MB takes 38 ms with a rename, 18 ms with an exchange.
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


def _require_space(folder: Path, trainee: Trainee) -> None:
    """Raise before a disk is full: the HDF5 library then does not fail but takes the whole process down with it.

    Raises:
        OSError: The folder's disk has less room than the model with its optimizer may need.
    """
    needed = trainee.saved_bytes()
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{free:,} bytes are free where {needed:,} may be needed")


def reason_of(error: Exception) -> str:
    """Return the class and the first line of an exception, as it is said to the user."""
    name, line = type(error).__name__, first_line(error, 160)
    return name if line == name else f"{name}: {line}"
