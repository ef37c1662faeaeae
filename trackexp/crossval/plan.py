"""Everything that is known of a cross-validation before a fold is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.crossval.folds import Fold
from trackexp.crossval.grid import Setting, setting_key
from trackexp.crossval.identity import array_digest, digests_of, text_digest
from trackexp.crossval.judging.scoring import criterion_of, encoded
from trackexp.crossval.ledger import Entry
from trackexp.crossval.rows import folds_of
from trackexp.crossval.task import FoldTask, Program
from trackexp.errors import UsageError, nearest
from trackexp.partitioning import Partition
from trackexp.partitioning.units import group_codes
from trackexp.tracking.options import TrackArguments

_OWN_TRACKING = ("job_type", "config", "id", "resume", "per_fit", "group")  # what a fold's run says by itself


class Plan:
    """Everything that is known before a fold is trained."""

    def __init__(
        self, train: Callable[..., Any], settings: list[Setting], part: Partition, target: ArrayLike | None,
        metric: str, seed: int, project: str | None, group: str | None, track: dict[str, Any],
    ) -> None:  # fmt: skip
        self.settings, self.part, self.seed = settings, part, seed
        raw = part.table.target if target is None else np.asarray(target)
        truth, names = encoded(raw)
        self.folds = folds_of(part, seed)
        code, data, arrays = digests_of(train)
        target_digest = "" if raw is None else array_digest(raw)
        self.whose = {"rows": len(part), "folds": len(self.folds), "target": target_digest}
        self.name = text_digest(getattr(train, "__name__", "train"), part.digest, target_digest)[:8]
        self.group = group or f"crossval-{self.name}"
        self.row_groups: NDArray[Any] | None = group_codes(part.table)
        self.digests = {"code": code, "data": data, "target": target_digest}
        tracking = {"project": project, "group": self.group, **_checked(track)}
        script = bool(getattr(train, "is_script", False))
        inputs = tuple(array for array in arrays if len(array) == len(part))
        self.program = Program(train, truth, names, criterion_of(metric), tracking, part.digest, inputs, script)
        self._rows = [text_digest(*map(array_digest, (fold.train, fold.inner, fold.valid))) for fold in self.folds]

    def parts(self, setting: Setting, fold: Fold) -> dict[str, Any]:
        """Return what a training's key is made of."""
        return {
            "params": setting, "fold": fold.index, "rows": self._rows[fold.index], "seed": fold.seed, **self.digests,
        }  # fmt: skip

    def key(self, setting: Setting, fold: Fold) -> str:
        """Return what names a training."""
        said = self.parts(setting, fold)
        return text_digest(*(setting_key(value) if isinstance(value, dict) else str(value) for value in said.values()))

    def tasks(self) -> list[FoldTask]:
        """Return all trainings, fold by fold and in each of them every setting."""
        folder = str(Path.cwd())
        return [
            FoldTask(self.key(setting, fold), index, replace(fold, params=setting), 1, folder)
            for fold in self.folds
            for index, setting in enumerate(self.settings)
        ]

    def finished(self, done: Mapping[str, Entry]) -> dict[tuple[int, int], Entry]:
        """Return the ledger's entries of this plan by setting and fold."""
        return {(task.setting, task.fold.index): done[task.key] for task in self.tasks() if task.key in done}


def _checked(track: Mapping[str, Any]) -> dict[str, Any]:
    known = [name for name in TrackArguments.__annotations__ if name not in _OWN_TRACKING]
    for name in track:
        if name in _OWN_TRACKING:
            raise UsageError(f"track={{{name!r}: …}} is what a fold's run says by itself; leave it out.")
        if name not in known:
            raise UsageError(f"track has no argument {name!r}{nearest(str(name), known)}; it has: {', '.join(known)}.")
    return dict(track)
