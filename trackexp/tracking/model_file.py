"""The file of the best model: its digest, and the file beside it that a reloaded model is compared with."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file, read in pieces once it is on the disk for good."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(path: Path) -> Path:
    """Return the check file of a model file: a few rows and the model's outputs for them; it stays on this disk."""
    return path.with_name(f".{path.name}.check.npz")


def write_check(path: Path, arrays: Mapping[str, Any] | None) -> None:
    """Write the check file of a model file; without arrays, take away that of an earlier model."""
    if arrays is None:
        check_file(path).unlink(missing_ok=True)
        return
    import numpy as np

    np.savez(check_file(path), **arrays)
