"""The runs of one session: its own, and those that its script begins itself with `wandb.init`."""

from __future__ import annotations

import atexit
import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from trackexp.errors import TrackexpError, TrackingError
from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.closing import close, watch_end
from trackexp.tracking.code.capture import Capture, capture_code
from trackexp.tracking.opening.adoption import leave
from trackexp.tracking.opening.arguments import SeenArguments
from trackexp.tracking.opening.early_console import EarlyConsole
from trackexp.tracking.opening.names import is_named, run_name, script_name
from trackexp.tracking.opening.nothing import nothing
from trackexp.tracking.opening.script_init import (
    Init,
    asked_mode,
    completed,
    fits,
    ours,
    parsed_config,
    take_on,
)
from trackexp.tracking.opening.starting import Ground, attach, begin, no_ground, settle, stay_online
from trackexp.tracking.options import TrackOptions
from trackexp.tracking.run import Run, RunState
from trackexp.tracking.secrets.starting import give_back_config, masked_start
from trackexp.tracking.termination import termination
from trackexp.tracking.wandb_gates import replay_console

logger = logging.getLogger("trackexp")


class SessionRuns:
    """The runs of one session.

    A `wandb.init` of the script belongs to the script: the run that is open becomes the one it asks for, as long as
    nothing was written to it; where that cannot be, a run of its own is begun, and one that is empty never existed.
    What the script ends is ended; what it logs or trains after that begins a run again.

    Args:
        ground: How runs begin here.
        own: The session's own run; None to begin it only when something is recorded.
        stand: The session's options stand where the script says something else.
        hold: Whatever the script asks for goes into the session's own run.
        stay_offline: Called once it is known that there is neither key nor server.
    """

    def __init__(
        self,
        ground: Ground,
        own: Run | None,
        *,
        stand: bool = False,
        hold: bool = False,
        stay_offline: Callable[[], None] = lambda: None,
    ) -> None:
        self._ground, self._stay_offline = ground, stay_offline
        self._stand, self._hold = stand, hold
        self._others: list[tuple[Run, threading.Thread]] = []
        self._lock = threading.RLock()
        self._lent = False  # whether the session's own shell is around a run of the script's
        self._left_open: list[tuple[Run, int]] = []
        self._waits_for_exit = False
        self._fits, self._name = 1, ground.options.name
        self.began = own is not None
        self._early = EarlyConsole() if own is None and ground.recording else None
        self._arguments = SeenArguments(self._more_arguments) if own is None and ground.recording else None
        self.own = own or Run(None, ground.options, ground.notifier, recording=ground.recording)
        self.own.reopened_by(self.open)
        if own is not None and own.recording:
            self._watch(own)

    def settle(self) -> None:
        """Find out where runs go, as the environment says it now: not before the script has had its say."""
        with self._lock:
            before, self._ground = self._ground, settle(self._ground)
            if self._ground.is_offline and self._ground.is_settled and not before.is_settled:
                self._stay_offline()

    @property
    def is_pending(self) -> bool:
        """Whether nothing has been begun yet."""
        return not self.began

    @property
    def is_open(self) -> bool:
        """Whether a run is open now."""
        return bool(self._others) or not self.own.detached

    def current(self) -> Run:
        """Return the run that is written to here and now, begun where none is open."""
        with self._lock:
            others = [run for run, thread in self._others if thread is threading.current_thread()]
            if others or self._others:
                return others[-1] if others else self._others[-1][0]
            self.own.ensure_open()
            return self.own

    def open(self) -> None:
        """Begin the session's own run, where none is open."""
        with self._lock:
            if self.own.detached and self._ground.recording:
                early = self._printed_so_far()
                try:
                    self.settle()
                    self._name_it()
                    _, self._ground = begin(self._ground, self.own)
                except TrackexpError:
                    raise
                except Exception as error:
                    self._give_up(error)
                    return
                self._has_begun(self.own, early)
                self._watch(self.own)
                self._more_arguments()

    def _name_it(self) -> None:
        """Give a run that nobody has named a name of the script and of what was set on its command line."""
        options = self._ground.options
        if self._arguments is None or options.name or options.id or options.resume or is_named():
            return
        with self.own.failures.guard("naming the run"):
            name = run_name(script_name(), self._arguments.varying(), self._ground.folder)
            self._name = self._ground.scrubber.text(name, "name")
            self._ground = replace(self._ground, options=replace(options, name=self._name))

    def _more_arguments(self) -> None:
        """Put what the script's parser has read into the config of our own run; a script's own run has its own."""
        own = self.own
        if self._arguments is not None and not own.detached and not own.scripted and not own.adopted and own.recording:
            values = self._arguments.config()
            if values:
                own.update_config(values)

    def _give_up(self, error: Exception) -> None:
        """Record nothing from here on, since no run can begin."""
        if self._ground.options.strict:
            raise TrackingError(f"the run could not begin: {error!r}") from error
        logger.debug("the run could not begin", exc_info=True)
        self._ground = no_ground(self._ground.options)
        self.began = True
        self.own.bind(nothing(self._ground.options, error).wandb_run, RunState(), recording=False)

    def begin_fit(self) -> None:
        """Give a fit that begins now a run of its own, where the open one has a fit already; all are in one group."""
        with self._lock:
            own, options = self.own, self._ground.options
            if own.detached or own.scripted or own.adopted or not own.recording or not own.state.fits:
                return
            self._fits += 1
            name = f"{self._name}-{self._fits}" if self._name else None
            close(own, 0)
            own.detached = True
            self._ground = replace(self._ground, options=replace(options, name=name, id=None, resume=None))
            self.open()

    def script_init(self, init: Init, asked: dict[str, Any]) -> Any:
        """Return what a `wandb.init` of the script gives: W&B's run, recorded as ours.

        Args:
            init: W&B's own function.
            asked: The script's arguments by name.
        """
        if not self._ground.recording or asked_mode(asked) == "disabled":
            return ours(init)(**asked)
        with self._lock:
            own = self.own
            if not own.detached and not own.scripted and not own.adopted and self._takes_over(asked, own):
                own.scripted = True
                return own.wandb_run
            try:
                self.settle()
                ground = self._ground
                options = (
                    replace(ground.options, save_code=False) if asked.get("save_code") is False else ground.options
                )
                code = capture_code(options, Environment.read(), ground.scrubber)
            except TrackexpError:
                raise
            except Exception as error:
                self._give_up(error)
                return ours(init)(**asked)
            return self._begin_scripted(init, asked, code)

    def _takes_over(self, asked: Mapping[str, Any], own: Run) -> bool:
        """Let the session's own run become the script's; False where it cannot, and then an empty one is gone."""
        wanted = self._standing(asked)
        if self._hold or fits(wanted, own):
            with own.failures.guard("taking on what wandb.init asks for"):
                take_on(wanted, own)
            return True
        if not own.is_touched:
            self._discard(own)
        return False

    def _standing(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the script asks for without what the session's options overrule."""
        options = self._ground.options
        default = TrackOptions()
        overruled = [
            name
            for name in asked
            if self._stand and hasattr(options, name) and getattr(options, name) != getattr(default, name)
        ]
        for name in overruled:
            if name not in ("config", "tags", "settings", "dir") and asked[name] != getattr(options, name):
                self.own.voice.say(f"{name}={asked[name]!r} of wandb.init is not used: the command line says otherwise")
        kept = ("config", "tags")
        return {name: value for name, value in asked.items() if name not in overruled or name in kept}

    def _begin_scripted(self, init: Init, asked: Mapping[str, Any], code: Capture) -> Any:
        ground = self._ground
        assert ground.folder is not None
        offline = ground.is_offline and Environment.read().mode is None
        call = completed(
            self._standing(asked),
            ground.options,
            ground.folder,
            code.wandb_settings,
            offline=offline,
            stand=self._stand,
        )
        beside = not self.own.detached and not self.own.scripted and not self.own.adopted
        if beside and call.get("reinit") in (None, "default", "return_previous"):
            call["reinit"] = "create_new"  # our own run is not the one that the script means
        early = self._printed_so_far()
        with masked_start(ground.scrubber):
            wandb_run = ours(init)(**call)
        if self._known(wandb_run):
            return wandb_run
        if beside and asked.get("reinit") != "create_new":
            wandb_private.make_global(wandb_run)
        if wandb_private.is_noop(wandb_run):
            return wandb_run
        if not wandb_private.is_offline(wandb_run):
            stay_online(wandb_run)
        if self.own.detached:
            run = attach(wandb_run, ground, code, self.own)
            self._lent = True
        else:
            run = attach(wandb_run, ground, code)
            self._others.append((run, threading.current_thread()))
        run.scripted = True
        if self._stand:
            self._wait_for_exit()
        with run.failures.guard("giving the config back as the script has set it"):
            give_back_config(run, parsed_config(call))
        self._has_begun(run, early)
        self._watch(run)
        return wandb_run

    def _has_begun(self, run: Run, early: list[tuple[str, str]]) -> None:
        """Note that a run has begun; the first one is given what was printed before it."""
        self.began = True
        with run.failures.guard("storing what was printed before the run began"):
            replay_console(run.wandb_run, early)

    def _printed_so_far(self) -> list[tuple[str, str]]:
        early, self._early = self._early, None
        return [] if early is None else early.take()

    def let_others_begin(self) -> None:
        """Leave the recording to runs that the script opens with `track`."""
        self.began = True
        self._printed_so_far()
        if self._arguments is not None:
            self._arguments.undo()
            self._arguments = None

    def _known(self, wandb_run: Any) -> bool:
        runs = [self.own, *(run for run, _ in self._others)]
        return any(run.wandb_run is wandb_run and not run.detached for run in runs)

    def _watch(self, run: Run) -> None:
        watch_end(run, lambda: self._ended(run))

    def _ended(self, run: Run) -> None:
        """Take note that somebody else has ended a run."""
        with self._lock:
            run.detached = True
            if run is self.own and self._lent:  # it was the script's: what is logged now begins a run of our own
                self._lent, run.wandb_run = False, None
            self._others = [(other, thread) for other, thread in self._others if other is not run]

    def _discard(self, own: Run) -> None:
        """Make a run that holds nothing never have existed."""
        with own.failures.guard("taking back an empty run"):
            inner, folder = own.wandb_run, own.folder
            path = None if wandb_private.is_offline(inner) else inner.path
            own.closed = True
            leave(own)
            inner.finish()
            termination.closed()
            own.detached, own.wandb_run = True, None
            shutil.rmtree(folder, ignore_errors=True)
            if path is not None:
                wandb_private.delete_run(path)

    def _wait_for_exit(self) -> None:
        if not self._waits_for_exit:  # just after W&B's own at first, and so called just before it
            self._waits_for_exit = True
            atexit.register(self._close_at_exit)

    def _close_at_exit(self) -> None:
        while self._left_open:
            close(*self._left_open.pop(0))

    def close(self, exit_code: int, *, leave_scripted: bool = False) -> bool:
        """End what is open; a session that has begun nothing is recorded now, with its code and how it ended.

        Args:
            exit_code: How the script has ended.
            leave_scripted: Leave the runs that the script has begun itself open for what it does at exit.

        Returns:
            Whether one was left open.
        """
        if self.is_pending:
            self.open()
        if self._arguments is not None:
            self._more_arguments()
            self._arguments.undo()
        for run in [*(run for run, _ in reversed(self._others)), self.own]:
            if leave_scripted and run.scripted and not (run.closed or run.detached):
                self._left_open.append((run, exit_code))
                self._wait_for_exit()
            else:
                close(run, exit_code)
        return bool(self._left_open)
