"""Tracking never stops training: what fails is said once, counted and put into the run; what may hang has a limit."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TypeVar

from trackexp.errors import DiagnosisError, TrackexpError, TrackingError, UnsupportedVersionError, first_line
from trackexp.reporting.talk import talk

T = TypeVar("T")

logger = logging.getLogger("trackexp")


_MOST_CAUSES = 10
_said_by_process: set[str] = set()


class Notifier:
    """Says things on stderr, each once a run."""

    def __init__(self, *, silent: bool = False) -> None:
        self._said: set[str] = set()
        self._silent = silent

    def say(self, text: str, *, topic: str | None = None, once_a_process: bool = False) -> None:
        """Write one line to stderr, unless the same topic (by default the same text) was said before."""
        said = _said_by_process if once_a_process else self._said
        if self._silent or (topic or text) in said:
            return
        said.add(topic or text)
        self.write(f"trackexp: {text}")

    def silence(self) -> None:
        """Say nothing from now on."""
        self._silent = True

    def write(self, text: str) -> None:
        """Write to stderr as it is, unless this run is to be silent."""
        if not self._silent:
            talk(text)


Voice = Notifier  # its name in modules that have yet to follow


class Failures:
    """Counts what went wrong in tracking, also with the run around this one, and keeps it away from the training."""

    def __init__(self, voice: Notifier, *, strict: bool, outer: Failures | None = None) -> None:
        self.count = 0
        self.said: list[str] = []  # what failed, each once, with its cause; the first few
        self.strict = strict
        self._voice = voice
        self._outer = outer

    def _add(self) -> None:
        self.count += 1
        if self._outer is not None:
            self._outer._add()

    @contextmanager
    def guard(self, what: str) -> Iterator[None]:
        """Run a block whose failure must not reach the training.

        Args:
            what: Name of the work, as in "logging the epoch"; each is reported once and counted always.

        Raises:
            TrackingError: The block failed and the run is strict. Errors of ours pass as they are.
        """
        try:
            yield
        except (UnsupportedVersionError, DiagnosisError):
            raise  # a refusal, and one that was asked for
        except Exception as error:
            self._add()
            logger.debug("tracking failed: %s", what, exc_info=True)
            if self.strict:
                if isinstance(error, TrackexpError):
                    raise
                raise TrackingError(f"{what} failed: {error!r}") from error
            self._note(f"{what} failed: {_short(error)}", what)
            self._voice.say(f"{what} failed, the training goes on: {_short(error)}", topic=f"failed: {what}")

    def _note(self, text: str, what: str) -> None:
        known = any(said.startswith(f"{what} failed: ") for said in self.said)
        if not known and len(self.said) < _MOST_CAUSES:
            self.said.append(text[:300])
        if self._outer is not None:
            self._outer._note(text, what)

    @contextmanager
    def yielding_to(self, error: BaseException | None) -> Iterator[None]:
        """Raise nothing of ours in a block while the script's own `error` is on its way, also in a strict run."""
        strict, self.strict = self.strict, self.strict and error is None
        try:
            yield
        finally:
            self.strict = strict


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}" if str(error).strip() else type(error).__name__


def is_writable(folder: Path) -> bool:
    """Return whether a file can be made in the folder, which is made where it is missing; a full disk says no."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except (OSError, ValueError):
        return False
    return True


class OutOfTimeError(TimeoutError):
    """The work has not ended in time; it goes on, and what it gives is dropped."""


def in_time(work: Callable[[], T], seconds: float, *, name: str) -> T:
    """Return what `work` gives or raise what it raises, within so many seconds.

    The work has a daemon thread of its own, so that one that hangs keeps neither the caller nor the end of the process.

    Args:
        work: Called once.
        seconds: How long to wait.
        name: What the thread is called, as a debugger shows it.

    Raises:
        OutOfTimeError: It has not ended by then.

    >>> in_time(lambda: 6 * 7, 1.0, name="answer")
    42
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=run, name=f"trackexp-{name}", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError:
        if outcome.done():  # the work's own
            raise
        raise OutOfTimeError(f"no end of {name} within {seconds:g} s") from None
