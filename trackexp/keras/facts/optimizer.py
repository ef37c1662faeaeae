"""Facts of the optimizer, looked up through LossScaleOptimizer and other wrappers."""

from __future__ import annotations

from typing import Any

from trackexp import keras_private
from trackexp.fit.plain import described, is_own, name_of, number, plain
from trackexp.record.facts import OptimizerFacts

_INNER = ("inner_optimizer", "optimizer", "_optimizer")


def optimizer_facts(optimizer: Any) -> OptimizerFacts | None:
    """Return identifier, learning rate at the next step, schedule and arguments; None without an optimizer."""
    optimizer = unwrapped(optimizer)
    if optimizer is None:
        return None
    try:
        config = optimizer.get_config()
    except (AttributeError, NotImplementedError, TypeError):
        config = {}
    skipped = ("name", "learning_rate", "is_legacy_optimizer")
    return OptimizerFacts(
        identifier=name_of(optimizer).lower(),
        learning_rate=learning_rate(optimizer),
        schedule=_schedule(keras_private.optimizer_rate(optimizer)),
        config={key: plain(value) for key, value in config.items() if key not in skipped},
    )


def unwrapped(optimizer: Any) -> Any:
    """Return the optimizer that carries the learning rate, inside whatever wraps it."""
    for _ in range(8):  # a bound: a wrapper may refer to itself
        inner = next((found for name in _INNER if (found := getattr(optimizer, name, None)) is not None), None)
        if inner is None or inner is optimizer:
            break
        optimizer = inner
    return optimizer


def learning_rate(optimizer: Any, *, call_schedule: bool = False) -> float | None:
    """Return the rate at the next step, whatever carries it: a variable, a schedule or a function.

    Args:
        optimizer: Wrapped or not; None for none.
        call_schedule: Ask a schedule of the user's own too, as the step that has just ended has done. Before the first
            step it is not called: it is the user's code, and might draw random numbers.
    """
    optimizer = unwrapped(optimizer)
    rate = keras_private.optimizer_rate(optimizer)
    if rate is None:
        return number(_detached(getattr(optimizer, "learning_rate", None)))
    if not is_own(type(rate), "keras") and callable(rate) and not call_schedule:
        return number(getattr(rate, "initial_learning_rate", None))
    found = number(_detached(optimizer.learning_rate))
    return None if found is None else float(f"{found:.7g}")  # float32 holds seven digits


def _detached(value: Any) -> Any:
    """Return a variable's value without its gradient, which torch refuses to convert silently."""
    value = getattr(value, "value", value)
    return value.detach() if hasattr(value, "detach") else value


def _schedule(rate: Any) -> dict[str, Any] | None:
    if not callable(rate) or hasattr(rate, "assign"):
        return None
    found = described(rate)
    return found if isinstance(found, dict) else {"identifier": found}
