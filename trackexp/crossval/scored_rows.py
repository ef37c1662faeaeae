"""Whether a training stopped early, or chose its best model, by the very rows that its fold is scored on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from trackexp.crossval.task import Program

if TYPE_CHECKING:
    from trackexp.crossval.folds import Fold
    from trackexp.tracking import Run

_LEAST_ROWS = 10  # fewer targets are equal by chance


def note_scored_rows(run: Run, program: Program, fold: Fold) -> None:
    """Write into the facts of each fit whether its validation data are rows that the fold is scored on.

    The scored rows of every array that the training function holds, and of the target, are hashed as the facts hash
    what `fit` is given. Where validation was a stream, nothing is said.
    """
    if not run.recording or not run.state.facts:
        return
    with run.failures.guard("looking whether validation rows are scored rows"):
        scored: set[str] | None = None
        for facts in list(run.state.facts):
            data = facts.get("data", {})
            seen = [*data.get("validation_inputs", []), *data.get("validation_targets", [])]
            hashes = {found for one in seen if (found := one.get("hash"))}
            if not hashes or len(fold.valid) < _LEAST_ROWS:
                continue
            scored = set(_hashes(program, fold)) if scored is None else scored
            index = facts.get("fit", {}).get("index", 0)
            run.update_facts(index, "data", {"validation_is_scored": bool(hashes & scored)}, store=True)


def _hashes(program: Program, fold: Fold) -> Iterator[str]:
    from trackexp.fit.data import data_facts

    for array in _candidates(program, fold):
        yield from (found for one in data_facts(array)["inputs"] if (found := one.get("hash")))


def _candidates(program: Program, fold: Fold) -> Iterator[Any]:
    """Yield the scored rows of every array that is known, the target also as a training may want it."""
    for array in program.inputs:
        yield array.iloc[fold.valid] if hasattr(array, "iloc") else np.asarray(array)[fold.valid]
    if program.target is None or not program.class_names:
        return
    codes = program.target[fold.valid]
    if len(np.unique(codes)) < 2:
        return
    one_hot = np.eye(len(program.class_names))[codes]
    for kind in (np.int32, np.int64, np.float32, np.float64):
        yield codes.astype(kind)
        yield one_hot.astype(kind)
