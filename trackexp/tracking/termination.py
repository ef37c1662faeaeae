"""SIGTERM, as `docker stop`, Slurm and systemd send it: the run is ended like one that Ctrl-C was pressed in."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

from trackexp.reporting.talk import talk

# What the shell reports of a process that SIGTERM ended, and what `SystemExit` then carries.
TERMINATED = 128 + signal.SIGTERM


class Termination:
    """Hears SIGTERM while runs are open, in the main thread of the process that opened them.

    Without a handler Python dies at once, and as a container's first process it does not even hear the signal. A
    handler of the user's is called and has the last word: one that returns lets the training go on, as it would
    without trackexp.
    """

    def __init__(self) -> None:
        self._runs = 0
        self._process = 0
        self._before: Any = None
        self._ending = False
        self._heard = False
        self._watches_forks = False
        self._mask: set[int | signal.Signals] | None = None

    def open(self) -> None:
        """Hear the signal from now on, if a run is the first that is open."""
        if os.getpid() != self._process:  # a fork inherits the runs of its parent, and they are not its own
            self._runs, self._process = 0, os.getpid()
        self._runs += 1
        if self._runs > 1 or threading.current_thread() is not threading.main_thread():
            return
        before = signal.getsignal(signal.SIGTERM)
        if before in (signal.SIG_IGN, None):  # told to be deaf, or handled outside of Python
            return
        if not self._watches_forks and hasattr(os, "register_at_fork"):
            self._watches_forks = True
            os.register_at_fork(
                before=self._before_fork, after_in_parent=self._after_fork, after_in_child=self._in_child
            )
        self._before, self._ending, self._heard = before, False, False
        signal.signal(signal.SIGTERM, self._handle)

    def ending(self) -> None:
        """Let what ends a run come to its end: a signal that arrives now is obeyed in `closed`."""
        self._ending = True

    def closed(self) -> None:
        """Leave the signal as it was, when the last run is closed, and obey one that came while it was being closed."""
        self._runs = max(self._runs - 1, 0)
        self._ending = False
        if self._runs or threading.current_thread() is not threading.main_thread():
            return
        if self._is_hearing():  # nobody put another one over it
            signal.signal(signal.SIGTERM, self._before)
        if self._heard:
            self._heard = False
            raise SystemExit(TERMINATED)

    def _is_hearing(self) -> bool:
        return signal.getsignal(signal.SIGTERM) == self._handle

    def _before_fork(self) -> None:
        """Hold the signal back: one that comes to a new process before Python is ready there would be lost."""
        if self._is_hearing():
            self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def _in_child(self) -> None:
        """Let a forked process, which has no run of its own, die of the signal as it would have."""
        if self._is_hearing():
            signal.signal(signal.SIGTERM, self._before)
        self._after_fork()

    def _after_fork(self) -> None:
        if self._mask is not None:
            mask, self._mask = self._mask, None
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if callable(self._before):
            self._before(number, frame)
        elif self._ending:
            self._heard = True
        else:
            talk("trackexp: SIGTERM: ending the run")
            raise SystemExit(TERMINATED)


termination = Termination()
