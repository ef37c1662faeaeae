"""`.npz` files: members that are stored as they are get mapped from the disk, so that 10 GB are no trouble."""

from __future__ import annotations

import math
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, first_line, nearest
from trackexp.models.data.source import ArraySource, DataOptions

_IN_MEMORY = 64_000_000  # bytes; what is smaller is read at once
_LARGE = 1_000_000_000  # bytes; below, unpacking harms nobody
_TIGHTEST = 100  # times smaller than unpacked: rows of zeros go beyond, data hardly ever
_DAMAGE = (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)
_LOCAL_HEADER = 30  # bytes before the name in a zip file's local header
_PAIRS = (("x", "y"), ("X", "y"), ("X", "Y"), ("inputs", "targets"), ("images", "labels"), ("features", "labels"),
          ("data", "target"), ("data", "labels"), ("arr_0", "arr_1"))  # fmt: skip
_PARTS = ("test", "valid", "val", "validation", "train")


def open_npz(path: Path, options: DataOptions) -> ArraySource:
    """Return the rows of an `.npz` file that holds `x` and `y`, or `x_test` and `y_test` for a part.

    Raises:
        UsageError: It is no such file, or its arrays are not named so.
    """
    names = npz_names(path)
    x, y = _pair(path, names, options.part)
    inputs, targets = npz_member(path, x), npz_member(path, y)
    if len(inputs) != len(targets):
        raise UsageError(f"{path}: {x} has {len(inputs)} rows, {y} {len(targets)}; expected one target per row.")
    if len(targets) == 0:
        raise UsageError(f"{path} holds no rows: {x} has shape {inputs.shape}.")
    kept = {key: npz_member(path, key) for key in ("ids", "groups", "class_names") if key in names}
    known = kept.get("class_names")
    return ArraySource(
        path.name,
        inputs,
        targets,
        kept.get("ids"),
        kept.get("groups"),
        None if known is None else tuple(str(name) for name in known),
        options.scale,
    )


def npz_names(path: Path) -> list[str]:
    """Return the names of the arrays in an `.npz` file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    except (zipfile.BadZipFile, OSError) as error:
        raise UsageError(f"{path} cannot be read as .npz: {error}") from error


def npz_member(path: Path, name: str) -> NDArray[Any]:
    """Return one array of an `.npz` file; a large one is mapped, not read.

    A large member that is compressed is unpacked into a temporary file, which goes when the array does.

    Raises:
        UsageError: It holds Python objects, is damaged, or unpacks to more than this disk should hold.
    """
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
        try:
            shape, _, dtype = _header(archive, info)
            if dtype.hasobject:
                raise UsageError(f"{path}: {name} holds Python objects, which are not loaded.")
            if math.prod(shape) * dtype.itemsize > info.file_size:
                raise UsageError(f"{path}: {name} says that it has shape {shape}, and holds {info.file_size:,} bytes.")
            if info.file_size > _IN_MEMORY:
                if info.compress_type == zipfile.ZIP_STORED:
                    return _mapped(path, _offset(path, info.header_offset))
                _refuse_bomb(path, name, info)
                return _unpacked(archive, info)
            with archive.open(info) as file:
                return np.lib.format.read_array(file, allow_pickle=False)
        except _DAMAGE as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(f"{path}: {name} cannot be read: {first_line(error)}") from error


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and type of a member, without its values."""
    with archive.open(info) as file:
        return _array_header(file)


def _array_header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    found: tuple[tuple[int, ...], bool, np.dtype[Any]] = read(file)
    return found


def _refuse_bomb(path: Path, name: str, info: zipfile.ZipInfo) -> None:
    """Raise for a member that is packed as tightly as no data are, or needs more room than there is."""
    tight = info.file_size > _TIGHTEST * max(info.compress_size, 1) and info.file_size > _LARGE
    room = shutil.disk_usage(tempfile.gettempdir()).free
    if tight or info.file_size > room // 2:
        raise UsageError(
            f"{path}: {name} unpacks from {info.compress_size / 1e6:.1f} MB to {info.file_size / 1e9:.1f} GB ("
            f"{room / 1e9:.1f} GB are free in {tempfile.gettempdir()}); it is not unpacked. Save it uncompressed, with "
            "np.savez, if it is meant so: it is then read where it lies."
        )


def _pair(path: Path, names: list[str], part: str | None) -> tuple[str, str]:
    wanted = [(f"{x}_{part}", f"{y}_{part}") for x, y in _PAIRS] if part else []
    for x, y in (*wanted, *_PAIRS):
        if x in names and y in names:
            return x, y
    parts = [word for word in _PARTS if f"x_{word}" in names]
    held = ", ".join(names) or "nothing"
    if parts:
        near = nearest(part, parts) if part else ""
        raise UsageError(f"{path} holds {held}; say which part: --part {parts[0]}{near}.")
    if {"y_true", "y_prob"} <= set(names):
        raise UsageError(f"{path} holds predictions ({held}), not data; evaluate it alone: trackexp evaluate {path}")
    raise UsageError(f"{path} holds {held}; expected the arrays x and y (or x_test and y_test with --part test).")


def _offset(path: Path, header: int) -> int:
    with path.open("rb") as file:
        file.seek(header + 26)
        name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
    return header + _LOCAL_HEADER + name + extra


def _mapped(path: Path, offset: int) -> NDArray[Any]:
    with path.open("rb") as file:
        file.seek(offset)
        shape, fortran, dtype = _array_header(file)
        start = file.tell()
    return np.memmap(path, dtype=dtype, mode="r", offset=start, shape=shape, order="F" if fortran else "C")


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    with tempfile.TemporaryFile(suffix=".npy") as file:
        with archive.open(info) as packed:
            shutil.copyfileobj(packed, file)
        file.seek(0)
        shape, fortran, dtype = _array_header(file)
        # the mapping outlives the name and the descriptor of the file
        order: Any = "F" if fortran else "C"
        return np.memmap(file, dtype=dtype, mode="r", offset=file.tell(), shape=shape, order=order)
