"""The facts of one fit: gathered before it, completed when the model is built or the first batch is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

import trackexp
from trackexp.fit.data import data_facts
from trackexp.fit.data.stream import StreamRows, stream_facts
from trackexp.fit.nested import flatten, map_arrays
from trackexp.fit.plan import Plan
from trackexp.fit.protocols import Trainee
from trackexp.record.facts import SCHEMA, DataFacts, Facts, FitFacts
from trackexp.tracking import Run

# Rows whose outputs are kept with the best model, so that a reloaded one can be compared with it.
CHECK_ROWS, CHECK_BYTES = 4, 2**18


class FactsOfFit:
    """Gathers the facts of one fit into the run.

    Args:
        run: Where they go.
        trainee: What the framework shows of the model and of the call.
        plan: Of the training; its arrays are profiled.
        index: Which fit of the run it is, from 0.
    """

    def __init__(self, run: Run, trainee: Trainee, plan: Plan, index: int) -> None:
        self._run, self._trainee, self._plan, self._index = run, trainee, plan, index
        self._data: DataFacts = {}
        self._complete = trainee.is_complete()
        self._range = FitFacts(first_epoch=max(run.state.next_epoch, plan.initial_epoch))
        self._stream_rows, self._validation_rows = StreamRows(), StreamRows()
        self._profiled = False
        self.check_rows: Any = None
        self.batch_rows: int | None = None

    @property
    def rows(self) -> int | None:
        """How many rows of arrays are trained on; None for streams."""
        return self._data.get("rows")

    @property
    def are_whole(self) -> bool:
        """Whether nothing more can be seen before the training: the model is built, the data are arrays."""
        return self._complete and bool(self._data.get("inputs"))

    def begin(self) -> None:
        """Profile the arrays, and record what shows before the training."""
        plan = self._plan
        if plan.x is not None:
            with self._run.failures.guard("profiling the data"):
                self._data = data_facts(
                    plan.x, plan.y, plan.sample_weight, plan.validation_data, validation_split=plan.validation_split
                )
                self.check_rows = _first_rows(plan.x)
        self._record()

    def complete(self, *, last: bool = False) -> bool:
        """Record once more a model that was built since; with `last` also one that will never say so."""
        if self._complete:
            return False
        self._complete = self._trainee.is_complete() or last
        if self._complete:
            self._record()
        return self._complete

    def first_batch(self, x: Any, y: Any, sample_weight: Any) -> None:
        """Profile the first batch of a stream."""
        with self._run.failures.guard("profiling the first batch"):
            profiled = data_facts(x, y, sample_weight, stream=True)
            self._data["inputs"], self._data["targets"] = profiled["inputs"], profiled["targets"]
            self._data["sample_weight"] = profiled["sample_weight"]
            self.check_rows = _first_rows(x)
            self.batch_rows = len(flatten(x)[0])
        self._record()

    def see_batch(self, x: Any, y: Any, sample_weight: Any, *, validation: bool = False) -> bool:
        """Take a batch of the first pass over a stream, and tell whether more of them are wanted."""
        if self._profiled:
            return False
        rows = self._validation_rows if validation else self._stream_rows
        with self._run.failures.guard("profiling the batches"):
            rows.add(x, y, sample_weight)
        return not rows.is_done

    def restart_pass(self, *, validation: bool = False) -> None:
        """Forget the batches of a pass that is begun anew."""
        if validation:
            self._validation_rows = StreamRows()
        else:
            self._stream_rows = StreamRows()

    def profile_stream(self) -> bool:
        """Profile what the first pass drew, once, with its validation; tell whether there is anything new."""
        if self._profiled or not (self._stream_rows.rows or self._validation_rows.rows):
            return False
        self._profiled = True
        with self._run.failures.guard("profiling the batches"):
            if self._stream_rows.rows:
                given = self._plan.validation_data if not self._validation_rows.rows else None
                self._data.update(stream_facts(self._stream_rows, self._validation_rows, given))
                self._data.update(self._stream_rows.reach(self._plan.x))
            else:
                self._profile_validation()
            self._record()
        self._stream_rows = self._validation_rows = StreamRows()
        return True

    def _profile_validation(self) -> None:
        """Profile arrays again, beside the validation stream."""
        plan, rows = self._plan, self._validation_rows
        facts = data_facts(plan.x, plan.y, plan.sample_weight, rows.arrays()[:2])
        facts["validation_rows_seen"] = rows.rows
        rows.complete(facts["validation_targets"])
        self._data.update(facts)

    def end_epoch(self) -> int:
        """Count an epoch, and return how many the fit has now.

        The facts are written whole each time: at epochs 1, 2, 4, 8, … they cost as little as once in all.
        """
        done = self._run.state.next_epoch - self._range.get("first_epoch", 0)
        self._range["epochs_done"] = done
        self._run.update_facts(self._index, "fit", {"epochs_done": done}, store=done & (done - 1) == 0)
        return done

    def end(self) -> None:
        """Note that the fit is over, and write everything."""
        self._range["ended"] = True
        self._run.update_facts(self._index, "fit", self._range, store=True)

    def _record(self) -> None:
        facts: Facts = {"schema": SCHEMA, "version": trackexp.__version__}
        with self._run.failures.guard("gathering the facts of the fit"):
            facts.update(self._trainee.facts([target.get("shape") for target in self._data.get("targets", [])]))
        facts["fit"] = {**facts.get("fit", {}), "index": self._index, **self._range}
        facts["data"] = self._data.copy()  # what is in the run already must not grow by itself
        known = next((entry for entry in self._run.state.facts if entry["fit"].get("index") == self._index), None)
        if known is not None and "probes" in known:
            facts["probes"] = known["probes"]
        self._run.record_facts(facts)


def _first_rows(x: Any) -> Any:
    """Return the first rows of the inputs as numpy, in their structure; None where they are no arrays, or large."""
    parts = flatten(x)
    if not parts or not all(map(_is_sliceable, parts)):
        return None
    rows = map_arrays(_head, x)
    small = all(part.dtype.kind in "fiub" and part.nbytes <= CHECK_BYTES for part in flatten(rows))
    return rows if small else None


def _is_sliceable(part: Any) -> bool:
    return hasattr(part, "shape") and hasattr(part, "__getitem__") and len(part.shape) > 0


def _head(part: Any) -> Any:
    return (part.iloc[:CHECK_ROWS].to_numpy() if hasattr(part, "iloc") else np.asarray(part[:CHECK_ROWS])).copy()
