"""Work that may hang, under a limit: what W&B or a network does not bound itself."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


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
