"""Records every `fit` and `evaluate` inside `track`, with no callback passed, whenever Keras is imported.

`fit` belongs to the trainer class of the backend: it is found along the MRO of `keras.Model` and wrapped there, so that
Sequential, functional and subclassed models, and an overridden `fit` that calls super, all pass through it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import wrapt

from trackexp.errors import UnsupportedVersionError
from trackexp.fit.protocols import Framework
from trackexp.session import fit_run
from trackexp.tracking import Run
from trackexp.tracking.live_diagnosis import FitLookedAtError

_METHODS = ("fit", "evaluate")
_patches: list[tuple[type, str, Any, Any]] = []
_inside = threading.local()


class _Keras(Framework):
    """Records Keras 3 while sessions are open."""

    name, module = "keras", "keras"

    def patch(self) -> None:
        """Wrap `fit` and `evaluate`.

        Raises:
            UnsupportedVersionError: Keras 2 is imported.
        """
        _patch(sys.modules["keras"])

    def unpatch(self) -> None:
        """Leave Keras as it was before."""
        for owner, name, original, ours in _patches:
            if vars(owner).get(name) is ours:  # wrapped by others since: theirs stays, ours is inert
                setattr(owner, name, original)
        _patches.clear()


class _LegacyKeras(_Keras):
    """Refuses a `fit` of tf_keras while sessions are open."""

    module = "tf_keras"

    def patch(self) -> None:
        """Wrap `fit` so that it raises."""
        _refuse_tf_keras(sys.modules["tf_keras"])


KERAS, LEGACY_KERAS = _Keras(), _LegacyKeras()


def _patch(keras: Any) -> None:
    version = str(getattr(keras, "__version__", "3"))
    if version.split(".")[0] in ("1", "2"):
        raise UnsupportedVersionError(_REFUSAL.format(what=f"Keras {version}"))
    for name, wrapper in zip(_METHODS, (_fit, _evaluate), strict=True):
        for owner in _owners(keras.Model, name):
            _wrap(owner, name, wrapper)


def _refuse_tf_keras(tf_keras: Any) -> None:
    _wrap(_owners(tf_keras.Model, "fit")[0], "fit", _refused_fit)


_REFUSAL = (
    "{what} cannot be recorded, Keras 3 is needed: pip install -U 'keras>=3' and unset TF_USE_LEGACY_KERAS, "
    "or pass track(autolog=False) and log by hand with run.log"
)


def _refused_fit(wrapped: Any, _model: Any, args: Any, kwargs: Any) -> Any:
    if fit_run() is not None:
        raise UnsupportedVersionError(_REFUSAL.format(what="tf_keras (Keras 2)"))
    return wrapped(*args, **kwargs)


def _owners(model: type, name: str) -> list[type]:
    """Return the classes that implement the method: the backend's trainer, and `Model` where a tool has put its own.

    All are wrapped, and a call that passes through several is recorded once: whichever a tool puts back or takes away
    while a run is open, one of ours is on the way.
    """
    return [owner for owner in model.__mro__ if name in vars(owner) and owner.__name__ != "Trainer"]


class _Recorded(wrapt.FunctionWrapper[..., Any]):
    """A method that we have wrapped; one that another tool puts back later is known again by its class."""


def _wrap(owner: type, name: str, wrapper: Any) -> None:
    original = vars(owner)[name]
    if isinstance(original, _Recorded):
        return
    ours = _Recorded(original, wrapper)
    setattr(owner, name, ours)
    _patches.append((owner, name, original, ours))


def _fit(wrapped: Any, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run Keras's own `fit` with our callbacks beside the user's; a fit inside a fit is left alone."""
    run = None if _depth() else fit_run(begins=True)
    if run is None:
        return wrapped(*args, **kwargs)
    from trackexp.keras.recording import recorded_fit

    with ExitStack() as recording:
        with run.failures.guard("preparing to record the fit"), _no_training_unseen(run):
            args, kwargs = recording.enter_context(recorded_fit(run, model, wrapped, args, kwargs))
        with _Depth():
            return wrapped(*args, **kwargs)


@contextmanager
def _no_training_unseen(run: Run) -> Iterator[None]:
    """End a script whose fit was only to be looked at, also where the look fails: it must not train instead."""
    try:
        yield
    except Exception as error:
        if not run.state.look_only:
            raise
        raise FitLookedAtError(f"its fit could not be looked at: {type(error).__name__}: {error}") from error


def _evaluate(wrapped: Any, _model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Run Keras's own `evaluate`; outside of a fit its results go to `test/…`."""
    run = None if _depth() else fit_run()
    if run is None:
        return wrapped(*args, **kwargs)
    from trackexp.keras.evaluation import with_test_metrics

    with run.failures.guard("preparing to record the evaluation"):
        args, kwargs = with_test_metrics(run, wrapped, args, kwargs)
    with _Depth():
        return wrapped(*args, **kwargs)


def _depth() -> int:
    return int(getattr(_inside, "depth", False))


class _Depth:
    """Marks this thread as being inside a `fit` or `evaluate` of Keras."""

    def __enter__(self) -> None:
        _inside.depth = _depth() + 1

    def __exit__(self, *_: object) -> None:
        _inside.depth -= 1
