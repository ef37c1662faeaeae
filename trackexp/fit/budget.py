"""How much time the probes may take: they measure themselves, and wait until they can afford the next look."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# What is promised: 1 % of the training where an epoch takes 2 s or more, else 5 % and 50 ms an epoch. A fifth of it is
# kept back from looks and rules, for one that takes longer than the one before.
LONG_EPOCH = 1.5  # not 2: an epoch near the limit is now longer, now shorter
LONG_SHARE, SHORT_SHARE, SHORT_EXTRA = 0.01, 0.05, 0.05
_KEPT_BACK = 0.2


class Budget:
    """Follows how long the training takes without the probes, and what they have taken of it.

    Args:
        clock: Seconds; another one for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.reserved = 0.0  # seconds that probes leave over for the small models at the end
        self.restart()

    def restart(self) -> None:
        """Begin anew, with the first update: what comes before is no share of the training."""
        self._began = self._clock()
        self._last = self._first = self._paused = 0.0
        self.spent = 0.0
        self.epochs = 0
        self.epoch_seconds = 0.0

    @property
    def trained(self) -> float:
        """Seconds of training so far, without the probes."""
        return max(0.0, self._clock() - self._began - self.spent - self._paused)

    @property
    def compiling(self) -> float | None:
        """Seconds that the first epoch took beyond the shortest: mostly Keras's own compiling; None until then."""
        return self._first - self.epoch_seconds if self.epochs > 1 else None

    @property
    def left(self) -> float:
        """Seconds that may be spent now; negative when too much was."""
        return (1 - _KEPT_BACK) * self._allowed - self.spent

    @property
    def left_for_probe(self) -> float:
        """Seconds that a probe may take now: what is left, without what the small models at the end will need."""
        return self.left - self.reserved

    def affords(self, seconds: float) -> bool:
        """Tell whether so much may be spent for the last time, out of what was kept back too."""
        return self._allowed - self.spent >= seconds

    @property
    def _allowed(self) -> float:
        if self.epoch_seconds >= LONG_EPOCH:
            return LONG_SHARE * self.trained
        return SHORT_SHARE * self.trained + SHORT_EXTRA * self.epochs

    def end_epoch(self) -> None:
        """Count an epoch; the shortest tells how long one takes, for the first also compiles."""
        trained = self.trained
        took, self._last = trained - self._last, trained
        if not self.epochs:
            self._first = took
        self.epoch_seconds = min(took, self.epoch_seconds) if self.epochs else took
        self.epochs += 1

    @contextmanager
    def booked(self) -> Iterator[None]:
        """Book the time of a block, whatever it is of the diagnosis."""
        began = self._clock()
        try:
            yield
        finally:
            self.spent += self._clock() - began

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Count the time of a block neither as training nor as spent: it belongs to the start."""
        began = self._clock()
        try:
            yield
        finally:
            self._paused += self._clock() - began
