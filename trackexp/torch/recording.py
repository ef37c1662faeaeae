"""From passes to epochs: the fit that is recorded, its rows, its best model and what the loop did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from trackexp.fit import FitSession, Part, Plan
from trackexp.fit.best_model import BestModelKeeper
from trackexp.fit.data import data_facts
from trackexp.fit.data.reference import reference_of
from trackexp.fit.monitor import keras_key, run_key
from trackexp.record.facts import FitFacts
from trackexp.torch.facts import fit_facts
from trackexp.torch.looks import Looker
from trackexp.torch.passes import Pass
from trackexp.torch.samples import RowSample
from trackexp.torch.scenery import Scenery, frozen_behind, hidden_behind
from trackexp.torch.trainee import TorchTrainee
from trackexp.torch.updates import Updates
from trackexp.tracking import Run
from trackexp.tracking.live_diagnosis import FitLookedAtError

_MOST_PASSES = 64  # of which the facts tell; of more, the later ones are left out
_REFERENCE_SECONDS = 0.05


class Recording:
    """Records one training into its run.

    Args:
        run: Where it goes.
        scenery: Which module is the model.
        looker: What the looks see.
    """

    def __init__(self, run: Run, scenery: Scenery, looker: Looker) -> None:
        self.run, self.scenery, self.looker = run, scenery, looker
        self.fit: FitSession | None = None
        self.trainee: TorchTrainee | None = None
        self.loader: dict[str, Any] = {}
        self.loop: dict[str, Any] = {}
        self.axis = 0  # the next epoch
        self.evaluates = False  # a loop without a loader evaluates between its updates
        self._keeper: BestModelKeeper | None = None
        self._kept = False  # the best model of this epoch is settled
        self._trained: Pass | None = None  # the training pass of this epoch
        self._evaluated: Pass | None = None
        self._first: Pass | None = None
        self._validation_key: int | None = None
        self._passes: list[dict[str, Any]] = []
        self._profiled = self._validated = self._ending = self._scaled = False
        self._theirs: frozenset[str] | None = None  # keys that the script logs itself
        self._ranges: list[tuple[int, int]] = []  # memory of training inputs
        self._steps = 1
        self._frozen = False  # the script ended over a model without a weight to train
        self._digests: dict[int, tuple[float | None, float | None] | None] = {}

    @property
    def begun(self) -> bool:
        """Whether the fit has begun: with the first update."""
        return self.fit is not None

    def samples(self, where: Pass) -> bool:
        """Tell whether rows of this pass are to be kept: of the first that trains, and of the first that evaluates."""
        return self.axis <= 1 and (self._first is None or where is self._first or not where.updates)

    def compares(self, drawn: Pass) -> bool:
        """Tell whether the first batch of a pass is to be compared with that of another: of the first evaluations."""
        fixed = drawn.loader is not None and not drawn.shuffle and self._first is not None
        return fixed and not drawn.same_data(self._first) and self.axis <= 2  # type: ignore[arg-type]

    def is_training_data(self, x: torch.Tensor) -> bool:
        """Tell whether a tensor shares memory with what is trained on: an evaluation of the training rows."""
        begin = x.data_ptr()
        end = begin + x.numel() * x.element_size()
        return any(begin < last and first < end for first, last in self._ranges)

    def begin(self, optimizer: Any, where: Pass, train: RowSample, x: torch.Tensor | None) -> None:
        """Begin the fit, before its first update.

        Raises:
            DiagnosisError: The rules find something that the run is to fail on.
            FitLookedAtError: The fit was only to be looked at.
        """
        self._first = where
        streams = where.loader is not None
        self._ranges = memory_of(where, x)
        facts = FitFacts(
            source="dataloader" if streams else "arrays",
            batch_size=self.loader.get("batch_size") if streams else None,
            initial_epoch=0,
            batches=self.loader.get("batches") if streams else 1,
            shuffle=self.loader.get("shuffle"),
            validation="none",
            class_weight=None,
            sample_weight=False,
            callbacks=[],
        )
        self.trainee = TorchTrainee(self.scenery, self.looker, optimizer, facts)
        rows = train.arrays()
        if rows is not None:
            self.trainee.input_shape, self.trainee.input_dtype = rows[0].shape, str(rows[0].dtype)
            if not streams:
                facts["batch_size"] = len(rows[0])
        checks = self.run.state.look_only
        without = frozenset(Part) if checks else frozenset({Part.BEST_MODEL})
        self.fit = FitSession(self.run, self.trainee, Plan(), without=without)
        self.fit.begin()
        if rows is not None:
            self.fit.first_batch(*rows)
        self.fit.begin_updates(self.loader.get("batches"))
        self.run.update_facts(self.fit.index, "loop", self.loop_facts({}))
        if checks:
            self.fit.end()
            raise FitLookedAtError
        options = self.run.options
        if options.best_model is not None and self.scenery.model is None:
            self.run.voice.say("no module was seen in this loop, so no best model is kept: say run.follow(model)")
        elif options.best_model is not None:
            self._keeper = BestModelKeeper(self.run, options.monitor, options.monitor_mode, filename=options.best_model)
            self._keeper.begin_fit(self.trainee, has_validation=False)
        self._begin_epoch()

    def judge_epoch(self, metric: Any, where: Pass) -> None:
        """See what a ReduceLROnPlateau is given: the loss of the last batch, though the epoch has several."""
        trained = self._trained or where
        mean, last = trained.train_loss.value, trained.train_loss.last
        if last is None or trained.batches < 2 or not isinstance(metric, int | float | torch.Tensor):
            return
        if float(metric) == float(last) != mean:
            self.loop["last_batch_decides"] = True

    def _begin_epoch(self) -> None:
        self._trained = self._evaluated = None
        self._kept = False
        if self.fit is not None:
            self.fit.begin_epoch(self.axis)
        if self._keeper is not None:
            self._keeper.begin_epoch(self.axis)

    def count_update(self, here: Pass | None) -> None:
        """Note which pass trains."""
        if here is not None and self._trained is None:
            self._trained = here

    def is_over(self, here: Pass | None) -> bool:
        """Tell whether the training pass of this epoch has ended, and an update of another one is to come."""
        return self._trained is not None and self._trained.done and here is not self._trained

    def end_pass(self, ended: Pass) -> None:
        """See a pass end; the model is kept where it was evaluated, before anything else happens to it."""
        self._note_pass(ended)
        if ended.updates or self._first is None or ended.same_data(self._first):
            return
        if self.fit is None:
            return
        before = self._digests.setdefault(ended.key, ended.digests)
        if before and ended.digests and before[1] == ended.digests[1] is not None and before[0] != ended.digests[0]:
            self.loop["validation_varies"] = True
        if self._validation_key is None:
            self._validation_key = ended.key
            self.fit.begin_validation()
        if ended.key == self._validation_key and self._evaluated is None:
            self._evaluated = ended
            if self._trained is not None and self._trained.done:
                self._keep_best(self._logs())

    def see_stretch(self, stretch: Pass, steps: int) -> None:
        """Take a stretch of a loop without a loader for a pass."""
        self._steps = steps
        if stretch.updates:
            self._note_pass(stretch)
            self._trained = stretch
            stretch.done = True
        if stretch.loss.value is not None and self._evaluated is None:
            self._evaluated = stretch

    def _note_pass(self, ended: Pass) -> None:
        if len(self._passes) >= _MOST_PASSES:
            return
        calls = {
            f"{'train' if mode else 'eval'}_{'grad' if grad else 'no_grad'}": n
            for (mode, grad), n in ended.calls.items()
        }
        modes = {"train" if mode else "eval": count for mode, count in ended.update_modes.items()}
        entry: dict[str, Any] = {
            "updates": ended.updates,
            "batches": ended.batches,
            "calls": calls,
            "update_modes": modes,
            "loader": ended.loader is not None,
            "training_data": self._first is None or ended is self._first or ended.same_data(self._first),
        }
        if ended.loader is not None:
            entry |= {"shuffle": ended.shuffle, "rows": ended.dataset_rows}
        for mean, name in ((ended.train_loss, "train_loss"), (ended.loss, "loss")):
            value = mean.value
            if value is not None and math.isfinite(value):
                entry[name] = value
                entry[f"last_{name}"] = float(mean.last) if mean.last is not None else None
        self._passes.append(entry)

    def _logs(self) -> dict[str, float]:
        logs: dict[str, float | None] = {}
        if self._trained is not None:
            logs["loss"], logs["accuracy"] = self._trained.train_loss.value, self._trained.right.share
        if self._evaluated is not None:
            logs["val_loss"] = self._evaluated.loss.value
            if self._evaluated is not self._trained:
                logs["val_accuracy"] = self._evaluated.right.share
        return {key: value for key, value in logs.items() if value is not None}

    def _keep_best(self, logs: Mapping[str, float]) -> None:
        """Keep the model if it is the best, as soon as the metric that decides is known."""
        if self._keeper is None or self.fit is None or self._kept or keras_key(self.run.options.monitor) not in logs:
            return
        self._kept = True
        with self.run.failures.guard("keeping the best model"):
            self._keeper.end_epoch(self.axis, logs, fit=self.fit.index, rows=None)

    def close_epoch(self, train: RowSample, valid: RowSample, optimizers: Mapping[Any, Updates]) -> None:
        """Close the epoch: its row, its look, its best model, and the rules."""
        if self.fit is None:
            return
        logs = self._logs()
        self._scaled = self._scaled or (self._trained is not None and self._trained.scaled)
        self._keep_best(self._with_logged(logs))
        self._validated = self._validated or "val_loss" in logs
        if self._keeper is not None and not self._kept and not self._validated and (self.axis or self._ending):
            with self.run.failures.guard("keeping the best model"):  # by what there is
                self._keeper.end_epoch(self.axis, logs, fit=self.fit.index, rows=None)
        self._profile(train, valid)
        self._note_loop(optimizers)
        theirs = self._logged_by_script(logs)
        self.fit.end_epoch(self.axis, {key: value for key, value in logs.items() if run_key(key) not in theirs})
        for key in theirs:  # logged by the script, and needed by the rules
            if self.run.state.rows and (name := next((k for k in logs if run_key(k) == key), None)):
                self.run.state.rows[-1][key] = logs[name]
        self.axis += self._steps if self._trained is not None and self._trained.loader is None else 1
        self._steps = 1
        self._begin_epoch()

    def _logged_by_script(self, logs: Mapping[str, float]) -> frozenset[str]:
        """Return the keys of ours that the script has logged itself by now; asked once, with the first row."""
        if self._theirs is None:
            with self.run.failures.guard("looking at what the script logs"):
                known = set(self.run.wandb_run.summary.keys())
                self._theirs = frozenset(run_key(key) for key in logs) & known
        return self._theirs or frozenset()

    def _with_logged(self, logs: dict[str, float]) -> dict[str, float]:
        """Return the metrics with the one that decides, where the script logs that itself."""
        monitor = self.run.options.monitor
        if self._keeper is None or keras_key(monitor) in logs or monitor in ("val_loss", "val/loss"):
            return logs
        for key in (monitor, run_key(monitor)):
            value = self.run.wandb_run.summary.get(key)
            if isinstance(value, int | float):
                return {**logs, keras_key(monitor): float(value)}
        return logs

    def _profile(self, train: RowSample, valid: RowSample) -> None:
        """Profile the rows of the first pass, with those of the first evaluation."""
        rows, held_out = train.arrays(), valid.arrays()
        if self._profiled or rows is None or self.fit is None:
            return
        self._profiled = True
        with self.run.failures.guard("profiling the data"), self.fit.budget.paused():
            facts = data_facts(*rows, None, held_out, sketch=False)
            facts["rows_sketch"] = train.sketch_facts()
            total = self.loader.get("rows") or len(rows[0])
            for part in (*facts.get("inputs", []), *facts.get("targets", [])):
                part["shape"] = [total, *part["shape"][1:]]
            facts["rows"] = total
            self.run.update_facts(self.fit.index, "data", facts)
            if held_out is not None:
                self.run.update_facts(self.fit.index, "fit", {"validation": "stream"})

    def _note_loop(self, optimizers: Mapping[Any, Updates]) -> None:
        if self.fit is not None:
            loop = self.loop_facts(optimizers)
            self.run.update_facts(self.fit.index, "loop", loop)
            self.run.update_facts(self.fit.index, "fit", fit_facts(loop))

    def loop_facts(self, optimizers: Mapping[Any, Updates]) -> dict[str, Any]:
        """Return what the loop did so far."""
        inner = self.scenery.inner
        moody = [] if inner is None else [type(m).__name__ for m in inner.modules() if _is_moody(m)]
        return {
            **self.loop,
            "passes": list(self._passes),
            "loader": self.loader,
            "rates": [list(pair) for updates in list(optimizers.values())[:1] for pair in updates.rates],
            "optimizers": [
                {
                    "optimizer": updates.name,
                    "updates": updates.count,
                    "carried": updates.carried,
                    "without_gradients": updates.without_gradients,
                    "accumulating": updates.accumulating,
                    "most_backwards": updates.most_backwards,
                    "cleared_before_update": updates.cleared_before_update,
                    "cleared_between": updates.cleared_between,
                    "repeated": updates.repeated,
                    "parameters": updates.parameters,
                }
                for updates in optimizers.values()
            ],
            "scaled": self._scaled,
            "graph_nodes": list(self.looker.sizes),
            "weights_moved": self.looker.moved,
            "nan_gradient": self.looker.nan_gradients,
            "interleaved": self.looker.interleaved,
            "outputs": self.looker.failing,
            "mode_layers": sorted(set(moody)),
            "broadcast": [list(shape) for shape in self.looker.broadcast] if self.looker.broadcast else None,
            "not_updated": self.scenery.not_updated(optimizers)[:5],
            "foreign_parameters": self.scenery.foreign(optimizers),
            "hidden_modules": self.scenery.hidden_modules(optimizers),
        }

    def end(
        self, error: BaseException | None, train: RowSample, valid: RowSample, optimizers: Mapping[Any, Updates]
    ) -> None:
        """Close the last epoch, and end the fit; of a training that never updated, record what was seen."""
        self._ending = True
        if error is not None:
            self.loop["error"] = f"{type(error).__name__}: {error}"[:300]
            self.loop["hidden_in_error"] = hidden_behind(error)
            frozen = frozen_behind(error) if "does not require grad" in str(error) else None
            if frozen is not None:
                self.scenery.model, self._frozen = frozen, True
        if not self.begun or self._frozen:
            if self.fit is not None:
                self.fit.end(broken_off=True)
            if not self._frozen and not (
                self.looker.heads or self.looker.first or self.loop.get("backwards") or error is not None
            ):
                return
            self._begin_late(train)
        if self.fit is None:
            return
        if self._trained is not None and (self._trained.updates or self._trained.done):
            self.close_epoch(train, valid, optimizers)
        else:
            self._profile(train, valid)
        self._note_loop(optimizers)
        self._compare_with_small_models(train)
        self.run.update_facts(self.fit.index, "fit", {"epochs": self.axis})
        self.fit.end(broken_off=error is not None)

    def _begin_late(self, train: RowSample) -> None:
        if self.scenery.model is None:
            self.scenery.find_model((), lambda *_: None)
        facts = FitFacts(source="unknown", validation="none", callbacks=[], sample_weight=False, class_weight=None)
        self.trainee = TorchTrainee(self.scenery, self.looker, None, facts)
        rows = train.arrays()
        if rows is not None:
            self.trainee.input_shape = rows[0].shape
        self.fit = FitSession(self.run, self.trainee, Plan(), without=frozenset(Part))
        self.fit.begin()
        if rows is not None:
            self.fit.first_batch(*rows)

    def _compare_with_small_models(self, train: RowSample) -> None:
        rows = train.arrays()
        if rows is None or self.fit is None or not self.run.options.diagnose:
            return
        if self.fit.budget.affords(_REFERENCE_SECONDS):
            with self.run.failures.guard("comparing with small models"), self.fit.budget.booked():
                reference = reference_of(*rows, len(rows[0]), offsets=True)
                if reference is not None:
                    self.run.update_facts(self.fit.index, "data", {"reference": reference})


def memory_of(where: Pass, x: torch.Tensor | None) -> list[tuple[int, int]]:
    """Return where in memory the training inputs lie: the tensors of the loader's dataset, or the batch itself."""
    dataset = where.dataset() if where.dataset is not None else None
    held = getattr(dataset, "tensors", None) if where.loader is not None else [x]
    tensors = [tensor for tensor in held or [] if isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided][
        :1
    ]
    return [(t.data_ptr(), t.data_ptr() + t.numel() * t.element_size()) for t in tensors]


def _is_moody(module: torch.nn.Module) -> bool:
    """Tell whether a module does something else in training than in evaluation."""
    name = type(module).__name__
    if "Dropout" in name:
        return bool(getattr(module, "p", 0))
    if "BatchNorm" in name:
        return bool(getattr(module, "track_running_stats", True))
    return name in ("RNN", "LSTM", "GRU") and bool(getattr(module, "dropout", 0))
