"""Records every `fit` and `evaluate` inside `track`, with no callback passed, whenever Keras is imported.

`fit` belongs to the trainer class of the backend: it is found along the MRO of `keras.Model` and wrapped there, so that
Sequential, functional and subclassed models, and an overridden `fit` that calls super, all pass through it once.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import wrapt

from trackexp.errors import UnsupportedVersionError
from trackexp.tracking import Run
from trackexp.tracking.live_diagnosis import FitLookedAtError

_METHODS = ("fit", "evaluate")
_active: list[Run] = []
_patches: list[tuple[type, str, Any, Any]] = []
_hooked: set[str] = set()
_inside = threading.local()


def start(run: Run) -> None:
    """Record every `fit` into the run from now on; Keras may be imported before or after.

    Raises:
        UnsupportedVersionError: Keras 2 is imported.
    """
    _active.append(run)
    for module, patch in (("keras", _patch), ("tf_keras", _refuse_tf_keras)):
        if sys.modules.get(module) is not None:  # None is how an import is blocked
            patch(sys.modules[module])
        elif module not in _hooked:
            _hooked.add(module)
            wrapt.register_post_import_hook(_when_active(patch), module)


def stop(run: Run) -> None:
    """Stop recording into the run; after the last one Keras is as it was before."""
    if run in _active:
        _active.remove(run)
    if _active:
        return
    for owner, name, original, ours in _patches:
        if vars(owner).get(name) is ours:  # another library may have wrapped ours since: theirs stays, ours is inert
            setattr(owner, name, original)
    _patches.clear()


def _when_active(patch: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a post-import hook, which cannot be taken back: it acts only while a run is open."""

    def hook(module: Any) -> None:
        if _active:
            patch(module)

    return hook


def _patch(keras: Any) -> None:
    version = str(getattr(keras, "__version__", "3"))
    if version.split(".")[0] in ("1", "2"):
        raise UnsupportedVersionError(_REFUSAL.format(what=f"Keras {version}"))
    for name, wrapper in zip(_METHODS, (_fit, _evaluate), strict=True):
        _wrap(_owner(keras.Model, name), name, wrapper)


def _refuse_tf_keras(tf_keras: Any) -> None:
    _wrap(_owner(tf_keras.Model, "fit"), "fit", _refused_fit)


_REFUSAL = (
    "{what} cannot be recorded, Keras 3 is needed: pip install -U 'keras>=3' and unset TF_USE_LEGACY_KERAS, "
    "or pass track(autolog=False) and log by hand with run.log"
)


def _refused_fit(wrapped: Any, _model: Any, args: Any, kwargs: Any) -> Any:
    if _active:
        raise UnsupportedVersionError(_REFUSAL.format(what="tf_keras (Keras 2)"))
    return wrapped(*args, **kwargs)


def _owner(model: type, name: str) -> type:
    return next(owner for owner in model.__mro__ if name in vars(owner))


def _wrap(owner: type, name: str, wrapper: Any) -> None:
    original = vars(owner)[name]
    if any(patched is owner and method == name for patched, method, _, _ in _patches):
        return
    wrapt.wrap_function_wrapper(owner, name, wrapper)
    _patches.append((owner, name, original, vars(owner)[name]))


def _fit(wrapped: Any, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run Keras's own `fit` with our callback beside the user's; a fit inside a fit is left alone."""
    if not _active or _depth():
        return wrapped(*args, **kwargs)
    from trackexp.keras.recording import recorded_fit

    run = _active[-1]
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
    if not _active or _depth():
        return wrapped(*args, **kwargs)
    from trackexp.keras.evaluation import with_test_metrics

    run = _active[-1]
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
