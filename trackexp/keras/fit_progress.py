"""How far one fit has come: its epochs on the run's axis, and what the probes saw; told to the rules as it grows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from trackexp.keras.facts.fit import KERAS_BATCH_SIZE
from trackexp.keras.probes.batch import ROWS, Batch, arrays, batch_of
from trackexp.keras.probes.budget import Budget
from trackexp.record.facts import Facts, FitFacts, LossFacts, ProbeFacts, ReferenceFacts
from trackexp.tracking import Run
from trackexp.tracking.live_diagnosis import look

if TYPE_CHECKING:
    from trackexp.keras.fit_recorder import FitRecorder

MAX_TOGETHER = 4_096  # rows of a training that has them all in one batch


class FitProgress:
    """Keeps what changes while a fit runs.

    Args:
        run: Where it is recorded.
        recorder: Of the fit.
    """

    def __init__(self, run: Run, recorder: FitRecorder) -> None:
        self._run = run
        self._index = recorder.index
        self._recorder = recorder
        self._arguments: Mapping[str, Any] = {}
        self._judging = 0.01  # seconds, until it is known
        self.range = FitFacts()
        self.probes = ProbeFacts()
        self.batch: Batch | None = None
        self.row: dict[str, float] = {}
        self.seconds = 0.0  # that the last look at the model took
        self.budget = Budget()

    def begin(self, arguments: Mapping[str, Any], rows: int | None) -> None:
        """Note where the fit begins, and take the batch of the probes from arrays."""
        self._arguments = arguments
        self.range = FitFacts(first_epoch=max(self._run.state.next_epoch, int(arguments.get("initial_epoch") or 0)))
        if rows and self._run.options.diagnose:
            with self._run.failures.guard("taking a batch for the probes"):
                together = self._together(rows, arguments.get("batch_size") or KERAS_BATCH_SIZE)
                parts = arguments["x"], arguments.get("y"), arguments.get("sample_weight")
                self.batch = _batch(*parts, stop=rows, together=together)

    def first_batch(self, x: Any, y: Any, sample_weight: Any) -> None:
        """Take the batch of the probes from the first one that a stream gave to the training."""
        if self._run.options.diagnose:
            with self._run.failures.guard("taking a batch for the probes"):
                self.batch = _batch(x, y, sample_weight, together=self._recorder.fixed_rows)

    @property
    def from_arrays(self) -> bool:
        """Whether the training draws its batches from arrays, not from code of the user's."""
        return self._recorder.rows is not None

    def _together(self, rows: int, batch_size: int) -> int | None:
        """Return how many rows the model takes at once, where it may take no other number; else None."""
        if self._recorder.fixed_rows is not None:
            return self._recorder.fixed_rows
        return rows if ROWS < rows <= min(batch_size, MAX_TOGETHER) else None

    def guard(self, what: str) -> AbstractContextManager[None]:
        """Keep what fails away from the training."""
        return self._run.failures.guard(what)

    def losses(self) -> tuple[list[LossFacts], str | None]:
        """Return what is known of the compiled losses, and the last effective activation of the first output."""
        known = next((entry for entry in self._run.state.facts if entry["fit"].get("index") == self._index), Facts())
        outputs = known.get("model", {}).get("outputs", [])
        return known.get("compile", {}).get("losses", []), outputs[0].get("activation") if outputs else None

    def rows_per_epoch(self, params: Mapping[str, Any] | None) -> int | None:
        """Return how many rows an epoch trains on, as far as it is known."""
        steps = (params or {}).get("steps")
        rows, batch = self._recorder.rows, self._recorder.batch_rows
        return rows or (steps * batch if steps and batch else None)

    def looked(self, probes: ProbeFacts, row: dict[str, float], seconds: float) -> None:
        """Take what a look at the model saw; it goes into the row of the epoch too."""
        self.probes, self.row, self.seconds = probes, row, seconds
        self._run.update_facts(self._index, "probes", probes)

    def reference_rows(self) -> tuple[Any, Any, int | None] | None:
        """Return the one array of inputs and the one of targets, and how many of their rows are trained on."""
        x, y = arrays(self._arguments.get("x")), arrays(self._arguments.get("y"))
        if not self._recorder.rows or len(x) != 1 or len(y) != 1:
            return None
        return x[0], y[0], self._recorder.rows

    def compared(self, reference: ReferenceFacts | None) -> None:
        """Take what small models make of the rows."""
        if reference is not None:
            self._run.update_facts(self._index, "data", {"reference": reference})

    def epoch_ends(self) -> None:
        """Say what is known now, where the time is there for it."""
        self.row, self.seconds = {}, 0.0
        planned = int(self._arguments.get("epochs") or 1) - int(self._arguments.get("initial_epoch") or 0)
        done = self._run.state.next_epoch - self.range.get("first_epoch", 0)
        self.range["epochs_done"] = done
        # the facts are written whole each time: at epochs 1, 2, 4, 8, … they cost as little as once in all
        self._run.update_facts(self._index, "fit", {"epochs_done": done}, store=done & (done - 1) == 0)
        # of the last epoch the end of the training speaks, a moment later, when everything is known
        if self._run.options.diagnose and done < planned and self._judging < self.budget.left:
            before = self.budget.spent
            with self.budget.booked():
                look(self._run, self._run.state.next_epoch - 1)
            self._judging = self.budget.spent - before

    def train_ends(self) -> None:
        """Write everything, and say what the whole fit shows; once."""
        if self.range.get("ended"):
            return
        self.range["ended"] = True
        if self._run.options.diagnose:
            self._run.update_facts(self._index, "probes", {"seconds": round(self.budget.spent, 4)})
        self._run.update_facts(self._index, "fit", self.range, store=True)
        look(self._run, max(0, self._run.state.next_epoch - 1))


def _batch(x: Any, y: Any, sample_weight: Any, *, stop: int | None = None, together: int | None) -> Batch | None:
    """Return the batch, None for arrays whose rows cannot be taken: sparse, ragged, text, of uneven length."""
    try:
        return batch_of(x, y, sample_weight, stop=stop, together=together)
    except (AttributeError, IndexError, TypeError, ValueError, ImportError):
        return None
