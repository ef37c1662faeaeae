"""The front door: `track`, as a decorator and as a context manager.

Nothing but builtins is imported here until a run is opened: `import trackexp` must cost next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from types import TracebackType
    from typing import Any, Literal, ParamSpec, TypeVar, Unpack, overload

    from trackexp.session import Session
    from trackexp.tracking import Run, TrackOptions
    from trackexp.tracking.options import TrackArguments

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
        from trackexp.session import Session

        session = Session(self._options)
        self._sessions.append(session)
        return session.run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        here = [session for session in self._sessions if session.is_here]  # others may be open in other threads
        session = here[-1] if here else self._sessions[-1]
        self._sessions.remove(session)
        session.end(error)
        return False

    def __getattr__(self, name: str) -> Any:
        hint = (
            "" if name.startswith("_") else "; a run is what `with track(...) as run:` or `trackexp.start(...)` gives"
        )
        raise AttributeError(f"track(...) has no attribute {name!r}{hint}")

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Wrap a function, so that each of its calls is a run with its arguments as the config."""
        from trackexp.session import Session
        from trackexp.tracking.opening.calls import decorate

        return decorate(function, self._options, Session)


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
    diagnose: bool | str | Iterable[str] = True,
    ignore: str | Iterable[str] = (),
    fail_on: Literal["error", "warning", "info"] | None = None,
    strict: bool = False,
    save_code: bool = True,
    strict_secrets: bool = False,
    per_fit: bool = False,
    settings: object = None,
) -> Tracker: ...
# fmt: off
def track(
    project: Any = None, *,
    entity: str | None = None, name: str | None = None, group: str | None = None, job_type: str | None = None,
    tags: Iterable[str] = (), notes: str | None = None, config: Mapping[str, Any] | str | object | None = None,
    id: str | None = None, resume: str | bool | None = None, dir: str | PathLike[str] | None = None, mode: str = "auto",
    monitor: str = "val_loss", monitor_mode: str = "auto", best_model: str | None = "model-best.h5",
    log_freq: str | int = "epoch", examples: int = 0, autolog: bool = True,
    diagnose: bool | str | Iterable[str] = True, ignore: str | Iterable[str] = (), fail_on: str | None = None,
    strict: bool = False, save_code: bool = True, strict_secrets: bool = False,
    per_fit: bool = False, settings: object = None,
) -> Any:
    # fmt: on
    """Record a training script with W&B, as a decorator or in a `with` statement.

    `project` to `dir` are `wandb.init`'s. `config` may be a mapping, a dataclass, a Namespace or the path of a YAML,
    JSON or TOML file; a decorated function's arguments are added to it. `mode` is W&B's, or `"auto"`: online where a
    key is found and the server answers. `monitor` (`val_loss` or `val/loss`) and `monitor_mode` choose the best model,
    kept in `best_model` (`.h5`, `.keras`, `.weights.h5`, or None for no file).

    `log_freq="batch"` keeps every batch too, in a file of the run, with means on the dashboard: of so many batches
    where it is a number. `examples` is how many rows of the validation data are logged with their predictions, as a
    table at the end. `autolog` records every `fit` of Keras. `diagnose` names mistakes while the script runs: False, or
    the rules to run; `ignore` leaves some out, `fail_on="error"` raises on a finding of that severity, mostly before
    the first epoch.

    `strict` raises what fails in tracking rather than say it and go on. `save_code` keeps what differs from the commit,
    and the sources. Secrets in what is stored are masked; `strict_secrets` refuses to start instead. `per_fit`
    gives every fit a run of its own, all in one group. `settings` are
    further ones of W&B's, as a mapping or `wandb.Settings`.

    Raises:
        UsageError: An argument cannot be right.
        DiagnosisError: A finding is as severe as `fail_on` says.
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


def start(project: str | None = None, **arguments: Unpack[TrackArguments]) -> Run:
    """Begin a run that `run.finish()` ends: for notebooks, whose cells are not one block.

    What the cells train and log until then goes into it; a run that is never finished ends with the process, as an
    interrupted one.

    Args:
        project: W&B's project.
        arguments: Those of `track`.

    Raises:
        UsageError: An argument cannot be right.

    >>> run = start("digits", mode="disabled")
    >>> run.log({"accuracy": 0.97})
    >>> run.finish()
    """
    from trackexp.session import Session, end_at_exit
    from trackexp.tracking.options import TrackOptions

    given: dict[str, Any] = {"project": project, **arguments}
    session = Session(TrackOptions(**given))
    end_at_exit(session)
    return session.run
