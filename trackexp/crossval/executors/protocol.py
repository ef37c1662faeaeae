"""What an executor is."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from trackexp.crossval.task import FoldTask, Outcome


class Executor(Protocol):
    """Trains folds somewhere, each in its own time."""

    def submit(self, task: FoldTask) -> Future[Outcome]:
        """Begin to train a fold.

        The future never raises on account of the training: what went wrong in it is an outcome. A cancelled or
        stopped one has the state `"stopped"`.
        """


@dataclass(frozen=True, slots=True)
class Place:
    """Folders of one cross-validation on this disk.

    Args:
        storage: Its storage.
        runs: Where the runs of folds lie that were trained on another machine's disk.
    """

    storage: Path
    runs: Path

    def log_of(self, task: FoldTask) -> Path:
        """Return where the log of an attempt lies."""
        folder = self.storage / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"setting{task.setting}-fold{task.fold.index}-attempt{task.attempt}-{task.key[:8]}.log"
