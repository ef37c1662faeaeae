"""The runs that are open in this process: a `track` inside one of them writes to it and opens no second one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.arrival.ledger import keep_ledger
from trackexp.tracking.code.capture import capture_code
from trackexp.tracking.failures import Failures, Notifier
from trackexp.tracking.options import TrackOptions
from trackexp.tracking.run import Run, RunState
from trackexp.tracking.secrets import Scrubber
from trackexp.tracking.secrets.starting import refuse_in_code, watch
from trackexp.tracking.termination import termination
from trackexp.tracking.wandb_gates import check_gates

_current: list[Run] = []
# Of runs that plain `wandb.init` made: several `track` blocks inside one of them share one best model and one axis.
_states: WeakKeyDictionary[Any, RunState] = WeakKeyDictionary()


def enter(run: Run) -> Run:
    """Put a run on the list of those that a nested `track` adopts, and that SIGTERM ends."""
    _current.append(run)
    if run.recording:
        termination.open()
    return run


def leave(run: Run) -> None:
    """Take a run off that list."""
    if run in _current:
        _current.remove(run)


def open_runs() -> list[Run]:
    """Return the runs that are open in this process, the innermost last."""
    return list(_current)


def adopt(options: TrackOptions, voice: Notifier, scrubber: Scrubber, outer: Run | None = None) -> Run | None:
    """Return the open run in a shell of its own: `outer`, that of an outer `track`, or one that `wandb.init` made."""
    run = _inside(outer, options) if outer is not None else _around(_plain_run(), options, voice, scrubber)
    if run is None:
        return None
    if options.project not in (None, run.wandb_run.project) and run.recording:
        run.voice.say(
            f"project={options.project!r} is not used: the run that is open already belongs to the project "
            f"{run.wandb_run.project or 'uncategorized'!r} (under trackexp run: --project {options.project})"
        )
    if isinstance(options.config, Mapping):
        run.update_config(options.config)
    if options.tags:
        with run.failures.guard("adding the tags"):
            run.wandb_run.tags = tuple(dict.fromkeys((*(run.wandb_run.tags or ()), *options.tags)))
    return enter(run)


def _plain_run() -> Any:
    """Return the run that a plain `wandb.init` made; one that belongs to a `track` elsewhere is left to it."""
    active = wandb_private.active_run()
    return None if any(run.wandb_run is active for run in _current) else active


def _inside(outer: Run, options: TrackOptions) -> Run:
    """Return a shell around the run of an outer `track`; what fails in it is counted there too."""
    failures = outer.failures
    if options.strict != failures.strict:
        failures = Failures(outer.voice, strict=options.strict, outer=failures)
    return Run(
        outer.wandb_run,
        options,
        outer.voice,
        recording=outer.recording,
        adopted=True,
        state=outer.state,
        failures=failures,
    )


def _around(wandb_run: Any, options: TrackOptions, voice: Notifier, scrubber: Scrubber) -> Run | None:
    """Return a shell around a run of plain wandb, None where there is none; what it stores from now on is masked."""
    if wandb_run is None:
        return None
    known = wandb_run in _states
    state = _states.setdefault(wandb_run, RunState(scrubber=scrubber))
    run = Run(wandb_run, options, voice, recording=not wandb_private.is_noop(wandb_run), adopted=True, state=state)
    if not known:
        watch(run, check_gates())
        if run.recording and not wandb_private.is_offline(wandb_run):
            keep_ledger(wandb_run)
    if run.recording and state.code is None:
        state.code = capture_code(options, Environment.read(), state.scrubber)
        refuse_in_code(options, state.code, state.scrubber)
        with run.failures.guard("recording the code"):
            state.code.attach(run)
    return run
