"""The facts of many fits in one run, bounded: a loop over `fit` must not fill the config with the same thing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackexp.record.facts import Facts

# Of the fits that differ, the first and the last few are kept: the config is written whole at each change.
_FIRST, _LAST = 5, 5
# Keras numbers what it names itself; a second model of the same make is no other setup.
_NUMBER = re.compile(r'_\d+(?=")')
_CHANGES = {
    "fit": (
        *("index", "initial_epoch", "epochs", "first_epoch", "epochs_done", "ended", "batches_done", "ran_out"),
        *("passes", "rates", "loader"),  # known only by what the training does
    ),
    "data": ("seconds", "reference"),
    "model": ("changed_weights", "initial_weights", "final_weights"),
}


def with_fit(known: Sequence[Facts], facts: Facts) -> list[Facts]:
    """Return the fits with one more, or as they are when an earlier one was set up alike.

    What is already there of the same fit, by its index, gives way: facts grow as Keras builds the model.
    """
    index = _index(facts)
    earlier = [fit for fit in known if _index(fit) != index]
    if any(_setup(fit) == _setup(facts) for fit in earlier):
        return earlier
    if len(earlier) >= _FIRST + _LAST:
        earlier = [*earlier[:_FIRST], *earlier[_FIRST + 1 :]]
    return [*earlier, facts]


def _index(facts: Facts) -> int:
    return facts.get("fit", {}).get("index", 0)


def _setup(facts: Facts) -> str:
    """Return the facts as text, without what changes from one fit of a loop to the next: counts, rate, numbers."""
    parts = {part: dict(facts.get(part, {})) for part in ("model", "compile", "fit", "data")}  # type: ignore[call-overload]
    for part, names in _CHANGES.items():
        for name in names:
            parts[part].pop(name, None)
    optimizer = parts["compile"].get("optimizer")
    if optimizer:
        parts["compile"]["optimizer"] = {**optimizer, "learning_rate": None}
    return _NUMBER.sub("", json.dumps(parts, sort_keys=True, default=str))
