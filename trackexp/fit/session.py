"""One training from its first facts to its last finding, whatever the framework; the order of things is this file."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar, Token
from enum import Enum
from types import TracebackType
from typing import Any, Literal, Self

from trackexp.errors import DiagnosisError
from trackexp.fit.best_model import BestModelKeeper
from trackexp.fit.budget import Budget
from trackexp.fit.examples import Examples
from trackexp.fit.facts import FactsOfFit
from trackexp.fit.plan import Plan
from trackexp.fit.probes import Probes
from trackexp.fit.protocols import Trainee
from trackexp.fit.rows import BatchRows, EpochRows
from trackexp.fit.trying import try_remedy
from trackexp.tracking import Run
from trackexp.tracking.live_diagnosis import run_rules

_current: ContextVar[FitSession | None] = ContextVar("trackexp_fit", default=None)


class Part(Enum):
    """What a session does of itself, unless somebody else does it in this training: a callback passed by hand."""

    ROWS = "rows"
    BATCHES = "batches"
    BEST_MODEL = "best model"
    PROBES = "probes"
    EXAMPLES = "examples"


def current_fit() -> FitSession | None:
    """Return the training that is going on in this thread or task, None outside of one."""
    return _current.get()


class FitSession:
    """Records one training into a run; a framework's adapter tells it what happens, and nothing else.

    A training is `begin`, then `begin_updates`, epochs of `begin_epoch` … `end_epoch`, and `end`. Used as a context
    manager it is the `current_fit` inside, and it ends at the latest with the block, whatever the training raised.

    Args:
        run: Where it is recorded.
        trainee: The model, as the framework's adapter shows it.
        plan: What the training was asked to do.
        without: Parts that somebody else does in this training.
    """

    def __init__(self, run: Run, trainee: Trainee, plan: Plan | None = None, *, without: frozenset[Part] = frozenset()):
        options = run.options
        self.run = run
        self.trainee = trainee
        self.plan = plan or Plan()
        self.index = run.state.fits
        run.state.fits += 1
        run.state.first_epochs.append(run.state.next_epoch)
        self.budget = Budget()
        self.facts = FactsOfFit(run, trainee, self.plan, self.index)
        self.refusal: DiagnosisError | None = None  # of a stream's batch: frameworks wrap what is raised inside one
        self._ended = self._seen_training = self._seen_validation = False
        self._judging = 0.01  # seconds that the rules take, until it is known
        self._steps: int | None = None
        self._token: Token[FitSession | None] | None = None
        self._probes: Probes | None = None
        self._best: BestModelKeeper | None = None
        self._rows: EpochRows | None = None
        self._batches: BatchRows | None = None
        self._examples: Examples | None = None
        if options.diagnose and Part.PROBES not in without:
            self._probes = Probes(run, self.index, trainee, self.plan, self.budget)
        if options.best_model is not None and Part.BEST_MODEL not in without:
            self._best = BestModelKeeper(run, options.monitor, options.monitor_mode, filename=options.best_model)
        if Part.ROWS not in without:
            self._rows = EpochRows(run, trainee.direction)
        if options.log_freq != "epoch" and Part.BATCHES not in without:
            with run.failures.guard("recording the batches"):
                self._batches = BatchRows(run, options.log_freq if isinstance(options.log_freq, int) else 1)
        if options.examples and Part.EXAMPLES not in without:
            self._examples = Examples(run, trainee, self.plan, options.examples)

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if self._token is not None:
            _current.reset(self._token)
        with self.run.failures.yielding_to(error):
            self.end(broken_off=error is not None)  # a training that raised has not come to its own end
        return False

    @property
    def wants_batches(self) -> bool:
        """Whether `end_batch` is to be called."""
        return self._batches is not None

    @property
    def wants_validation_batches(self) -> bool:
        """Whether `see_validation_batch` is to be called."""
        return self._examples is not None or self._profiles_streams

    @property
    def is_whole(self) -> bool:
        """Whether nothing more of the fit can be seen before its training: the model is built, the data are arrays."""
        return self.facts.are_whole

    @property
    def rows_per_epoch(self) -> int | None:
        """How many rows an epoch trains on, as far as it is known."""
        batch = self.facts.batch_rows
        return self.facts.rows or (self._steps * batch if self._steps and batch else None)

    def begin(self) -> None:
        """Record what can be seen before the training: it may raise on the very mistake that a rule names."""
        self.facts.begin()
        if self._examples is not None:
            self._examples.choose()
        run_rules(self.run)

    def begin_updates(self, steps: int | None = None) -> None:
        """Record again where the model was built meanwhile; `steps` is how many updates an epoch has.

        Raises:
            UnknownMonitorError: Nothing that this training reports has the name of the best model's metric.
        """
        self._steps = steps
        if self.facts.complete():
            run_rules(self.run)
        if self._probes is not None:
            self._probes.begin(self.facts.rows)
        if self._best is not None:
            self._best.begin_fit(self.trainee, has_validation=self.plan.has_validation)

    def first_batch(self, x: Any, y: Any = None, sample_weight: Any = None) -> None:
        """Profile the first batch that a stream gives to the training, nested numpy arrays.

        Raises:
            DiagnosisError: The rules find something in it that the run is to fail on; kept in `refusal` too.
        """
        with self.budget.paused():
            try:
                self.facts.first_batch(x, y, sample_weight)
                if self._examples is not None and not self.plan.has_validation:
                    self._examples.take_batch(x, y, "train")
                run_rules(self.run)
            except DiagnosisError as error:
                self.refusal = error
                raise

    def see_batch(self, x: Any, y: Any = None, sample_weight: Any = None) -> bool:
        """See a batch of the first pass that training makes over a stream; tell whether more of them are wanted.

        The first one is profiled at once, all of them at the end of the epoch.

        Raises:
            DiagnosisError: As `first_batch` does.
        """
        wanted = self.facts.see_batch(x, y, sample_weight)
        if not self._seen_training:
            self._seen_training = True
            self.first_batch(x, y, sample_weight)
        return wanted and self._profiles_streams

    def see_validation_batch(self, x: Any, y: Any = None, sample_weight: Any = None) -> bool:
        """See a batch of the first pass that validation makes over a stream; tell whether more of them are wanted."""
        if self._examples is not None and not self._seen_validation:
            self._examples.take_batch(x, y, "valid")
        self._seen_validation = True
        return self.facts.see_batch(x, y, sample_weight, validation=True) and self._profiles_streams

    @property
    def _profiles_streams(self) -> bool:
        return bool(self.run.options.diagnose)

    def begin_epoch(self, epoch: int) -> None:
        """Begin an epoch, counted from 0 over the training as its framework does."""
        if self._probes is not None:
            self._probes.begin_epoch()
        if self._best is not None:
            self._best.begin_epoch(epoch)
        if self._rows is not None:
            self._rows.begin_epoch(epoch)
        if self._batches is not None:
            self._batches.begin_epoch(epoch)

    def end_batch(self, batch: int, logs: Mapping[str, Any]) -> None:
        """Keep the metrics of a batch, counted from 0 within the epoch; may be called in another thread."""
        if self._batches is not None:
            self._batches.end_batch(batch, logs)

    def begin_validation(self) -> None:
        """Note that the training part of the epoch is over."""
        if self._rows is not None:
            self._rows.begin_validation()

    def end_epoch(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Probe, keep the model if it is the best, log the row and let the rules speak, in that order.

        Args:
            epoch: As at its beginning.
            logs: Metrics by name; those of validation data begin with `val_`.
        """
        self.complete()
        self.budget.end_epoch()
        self._profile_stream()
        if self._probes is not None:
            self._probes.end_epoch(epoch)
        with self.run.failures.guard("keeping the best model"):
            if self._best is not None and self.run.recording:
                self._best.end_epoch(epoch, logs or {}, fit=self.index, rows=self.facts.check_rows)
        with self.run.failures.guard("logging the epoch"):
            if self._rows is not None and self.run.recording:
                self.log_row(self._rows, epoch, logs or {})
        if self._batches is not None:
            self._batches.end_epoch()
        self._judge()

    def complete(self) -> None:
        """Record a model that was built only for the first batch, once it is there."""
        with self.budget.booked():
            if self.facts.complete(last=True):
                run_rules(self.run)

    def _profile_stream(self) -> None:
        """Profile what the first pass over a stream drew; that belongs to the start, as the profile of arrays does."""
        with self.budget.paused():
            if self._profiles_streams and self.facts.profile_stream():
                run_rules(self.run, max(0, self.run.state.next_epoch - 1))

    def end(self, *, broken_off: bool = False) -> None:
        """Probe for the last time, compare with small models, write everything, and judge the whole training; once.

        Args:
            broken_off: The training has raised: the model is not asked any more.
        """
        if self._ended:
            return
        self._ended = True
        if self._probes is not None and not broken_off:
            self._probes.end_fit()
        if self._batches is not None:
            self._batches.end_fit()
        if self._examples is not None and not broken_off:
            self._examples.ask()
        if self._probes is not None:
            self.run.update_facts(self.index, "probes", {"seconds": round(self.budget.spent, 4)})
        self.facts.end()
        run_rules(self.run, max(0, self.run.state.next_epoch - 1))
        if self._probes is not None and not broken_off:
            with self.run.failures.guard("trying a remedy"):
                if try_remedy(self.run, self.index, self.trainee, self.budget):
                    run_rules(self.run)

    def log_row(self, rows: EpochRows, epoch: int, logs: Mapping[str, Any]) -> None:
        """Log an epoch as one row, with what this session knows beside its logs."""
        rows.end_epoch(
            epoch,
            logs,
            extra=self._probes.row if self._probes is not None else {},
            examples=self.rows_per_epoch,
            learning_rate=self.trainee.learning_rate(),
            probing=self._probes.seconds if self._probes is not None else 0.0,
        )

    def _judge(self) -> None:
        """Say what is known now, where the time is there for it."""
        done, planned = self.facts.end_epoch(), self.plan.planned_epochs
        # of the last epoch the end of the training speaks, a moment later, when everything is known
        if self.run.options.diagnose and done != planned and self._judging < self.budget.left:
            before = self.budget.spent
            with self.budget.booked():
                run_rules(self.run, self.run.state.next_epoch - 1)
            self._judging = self.budget.spent - before
