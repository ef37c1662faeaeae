"""The file of a run's best model: where it lies on this disk, and which file the run ended with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from trackexp.errors import UsageError
from trackexp.record import RunRecord


def find_best_model(record: RunRecord, *, otherwise: str = "") -> Path:
    """Return the file of a run's best model on this disk.

    Args:
        record: Of the run.
        otherwise: What the user can do where the run kept none: `"pass a model file instead"`.

    Raises:
        UsageError: The run kept none, or it is not on this disk.
    """
    best = record.summary.get("best")
    name = best.get("file") if isinstance(best, Mapping) else None
    if not name:
        raise UsageError(f"run {record.title} kept no best model{otherwise and f'; {otherwise}'}.")
    file = record.file(str(name))
    path = None if file is None else file.path
    if path is None and record.path is not None:
        path = record.path.parent / "files" / str(name)
    if path is None or not path.is_file():
        raise UsageError(
            f"the best model of run {record.title}, {name}, is not on this disk (read from {record.path})."
        )
    return path


def noted_digest(record: RunRecord) -> str | None:
    """Return the SHA-256 of the best model as the run noted it when it ended; None where it did not."""
    best = record.summary.get("best")
    digest = best.get("sha256") if isinstance(best, Mapping) else None
    return str(digest) if digest else None
