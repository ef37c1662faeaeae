"""What a training does to its weights and its data: where it starts and ends, and what each epoch did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from trackexp.fit.plain import number
from trackexp.keras.facts.initial import weights_digest
from trackexp.record.facts import FitFacts, PassFacts
from trackexp.tracking import Run


class Progress:
    """Follows one fit, and adds to its facts.

    Args:
        run: Where the facts are.
        index: Of the fit in its run.
    """

    def __init__(self, run: Run, index: int) -> None:
        self._run, self._index, self._stream = run, index, False
        self._initial: str | None = None
        self._updates = 0
        self._done: list[int] = []
        self._ran_out = False
        self._begun_with = 0
        self._passes: list[PassFacts] = []
        self._rates: list[tuple[int, float]] = []

    def begin(self, model: Any, *, stream: bool) -> None:
        """Note the weights before the first update, where they are built; batches are counted of a stream."""
        self._stream = stream
        with self._run.failures.guard("noting the initial weights"):
            self._updates = self._begun_with = _updates(model)
            if self._run.options.diagnose and getattr(model, "built", False):
                self._initial = weights_digest(model)

    def begin_epoch(self, rate: Callable[[], float | None]) -> None:
        """Note the learning rate that an epoch begins with, where it is another one than before."""
        if len(self._rates) >= _MOST_EPOCHS:
            return
        with self._run.failures.guard("noting the learning rate"):
            now = rate()
            if now is not None and (not self._rates or now != self._rates[-1][1]):
                self._rates.append((self._updates - self._begun_with, now))

    def end_epoch(self, model: Any, steps: int | None, *, loss: Any, rows: int | None) -> None:
        """Note what an epoch did; one that a stream cut short is one in which it ran out.

        Args:
            model: Whose training it is.
            steps: Updates that an epoch was to have.
            loss: As the logs have it.
            rows: That an epoch trains on.
        """
        with self._run.failures.guard("counting the batches"):
            now = _updates(model)
            done, self._updates = now - self._updates, now
            facts = FitFacts()
            if self._stream and len(self._done) < _MOST_EPOCHS:
                self._done.append(done)
                cut = steps is not None and done < steps and bool(sum(self._done))
                self._ran_out = self._ran_out or (cut and not getattr(model, "stop_training", False))
                facts = FitFacts(batches_done=list(self._done), ran_out=self._ran_out)
            batches = done if self._stream or steps is None else steps
            self._passes.append(PassFacts(updates=done, batches=batches, rows=rows, loss=number(loss)))
            if len(self._passes) > 2 * _KEPT_PASSES:
                del self._passes[_KEPT_PASSES]
            facts["passes"], facts["rates"] = list(self._passes), list(self._rates)
            self._run.update_facts(self._index, "fit", facts)

    def end(self, model: Any) -> None:
        """Note the weights after the last update; a fit like an earlier one is told by the last that is known."""
        facts = self._run.state.facts
        if self._initial is None or not facts:
            return
        with self._run.failures.guard("noting the final weights"):
            index = facts[-1].get("fit", {}).get("index", 0)
            digests = {"final_weights": weights_digest(model)}
            if index == self._index:
                digests["initial_weights"] = self._initial
            self._run.update_facts(index, "model", digests)


_MOST_EPOCHS = 1000  # of which the counts are kept: the facts stay small
_KEPT_PASSES = 16  # at either end of a long training


def _updates(model: Any) -> int:
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    if iterations is None:
        return 0
    # reshaped, since a variable of a distribution strategy is no number itself
    return int(np.asarray(keras.ops.convert_to_numpy(keras.ops.reshape(iterations, (1,))))[0])
