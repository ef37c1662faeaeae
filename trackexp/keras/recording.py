"""One call of `fit` under `track`: its arguments become a plan, a session, and a callback beside the user's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeGuard

from trackexp import keras_private
from trackexp.fit import FitSession, Part, Plan
from trackexp.keras.bridge import BatchBridge, Bridge, CheckBridge
from trackexp.keras.callbacks import BestModel, TrackBatches, TrackMetrics
from trackexp.keras.streams import Batch, observe_batches
from trackexp.keras.trainee import KerasTrainee, callbacks_of
from trackexp.tracking import Run

# Classes of W&B's own callbacks that log metrics: where one is present, nothing is logged twice.
_WANDB_LOGGERS = frozenset({"WandbMetricsLogger", "WandbCallback"})
_BY_HAND = {BestModel: Part.BEST_MODEL, TrackMetrics: Part.ROWS, TrackBatches: Part.BATCHES}


def plan_of(arguments: Mapping[str, Any]) -> Plan:
    """Return what a call of `fit` asks for, from its arguments by name, defaults included."""
    validation, split = arguments.get("validation_data"), arguments.get("validation_split") or 0.0
    return Plan(
        epochs=int(arguments.get("epochs") or 1),
        initial_epoch=int(arguments.get("initial_epoch") or 0),
        has_validation=validation is not None or bool(split),
        x=arguments.get("x"),
        y=arguments.get("y"),
        sample_weight=arguments.get("sample_weight"),
        validation_data=validation,
        validation_split=split,
    )


@contextmanager
def recorded_fit(
    run: Run, model: Any, wrapped: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Record what a block does with a call of `fit`, and yield what to call it with.

    Args:
        run: Where it is recorded.
        model: The model whose `fit` it is.
        wrapped: Keras's own bound method.
        args: As the user passed them.
        kwargs: As the user passed them.

    Raises:
        DiagnosisError: The rules find something that the run is to fail on.
    """
    signature = keras_private.signature_of(wrapped, "fit")
    bound, known = signature.bind(*args, **kwargs), signature.bind(*args, **kwargs)
    known.apply_defaults()
    arguments = dict(known.arguments)
    given = bound.arguments.get("callbacks")
    plan, trainee = plan_of(arguments), KerasTrainee(run, model, arguments)
    without = frozenset(Part) if run.state.look_only else _done_by_others(callbacks_of(given))
    with FitSession(run, trainee, plan, without=without) as fit:
        fit.begin()
        trainee.take_arrays(plan, fit.facts.rows)
        _observe_streams(bound.arguments, fit, trainee)
        bridge = _bridge_of(run, fit, trainee)
        bound.arguments["callbacks"] = _with_bridge(given, bridge, model)
        try:
            yield bound.args, bound.kwargs
        except Exception:
            if fit.refusal is not None:
                raise fit.refusal from None
            raise
        finally:
            if _is_list(given) and bridge in given.callbacks:
                given.callbacks.remove(bridge)


def _done_by_others(callbacks: list[Any]) -> frozenset[Part]:
    """Return what the user's own callbacks do already."""
    parts = {part for kind, part in _BY_HAND.items() if any(isinstance(callback, kind) for callback in callbacks)}
    if any(type(callback).__name__ in _WANDB_LOGGERS for callback in callbacks):
        parts.add(Part.ROWS)
    return frozenset(parts)


def _observe_streams(arguments: dict[str, Any], fit: FitSession, trainee: KerasTrainee) -> None:
    """Put a watched stream in the place of each stream that is given."""
    if "x" in arguments:
        training = _Feed(fit, trainee, validation=False)
        arguments["x"] = observe_batches(arguments["x"], training, arguments.get("steps_per_epoch"))
    given = arguments.get("validation_data")
    if given is not None and fit.wants_validation_batches:
        validation = _Feed(fit, trainee, validation=True)
        arguments["validation_data"] = observe_batches(given, validation, arguments.get("validation_steps"))


class _Feed:
    """Hands the batches of a stream to the session and, the first one, to the trainee."""

    def __init__(self, fit: FitSession, trainee: KerasTrainee, *, validation: bool) -> None:
        self._fit, self._trainee, self._validation = fit, trainee, validation

    def __call__(self, batch: Batch) -> bool:
        if self._validation:
            return self._fit.see_validation_batch(*batch)
        self._trainee.take_first_batch(*batch)
        return self._fit.see_batch(*batch)

    def restart(self) -> None:
        self._fit.facts.restart_pass(validation=self._validation)


def _bridge_of(run: Run, fit: FitSession, trainee: KerasTrainee) -> Bridge:
    kind = CheckBridge if run.state.look_only else BatchBridge if fit.wants_batches else Bridge
    return kind(fit, trainee)


def _with_bridge(given: Any, bridge: Bridge, model: Any) -> Any:
    """Return the callbacks with ours at the end; a CallbackList is the user's, and `fit` takes it as it is."""
    if not _is_list(given):
        return [*callbacks_of(given), bridge]
    given.append(bridge)
    bridge.set_model(model)
    bridge.set_params(given.params)
    return given


def _is_list(callbacks: Any) -> TypeGuard[Any]:
    """Return whether it is Keras's CallbackList."""
    return hasattr(callbacks, "callbacks") and hasattr(callbacks, "append")
