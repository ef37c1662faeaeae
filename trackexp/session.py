"""One run from its opening to its end, which run is current here, and the frameworks that record into it.

Which run is current is a matter of context: threads and asyncio tasks each have their own, a forked child has none.
A thread that has no run of its own records into the one that was open where it was started; a run that outlives the
task that began it, as one begun in a notebook cell does, is current in what its thread does next.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from contextvars import ContextVar
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from weakref import WeakKeyDictionary, ref

import wrapt

from trackexp.errors import TrackexpError, TrackingError
from trackexp.tracking import Run, TrackOptions, close, exit_code_of, wandb_private
from trackexp.tracking.closing import INTERRUPTED
from trackexp.tracking.opening.environment import restore_environment
from trackexp.tracking.opening.nothing import nothing
from trackexp.tracking.opening.script_init import ours, patch_init, unpatch_init
from trackexp.tracking.opening.starting import foresee, no_ground, open_run, survey
from trackexp.tracking.script_runs import SessionRuns
from trackexp.tracking.secrets.starting import unwatch_logs

if TYPE_CHECKING:  # the protocol stands with its other half, the trainee
    from trackexp.fit.protocols import Framework
    from trackexp.record import Finding

logger = logging.getLogger("trackexp")

# The adapters that record a framework's trainings, by the module whose import brings the framework in. Each is named
# as "module:attribute" and imported only once the framework is.
FRAMEWORKS = {
    "keras": "trackexp.keras.autolog:KERAS",
    "tf_keras": "trackexp.keras.autolog:LEGACY_KERAS",
    "torch": "trackexp.torch.adapter:TORCH",
}


class Session:
    """One run from its opening to its end, with its frameworks recorded in between.

    Args:
        options: What `track` or `start` was given.
        lazily: Begin the run only at the first `wandb.init`, fit or row of the script, and let the options stand where
            the script says something else: for a script that is run as it is.
        hold: Keep what the script begins with `wandb.init` in this one run, whatever it asks for.
    """

    def __init__(self, options: TrackOptions, *, lazily: bool = False, hold: bool = False) -> None:
        self.runs: SessionRuns
        self.lazily = lazily
        self.parent = _current.get()
        self.process = os.getpid()
        self.thread = threading.current_thread()
        self.task = _current_task()
        self.ended = False
        outer = _enclosing_session()
        if outer is not None and outer.lazily and not outer.runs.is_open:
            options, outer = outer._made_room(options)
        if options.per_fit and options.group is None:
            options = replace(options, group=f"fits-{uuid4().hex[:8]}")
        self.options = options
        self.nested = outer is not None
        if outer is not None:
            self.run, _ = open_run(options, outer=outer.current_run())
            self.runs = outer.runs
        else:
            self.runs = _begun(options, lazily=lazily, hold=hold)
            self.run = self.runs.own
        self.run.served_by(self.end, self._follow, self._findings_so_far)
        self.records_fits = self.run.recording and options.autolog
        _current.set(self)
        try:
            _opened(self)
        except BaseException as error:  # Keras 2, for one: no open run may be left behind
            self.end(error)
            raise

    @property
    def is_here(self) -> bool:
        """Whether the session was opened in this thread and task."""
        return self.thread is threading.current_thread() and self.task == _current_task()

    def current_run(self) -> Run:
        """Return the run that is written to now, begun where none is open."""
        return self.run if self.nested else self.runs.current()

    def end(
        self, error: BaseException | None = None, exit_code: int | None = None, *, process_ends: bool = False
    ) -> None:
        """End what is open; once, and only in the process that opened it.

        Args:
            error: What the block was left with, None for its normal end.
            exit_code: The code to record, by default the one that `error` stands for.
            process_ends: Nothing of the script is left but what it does at exit. The runs that it has begun itself stay
                open for that.
        """
        if self.ended or self.process != os.getpid():
            return
        self.ended = True
        if self.records_fits:
            self._end_trainings(error)
        if _current.get() is self:
            _current.set(self.parent)
        code = exit_code_of(error) if exit_code is None else exit_code
        left_open = False
        with self.run.failures.yielding_to(error):
            try:
                if self.nested:
                    close(self.run, code)
                else:
                    left_open = self.runs.close(code, leave_scripted=process_ends)
            finally:
                _closed(self, restore=not left_open)

    def _made_room(self, options: TrackOptions) -> tuple[TrackOptions, Session | None]:
        """Let a `track` of the script have a run of its own, unless this one has a name: then it is opened for it."""
        if self.options.name is not None or self.options.id is not None:
            self.runs.open()
            return options, self
        self.runs.let_others_begin()
        return options.over(self.options), None

    def _end_trainings(self, error: BaseException | None) -> None:
        """End what only ends with the run: a loop that the script writes itself says no more than that it trains."""
        run = None if not self.nested and self.runs.is_pending else self.run
        for adapter in list(_adapters.values()):
            with self.run.failures.yielding_to(error), self.run.failures.guard("ending the training"):
                adapter.end_training(run, error)

    def _findings_so_far(self) -> tuple[Finding, ...]:
        """Judge trainings whose end does not show; asked for while an exception is handled, they have ended with it."""
        error = sys.exception()
        if self.ended or not self.records_fits or self.process != os.getpid():
            return ()
        if isinstance(error, Exception):
            self._end_trainings(error)
            return ()
        found: list[Finding] = []
        for adapter in list(_adapters.values()):
            with self.run.failures.guard("judging the training so far"):
                found += adapter.findings_so_far(self.run)
        return tuple(found)

    def _follow(self, model: Any) -> None:
        for adapter in list(_adapters.values()):
            adapter.follow(self.run, model)


def _begun(options: TrackOptions, *, lazily: bool, hold: bool) -> SessionRuns:
    """Return the runs of a session; what fails that is no mistake of the user's leaves the script without a record."""
    try:
        if lazily:
            return SessionRuns(foresee(survey(options)), None, stand=True, stay_offline=_stay_offline)
        run, ground = open_run(options)
        if ground.recording and ground.is_offline and not run.adopted:
            _stay_offline()
        return SessionRuns(ground, run, hold=hold)
    except TrackexpError:
        raise
    except Exception as error:
        if options.strict:
            raise TrackingError(f"the run could not begin: {error!r}") from error
        logger.debug("the run could not begin", exc_info=True)
        return SessionRuns(no_ground(options), nothing(options, error))


_current: ContextVar[Session | None] = ContextVar("trackexp_session", default=None)
_lock = threading.RLock()
_open: list[Session] = []  # oldest first
_started_in: WeakKeyDictionary[threading.Thread, Session] = WeakKeyDictionary()
_adapters: dict[str, Framework] = {}  # those that have patched their framework
_awaited: set[str] = set()  # modules with a post-import hook, which cannot be taken back


def end_at_exit(session: Session) -> None:
    """Have a session that nobody has ended when the process ends recorded as interrupted."""
    atexit.register(session.end, exit_code=INTERRUPTED)  # after W&B's own, and so called before it


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
    return None if session is None else session.current_run()


def fit_run(*, begins: bool = False) -> Run | None:
    """Return the run that a training here is recorded into: that of the innermost session that records fits.

    Args:
        begins: A fit begins now, which under `per_fit` has a run of its own.
    """
    session = current_session()
    while session is not None and not session.records_fits:
        session = _innermost_open(session.parent)
    if session is None:
        return None
    if begins and session.options.per_fit and not session.nested:
        session.runs.begin_fit()
    return session.current_run()


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
        if session.run.recording:
            patch_init(_script_init, _before_login)
        if session.records_fits:
            for module in FRAMEWORKS:
                if sys.modules.get(module) is not None:  # None is how an import is blocked
                    _patch(module)
                elif module not in _awaited:
                    _awaited.add(module)
                    wrapt.register_post_import_hook(_when_imported, module)


def _closed(session: Session, *, restore: bool = True) -> None:
    """Take a session out of the registry; after the last one everything is as it was before the first."""
    with _lock:
        if session in _open:
            _open.remove(session)
        if not any(other.records_fits for other in _open):
            while _adapters:
                _adapters.popitem()[1].unpatch()
        if not _open:
            _unpatch_threads()
            unpatch_init()
            if restore:
                unwatch_logs()
            if _mode_before:
                wandb_private.restore_mode(_mode_before.pop())
            if restore and restore_environment():
                wandb_private.take_environment()


def _script_init(init: Any, asked: dict[str, Any]) -> Any:
    """Answer a `wandb.init` of the script."""
    session = current_session()
    return ours(init)(**asked) if session is None else session.runs.script_init(init, asked)


def _before_login() -> None:
    """Find out before a `wandb.login` of the script whether there is anything to log in with."""
    session = current_session()
    if session is not None and not session.nested:
        with session.run.failures.guard("finding out where the runs go"):
            session.runs.settle()


_mode_before: list[str] = []


def _stay_offline() -> None:
    """Have the whole process offline where there is neither key nor server, as W&B's settings say it."""
    before = wandb_private.go_offline()
    if before is not None and not _mode_before:
        _mode_before.append(before)


def _patch(module: str) -> None:
    if module not in _adapters:
        home, _, name = FRAMEWORKS[module].partition(":")
        adapter: Framework = getattr(import_module(home), name)
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
