"""Which fold is trained next, what becomes of one that failed or was lost, and when it is enough."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace

from trackexp.crossval.executors import Executor
from trackexp.crossval.task import FoldTask, Outcome

_LONGEST_WAIT = 0.25  # seconds, in which Ctrl-C and the budget are looked at
_MOST_LOSSES = 5  # of one fold's machines; beyond, the fold is taken to be what ends them


class Listener:
    """Told how it goes; the base says nothing."""

    def started(self, task: FoldTask) -> None:
        """A fold is trained from now on."""

    def ended(self, task: FoldTask, outcome: Outcome, *, again: bool) -> None:
        """An attempt has ended; `again` says that the fold is tried once more."""

    def tick(self) -> None:
        """Time has passed."""


@dataclass
class Schedule:
    """The folds that are still to be trained, fold by fold and in each of them every setting.

    Args:
        tasks: In that order.
        workers: How many are trained at a time.
        record: Called with every attempt that ended by itself.
        listener: Told how it goes.
        retries: How often a fold that failed is tried again.
        budget: Seconds after which none is begun any more, and those that run are stopped; None for no end.
        drop: Called before a fold that is not the first; returns the settings to give up, with the reason. Then every
            setting ends a fold before the next one is begun, so that the choice does not depend on who is faster.
    """

    tasks: Sequence[FoldTask]
    workers: int
    record: Callable[[FoldTask, Outcome], None]
    listener: Listener = field(default_factory=Listener)
    retries: int = 0
    budget: float | None = None
    drop: Callable[[int], Mapping[int, str]] | None = None
    failures: list[tuple[FoldTask, Outcome]] = field(default_factory=list)
    dropped: dict[int, str] = field(default_factory=dict)
    over_budget: bool = False
    trained: int = 0

    def __post_init__(self) -> None:
        self._pending = deque(self.tasks)
        self._running: dict[Future[Outcome], FoldTask] = {}
        self._tries: dict[str, int] = {}
        self._losses: dict[str, int] = {}
        self._seconds: list[float] = []
        self._began = time.monotonic()
        self._weighed = 0

    def run(self, executor: Executor) -> None:
        """Train until nothing is left, or the budget is over."""
        while self._pending or self._running:
            while self._pending and len(self._running) < self.workers and self._may_begin():
                task = self._pending.popleft()
                if task.setting in self.dropped:
                    continue
                self.listener.started(task)
                self._running[executor.submit(task)] = task
            if not self._running:
                if self.over_budget or not self._pending:
                    return
                continue
            done, _ = wait(self._running, timeout=_LONGEST_WAIT, return_when=FIRST_COMPLETED)
            for future in done:
                self._ended(self._running.pop(future), future.result())
            self.listener.tick()
            if self.budget is not None and time.monotonic() - self._began > self.budget and self._running:
                self.over_budget = True
                return

    def collect(self) -> None:
        """Keep what came to its end while the executor was being closed."""
        for future, task in self._running.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                outcome = future.result()
                if outcome.state == "done":
                    self.trained += 1
                    self.record(task, outcome)
        self._running.clear()

    def _may_begin(self) -> bool:
        """Return whether the next fold may begin now: within the budget, and after what it must wait for."""
        if self.budget is not None:
            left = self.budget - (time.monotonic() - self._began)
            if left <= (statistics.median(self._seconds) if self._seconds else 0):
                self.over_budget = True
                return False
        index = self._pending[0].fold.index
        if self.drop is None or index <= self._weighed:
            return True
        if self._running:
            return False
        self._weighed = index
        self.dropped |= {setting: why for setting, why in self.drop(index).items() if setting not in self.dropped}
        return True

    def _ended(self, task: FoldTask, outcome: Outcome) -> None:
        if outcome.state == "lost":
            self._losses[task.key] = self._losses.get(task.key, 0) + 1
            if self._losses[task.key] <= _MOST_LOSSES:
                self.listener.ended(task, outcome, again=True)
                self._pending.appendleft(replace(task, attempt=task.attempt + 1))
                return
            outcome = replace(outcome, state="failed")
        if outcome.state == "stopped":
            return
        self.record(task, outcome)
        if outcome.state == "done":
            self.trained += 1
            self._seconds.append(outcome.seconds)
            self.listener.ended(task, outcome, again=False)
            return
        self._tries[task.key] = self._tries.get(task.key, 0) + 1
        again = self._tries[task.key] <= self.retries
        self.listener.ended(task, outcome, again=again)
        if again:
            self._pending.appendleft(replace(task, attempt=task.attempt + 1))
        else:
            self.failures.append((task, outcome))
