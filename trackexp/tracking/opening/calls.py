"""`@track`: each call of a function is a run, its arguments are the config, a returned mapping the summary."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from trackexp.errors import UsageError
from trackexp.tracking import wandb_private
from trackexp.tracking.opening.names import is_named, run_name
from trackexp.tracking.options import TrackOptions
from trackexp.tracking.run import Run
from trackexp.tracking.values import is_number, json_config, more, scalars

P = ParamSpec("P")
R = TypeVar("R")


class _Session(Protocol):
    run: Run

    def end(self, error: BaseException | None) -> None: ...


def decorate(
    function: Callable[P, R], options: TrackOptions, session: Callable[[TrackOptions], _Session]
) -> Callable[P, R]:
    """Return the function in a wrapper with the same signature that opens a run around each call.

    Raises:
        UsageError: It is no function, or a generator, which has no end that a run could share.
    """
    if not callable(function) or isinstance(function, type):
        raise UsageError(f"@track was put on {function!r}: expected a function")
    name = getattr(function, "__qualname__", repr(function))
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise UsageError(
            f"@track was put on the generator {name}: its body runs piece by piece, after the call has returned; "
            "open the run where it is consumed: with track(...) as run:"
        )
    if inspect.iscoroutinefunction(function):
        return cast(Callable[P, R], _async(function, options, session))

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        call = _Call(function, args, kwargs, options, session)
        try:
            result = function(*call.args, **call.kwargs)
        except BaseException as error:
            call.end(error)
            raise
        call.end(None, result)
        return result

    return wrapper


def _async(function: Any, options: TrackOptions, session: Callable[[TrackOptions], _Session]) -> Any:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = _Call(function, args, kwargs, options, session)
        try:
            result = await function(*call.args, **call.kwargs)
        except BaseException as error:
            call.end(error)
            raise
        call.end(None, result)
        return result

    return wrapper


class _Call:
    """One call as one run: the arguments as they go to the function, which a sweep may have changed."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: TrackOptions,
        session: Callable[[TrackOptions], _Session],
    ) -> None:
        bound = inspect.signature(function).bind(*args, **kwargs)  # wrong arguments raise before a run is opened
        given = set(bound.arguments)
        bound.apply_defaults()
        config = _as_config(bound)
        self._session = session(_named(_with_config(options, config), function, config, given))
        with self._session.run.failures.guard("taking the sweep's arguments"):
            _take_sweep(self._session.run, bound, config, given)
        self.args, self.kwargs = bound.args, bound.kwargs

    def end(self, error: BaseException | None, result: object = None) -> None:
        if error is None and self._session.run.recording:
            self._session.run.summarise(result)
            with self._session.run.failures.guard("saying what of the result is not kept"):
                _say_dropped(self._session.run, result)
        self._session.end(error)


def _say_dropped(run: Run, result: object) -> None:
    """Say which results are not kept: numbers without a name, and entries of a mapping that are no single value."""
    if isinstance(result, Mapping):
        kept = scalars(result)
        left = [f"{key} ({type(value).__name__})" for key, value in result.items() if key not in kept]
        if left:
            run.voice.say(f"not in the summary, since a summary holds single values: {', '.join(left[:5])}{more(left)}")
    elif is_number(result) or (isinstance(result, tuple | list) and result and all(map(is_number, result))):
        shown = repr(result) if len(repr(result)) <= 60 else f"a {type(result).__name__} of {len(repr(result))} letters"
        run.voice.say(f"the result {shown} is not kept: it has no name; return a mapping, such as {{'accuracy': 0.93}}")


def _as_config(bound: inspect.BoundArguments) -> dict[str, Any]:
    """Return the arguments as config: a method's `self` left out, `**kwargs` laid flat."""
    config: dict[str, Any] = {}
    for position, (name, value) in enumerate(bound.arguments.items()):
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            config.update(value)
        elif not (position == 0 and name in ("self", "cls")) and not (
            kind is inspect.Parameter.VAR_POSITIONAL and not value
        ):
            config[name] = value
    clean, _ = json_config(config)  # arrays and models are fair arguments: described, with no word of warning
    return clean


def _with_config(options: TrackOptions, arguments: dict[str, Any]) -> TrackOptions:
    config = options.config
    if isinstance(config, str):
        raise UsageError(
            f"config={config!r}: a decorated function's arguments are its config; pass a mapping beside them"
        )
    return replace(options, config={**(config or {}), **arguments})


def _named(
    options: TrackOptions, function: Callable[..., Any], config: Mapping[str, Any], given: set[str]
) -> TrackOptions:
    """Give the run of a call a name where it has none: the function's, and the arguments that are no defaults."""
    if options.name or options.id or options.resume or is_named():
        return options
    defaults = {name: one.default for name, one in inspect.signature(function).parameters.items()}
    varying = {name: value for name, value in config.items() if name in given and defaults.get(name) is not value}
    subject = getattr(function, "__name__", "run")
    return replace(options, name=run_name(subject, varying, options.dir or os.environ.get("WANDB_DIR")))


def _take_sweep(run: Run, bound: inspect.BoundArguments, config: Mapping[str, Any], given: set[str]) -> None:
    """Let the values of W&B's sweep replace defaults; also where nothing is recorded, for all ranks train alike.

    In a run of a sweep W&B locks the sweep's values: where the run's config is not what was passed, it is the sweep's.
    """
    if not wandb_private.is_sweep(run.wandb_run):
        return
    stored = dict(run.wandb_run.config)
    for name, value in config.items():
        if name not in stored or stored[name] == value:
            continue
        if name in bound.arguments and name not in given:
            bound.arguments[name] = stored[name]
        else:
            run.voice.say(
                f"{name}={value!r} was passed, the sweep's {name} is {stored[name]!r}: the function gets what was "
                "passed, the config keeps the sweep's"
            )
