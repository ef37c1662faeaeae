"""What a training does to its weights and its data: where it starts and ends, and how many batches each epoch had."""

from __future__ import annotations

from typing import Any

from trackexp.keras.facts.initial import weights_digest
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

    def begin(self, model: Any, *, stream: bool) -> None:
        """Note the weights before the first update, where they are built; batches are counted of a stream."""
        self._stream = stream
        with self._run.failures.guard("noting the initial weights"):
            self._updates = _updates(model)
            if self._run.options.diagnose and getattr(model, "built", False):
                self._initial = weights_digest(model)

    def end_epoch(self, model: Any, steps: int | None) -> None:
        """Count the updates of an epoch; one that a stream cut short is one in which it ran out."""
        if not self._stream or len(self._done) >= _MOST_EPOCHS:
            return
        with self._run.failures.guard("counting the batches"):
            now = _updates(model)
            done, self._updates = now - self._updates, now
            self._done.append(done)
            cut = steps is not None and done < steps and bool(sum(self._done))
            self._ran_out = self._ran_out or (cut and not getattr(model, "stop_training", False))
            self._run.update_facts(self._index, "fit", {"batches_done": list(self._done), "ran_out": self._ran_out})

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


def _updates(model: Any) -> int:
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    return 0 if iterations is None else int(iterations)
