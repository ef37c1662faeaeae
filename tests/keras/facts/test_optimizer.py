from __future__ import annotations

from typing import Any

import keras
import pytest

from trackexp.keras.facts.optimizer import optimizer_facts, unwrapped

DECAY = keras.optimizers.schedules.ExponentialDecay(0.05, decay_steps=10, decay_rate=0.5)


@pytest.mark.parametrize(
    ("optimizer", "identifier", "rate"),
    [
        (keras.optimizers.Adam(0.01), "adam", 0.01),
        (keras.optimizers.AdamW(0.002), "adamw", 0.002),
        (keras.optimizers.SGD(1.0, momentum=0.9), "sgd", 1.0),
        (keras.optimizers.RMSprop(DECAY), "rmsprop", 0.05),
        (keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)), "adam", 0.01),
        (keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(DECAY)), "sgd", 0.05),
    ],
)
def test_the_rate_is_found_whatever_carries_it(optimizer: Any, identifier: str, rate: float) -> None:
    """A number, a schedule and an optimizer inside a wrapper give the rate of the first step."""
    facts = optimizer_facts(optimizer)

    assert facts is not None
    assert (identifier, rate) == (facts["identifier"], facts["learning_rate"])


def test_a_schedule_is_told_with_its_arguments() -> None:
    """Kind and config of a schedule are data that a rule can replay."""
    facts = optimizer_facts(keras.optimizers.SGD(DECAY))

    assert facts is not None
    assert {
        "identifier": "exponential_decay",
        "initial_learning_rate": 0.05,
        "decay_steps": 10,
        "decay_rate": 0.5,
        "staircase": False,
    } == facts["schedule"]


class OwnSchedule(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step: Any) -> Any:
        raise AssertionError("must not be called")


def test_a_users_schedule_is_named_not_called() -> None:
    """Code of the user does not run for the facts."""
    facts = optimizer_facts(keras.optimizers.SGD(OwnSchedule()))

    assert facts is not None
    assert (None, {"identifier": "own_schedule"}) == (facts["learning_rate"], facts["schedule"])


def test_clipping_and_decay_are_in_the_config() -> None:
    """What rules read of an optimizer is plain data."""
    facts = optimizer_facts(keras.optimizers.Adam(clipnorm=1e-8, weight_decay=0.1))

    assert facts is not None
    assert (1e-8, 0.1) == (facts["config"]["clipnorm"], facts["config"]["weight_decay"])


def test_no_optimizer_is_none() -> None:
    """A model that is only evaluated may have none."""
    assert optimizer_facts(None) is None


def test_a_wrapper_that_holds_itself_ends() -> None:
    """Unwrapping is bounded."""

    class Loop:
        @property
        def optimizer(self) -> Any:
            return Loop()

    assert isinstance(unwrapped(Loop()), Loop)
