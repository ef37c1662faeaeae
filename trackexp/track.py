"""The front door: `track`, as a decorator and as a context manager.

Nothing but builtins is imported here until a run is opened: `import trackexp` must cost next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from types import TracebackType
    from typing import Any, Literal, ParamSpec, TypeVar, overload

    from trackexp.tracking import Run, TrackOptions

    P = ParamSpec("P")
    R = TypeVar("R")
else:

    def overload(function):  # typing.overload would cost the import of typing
        """Leave the runtime alone: the overloads speak to type checkers and editors."""
        return function


class Tracker:
    """What `track(...)` returns: use it as a decorator, or in a `with` statement; each use opens one run."""

    __slots__ = ("_options", "_sessions")

    def __init__(self, options: TrackOptions) -> None:
        self._options = options
        self._sessions: list[Session] = []

    def __enter__(self) -> Run:
        session = Session(self._options)
        self._sessions.append(session)
        return session.run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self._sessions.pop().end(error)
        return False

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Wrap a function, so that each of its calls is a run with its arguments as the config."""
        from trackexp.tracking.decorating import decorate

        return decorate(function, self._options, Session)


class Session:
    """One run from its opening to its end, with the recording of Keras switched on in between."""

    def __init__(self, options: TrackOptions) -> None:
        from trackexp.tracking import open_run

        self.run = open_run(options)
        self._recording = self.run.recording and options.autolog
        if self._recording:
            from trackexp.keras import autolog

            try:
                autolog.start(self.run)
            except BaseException as error:  # Keras 2, for one: no open run may be left behind
                self.end(error)
                raise

    def end(self, error: BaseException | None) -> None:
        """End the run; `error` is what the block was left with, None for its normal end."""
        from trackexp.tracking import close, exit_code_of

        if self._recording:
            from trackexp.keras import autolog

            autolog.stop(self.run)
        with self.run.failures.yielding_to(error):
            close(self.run, exit_code_of(error))


@overload
def track(project: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def track(
    project: str | None = None,
    *,
    entity: str | None = None,
    name: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    tags: Iterable[str] = (),
    notes: str | None = None,
    config: Mapping[str, Any] | str | object | None = None,
    id: str | None = None,
    resume: str | bool | None = None,
    dir: str | PathLike[str] | None = None,
    mode: Literal["auto", "online", "offline", "shared", "disabled"] = "auto",
    monitor: str = "val_loss",
    monitor_mode: Literal["auto", "min", "max"] = "auto",
    best_model: str | None = "model-best.h5",
    log_freq: Literal["epoch", "batch"] | int = "epoch",
    examples: int = 0,
    autolog: bool = True,
    diagnose: bool = True,
    strict: bool = False,
    save_code: bool = True,
    strict_secrets: bool = False,
    settings: object = None,
) -> Tracker: ...
def track(
    project: Any = None,
    *,
    entity: str | None = None,
    name: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    tags: Iterable[str] = (),
    notes: str | None = None,
    config: Mapping[str, Any] | str | object | None = None,
    id: str | None = None,
    resume: str | bool | None = None,
    dir: str | PathLike[str] | None = None,
    mode: str = "auto",
    monitor: str = "val_loss",
    monitor_mode: str = "auto",
    best_model: str | None = "model-best.h5",
    log_freq: str | int = "epoch",
    examples: int = 0,
    autolog: bool = True,
    diagnose: bool = True,
    strict: bool = False,
    save_code: bool = True,
    strict_secrets: bool = False,
    settings: object = None,
) -> Any:
    """Record a training script with W&B, as a decorator or in a `with` statement.

    `project` to `dir` are `wandb.init`'s. `config` may be a mapping, a dataclass, a Namespace or a YAML file's path; a
    decorated function's arguments are added. `mode` is W&B's, or `"auto"`: online where there is a key and the server
    answers. `monitor` (`val_loss` or `val/loss`) and `monitor_mode` choose the best model, kept in `best_model` (`.h5`,
    `.keras`, `.weights.h5`; None for no file). `log_freq="batch"` keeps every batch too, with means on the dashboard:
    of so many batches where it is a number. `examples` is how many rows are logged with their predictions at the end.
    `autolog` records every `fit` of Keras, `diagnose` names mistakes at once, `strict` raises what fails in tracking.
    `save_code` keeps the code. Secrets are masked; with `strict_secrets` nothing starts instead. `settings`: W&B's own.

    Raises:
        UsageError: An argument cannot be right.
        CredentialsError: The server refuses the key, or does not know the entity.
        SecretsFoundError: The run would store a secret, and `strict_secrets` is set.

    >>> track(project="digits", mode="disabled")(lambda lr=1e-3: {"accuracy": 0.97})(lr=3e-4)
    {'accuracy': 0.97}
    """
    arguments = dict(locals())  # before anything else is bound: exactly the arguments
    function = arguments.pop("project") if callable(project) else None
    from trackexp.tracking.options import TrackOptions

    tracker = Tracker(TrackOptions(**arguments))
    return tracker if function is None else tracker(function)
