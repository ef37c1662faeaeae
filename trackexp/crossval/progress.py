"""How a cross-validation goes: one live table of settings × folds on a terminal, plain lines elsewhere."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from trackexp.crossval.grid import setting_text
from trackexp.crossval.ledger import Entry
from trackexp.crossval.scheduling import Listener
from trackexp.crossval.task import Criterion, FoldTask, Outcome
from trackexp.reporting import console, duration, number
from trackexp.reporting.talk import talk

_MOST_ROWS = 30  # settings in the live table: those that move
_WAITING, _RUNNING, _FAILED = "·", "▶", "✗"


class Progress(Listener):
    """Says how it goes.

    Args:
        settings: In the order of the grid.
        folds: How many there are.
        criterion: What is scored.
        live: Whether a table may be drawn where stderr is a terminal; a training in this very process prints itself.
    """

    def __init__(
        self, settings: Sequence[Mapping[str, Any]], folds: int, criterion: Criterion, *, live: bool = True
    ) -> None:
        self._names = [setting_text(setting) for setting in settings]
        self._cells = [[_WAITING] * folds for _ in settings]
        self._scores: list[dict[int, float]] = [{} for _ in settings]
        self._criterion = criterion
        self._seconds: list[float] = []
        self._began = time.monotonic()
        self._busy = 0
        self._new = 0
        self.live = live
        self._drawn: Live | None = None

    def __enter__(self) -> Progress:
        if self.live and sys.stderr is not None and sys.stderr.isatty():
            self._drawn = Live(self._table(), console=console(sys.stderr), auto_refresh=False, transient=False)
            self._drawn.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn is not None:
            self._drawn.update(self._table(), refresh=True)
            self._drawn.stop()
            self._drawn = None

    def known(self, done: Iterable[tuple[FoldTask, Entry]]) -> None:
        """Note the folds that were done before."""
        for task, entry in done:
            score = entry.scores.get(self._criterion.metric, entry.score)
            if score is not None:
                self._note(task, score)

    def say(self, text: str) -> None:
        """Say a line."""
        if self._drawn is not None:
            self._drawn.console.print(f"trackexp: {text}", soft_wrap=True)
        else:
            talk(f"trackexp: {text}")

    def started(self, task: FoldTask) -> None:
        """Show a fold as running."""
        self._busy += 1
        self._cells[task.setting][task.fold.index] = _RUNNING
        self.tick()

    def ended(self, task: FoldTask, outcome: Outcome, *, again: bool) -> None:
        """Show what became of a fold; a failure is a line of its own."""
        self._busy -= 1
        if outcome.state == "done" and outcome.score is not None:
            self._new += 1
            self._seconds.append(outcome.seconds)
            self._note(task, outcome.score)
            if self._drawn is None:
                self.say(f"{task.title}: {self._criterion.metric} {number(outcome.score)} ({self._standing()})")
        else:
            self._cells[task.setting][task.fold.index] = _WAITING if again else _FAILED
            where = f"; log: {outcome.log}" if outcome.log else ""
            what = "was lost" if outcome.state == "lost" else "failed"
            self.say(f"{task.title} {what}: {outcome.error}{where}{'; it is tried again' if again else ''}")
        self.tick()

    def tick(self) -> None:
        """Draw anew, where something is drawn."""
        if self._drawn is not None:
            self._drawn.update(self._table(), refresh=True)

    def _note(self, task: FoldTask, score: float) -> None:
        self._scores[task.setting][task.fold.index] = score
        self._cells[task.setting][task.fold.index] = number(score)

    def _standing(self) -> str:
        done = sum(len(scores) for scores in self._scores)
        wanted = sum(len(cells) for cells in self._cells)
        told = [f"{done} of {wanted} folds", duration(time.monotonic() - self._began)]
        left = self._left(wanted - done)
        return ", ".join([*told, f"about {duration(left)} left"] if left else told)

    def _left(self, missing: int) -> float | None:
        if not self._seconds or not missing:
            return None
        at_once = max(1, self._busy)
        return statistics.median(self._seconds) * -(-missing // at_once)

    def _table(self) -> Group:
        drawn = Table(box=None, pad_edge=False)
        drawn.add_column("setting", overflow="ellipsis", max_width=50)
        for fold in range(len(self._cells[0])):
            drawn.add_column(f"fold {fold}", justify="right")
        drawn.add_column(f"mean {self._criterion.metric}", justify="right")
        for place in self._shown():
            scores = self._scores[place]
            mean = number(statistics.fmean(scores.values())) if scores else ""
            drawn.add_row(Text(self._names[place]), *self._cells[place], Text(mean, "bold"))
        more = len(self._names) - _MOST_ROWS
        notes = [self._standing(), *([f"{more} settings more"] if more > 0 else [])]
        return Group(drawn, Text("; ".join(notes), "dim"))

    def _shown(self) -> list[int]:
        """Return the settings that are drawn: of many, those that run, then the best so far."""
        places = list(range(len(self._names)))
        if len(places) <= _MOST_ROWS:
            return places
        sign = self._criterion.sign

        def order(place: int) -> tuple[bool, float]:
            scores = self._scores[place]
            return _RUNNING not in self._cells[place], -sign * statistics.fmean(scores.values()) if scores else 0.0

        return sorted(sorted(places, key=order)[:_MOST_ROWS])
