"""One run from its opening to its end, which run is current here, and the frameworks that record into it.

Which run is current is a matter of context: threads and asyncio tasks each have their own, a forked child has none.
A thread that has no run of its own records into the one that was open where it was started; a run that outlives the
task that began it, as one begun in a notebook cell does, is current in what its thread does next.
"""

from __future__ import annotations

import os
import sys
import threading
from contextvars import ContextVar
from importlib import import_module
from typing import Any, Protocol
from weakref import WeakKeyDictionary, ref

import wrapt

from trackexp.tracking import Run, TrackOptions, close, exit_code_of, open_run

# The adapters that record a framework's trainings, by the module whose import brings the framework in. Each is named
# as "module:attribute" and imported only once the framework is.
FRAMEWORKS = {
    "keras": "trackexp.keras.autolog:KERAS",
    "tf_keras": "trackexp.keras.autolog:LEGACY_KERAS",
    "torch": "trackexp.torch.adapter:TORCH",
}


class Adapter(Protocol):
    """What records the trainings of one framework while sessions are open."""

    def patch(self) -> None:
        """Begin to see its trainings; called with the framework imported."""

    def unpatch(self) -> None:
        """Leave the framework as it was."""


class Session:
    """One run from its opening to its end, with its frameworks recorded in between.

    Args:
        options: What `track` or `start` was given.
    """

    def __init__(self, options: TrackOptions) -> None:
        self.parent = _current.get()
        self.process = os.getpid()
        self.thread = threading.current_thread()
        self.task = _current_task()
        self.ended = False
        outer = _enclosing_session()
        self.run: Run = open_run(options, outer=outer.run if outer else None)
        self.run.ended_by(self.end)
        self.run.followed_by(self._follow)
        self.records_fits = self.run.recording and options.autolog
        _current.set(self)
        try:
            _opened(self)
        except BaseException as error:  # Keras 2, for one: no open run may be left behind
            self.end(error)
            raise

    def end(self, error: BaseException | None = None, exit_code: int | None = None) -> None:
        """End the run; once, and only in the process that opened it.

        Args:
            error: What the block was left with, None for its normal end.
            exit_code: The code to record, by default the one that `error` stands for.
        """
        if self.ended or self.process != os.getpid():
            return
        self.ended = True
        if self.records_fits:
            self._end_trainings(error)
        _closed(self)
        if _current.get() is self:
            _current.set(self.parent)
        with self.run.failures.yielding_to(error):
            close(self.run, exit_code_of(error) if exit_code is None else exit_code)

    def _end_trainings(self, error: BaseException | None) -> None:
        """End what only ends with the run: a loop that the script writes itself says no more than that it trains."""
        for adapter in list(_adapters.values()):
            end_run = getattr(adapter, "end_run", None)
            if end_run is not None:
                with self.run.failures.yielding_to(error), self.run.failures.guard("ending the training"):
                    end_run(self.run, error)

    def _follow(self, model: Any) -> None:
        for adapter in list(_adapters.values()):
            follow = getattr(adapter, "follow", None)
            if follow is not None:
                follow(self.run, model)


_current: ContextVar[Session | None] = ContextVar("trackexp_session", default=None)
_lock = threading.RLock()
_open: list[Session] = []  # oldest first
_started_in: WeakKeyDictionary[threading.Thread, Session] = WeakKeyDictionary()
_adapters: dict[str, Adapter] = {}  # those that have patched their framework
_awaited: set[str] = set()  # modules with a post-import hook, which cannot be taken back


def current_session() -> Session | None:
    """Return the innermost open session of this context, None where there is none."""
    session = _innermost_open(_current.get())
    if session is not None:
        return session
    thread = threading.current_thread()
    session = _innermost_open(_started_in.get(thread)) or _left_open_in(thread)
    if session is None and isinstance(thread, threading._DummyThread):  # begun outside of Python: it has no parent
        here = [session for session in _open if session.process == os.getpid()]
        return here[0] if len(here) == 1 else None
    return session


def current_run() -> Run | None:
    """Return the run that is current here, None where there is none."""
    session = current_session()
    return None if session is None else session.run


def fit_run() -> Run | None:
    """Return the run that a training begun here is recorded into: that of the innermost session that records fits."""
    session = current_session()
    while session is not None and not session.records_fits:
        session = _innermost_open(session.parent)
    return None if session is None else session.run


def _innermost_open(session: Session | None) -> Session | None:
    while session is not None and (session.ended or session.process != os.getpid()):
        session = session.parent
    return session


def _left_open_in(thread: threading.Thread) -> Session | None:
    """Return the last session that was opened in a thread by something that is over, such as a notebook's cell."""
    for session in reversed(_open):
        if session.thread is thread and session.process == os.getpid() and session.task in (None, _current_task()):
            return session
        if session.thread is thread and session.process == os.getpid() and _is_over(session.task):
            return session
    return None


def _enclosing_session() -> Session | None:
    """Return the session that one opened now is nested in; a thread or task of its own begins a run of its own."""
    session = current_session()
    if session is None or session.thread is not threading.current_thread():
        return None
    here = _current_task()
    return session if session.task is here or (session.task is not None and _is_over(session.task)) else None


def _current_task() -> ref[Any] | None:
    """Return the asyncio task that runs here, as a reference that does not keep it alive."""
    asyncio = sys.modules.get("asyncio")
    try:
        task = asyncio.current_task() if asyncio is not None else None
    except RuntimeError:  # no loop runs here
        task = None
    return None if task is None else ref(task)


def _is_over(task: ref[Any] | None) -> bool:
    found = None if task is None else task()
    return found is None or bool(found.done())


def _opened(session: Session) -> None:
    """Take a session into the registry; the first that records fits has the frameworks patched."""
    with _lock:
        _open.append(session)
        _patch_threads()
        if session.records_fits:
            for module in FRAMEWORKS:
                if sys.modules.get(module) is not None:  # None is how an import is blocked
                    _patch(module)
                elif module not in _awaited:
                    _awaited.add(module)
                    wrapt.register_post_import_hook(_when_imported, module)


def _closed(session: Session) -> None:
    """Take a session out of the registry; after the last one everything is as it was before the first."""
    with _lock:
        if session in _open:
            _open.remove(session)
        if not any(other.records_fits for other in _open):
            while _adapters:
                _adapters.popitem()[1].unpatch()
        if not _open:
            _unpatch_threads()


def _patch(module: str) -> None:
    if module not in _adapters:
        home, _, name = FRAMEWORKS[module].partition(":")
        adapter: Adapter = getattr(import_module(home), name)
        adapter.patch()
        _adapters[module] = adapter


def _when_imported(module: Any) -> None:
    with _lock:
        if any(session.records_fits for session in _open):
            _patch(module.__name__)


_thread_start = threading.Thread.start


def _start(thread: threading.Thread) -> None:
    """Start a thread, noting the session of the place that starts it."""
    session = current_session()
    if session is not None:
        _started_in[thread] = session
    _thread_start(thread)


def _patch_threads() -> None:
    global _thread_start
    if threading.Thread.start is not _start:
        _thread_start = threading.Thread.start
        threading.Thread.start = _start  # type: ignore[assignment, method-assign]


def _unpatch_threads() -> None:
    if threading.Thread.start is _start:  # another tool may have wrapped ours since: it stays, and notes nothing
        threading.Thread.start = _thread_start  # type: ignore[method-assign]
