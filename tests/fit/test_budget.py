from __future__ import annotations

import pytest

from trackexp.fit.budget import Budget


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def trained(seconds: list[float], spent: float = 0.0) -> Budget:
    """Return the budget after epochs of so many seconds."""
    clock = Clock()
    budget = Budget(clock)
    for epoch in seconds:
        clock.time += epoch
        budget.end_epoch()
    with budget.booked():
        clock.time += spent
    return budget


@pytest.mark.parametrize(
    ("seconds", "spent", "left"),
    [
        ([10.0, 10.0], 0.0, 0.16),
        ([10.0, 10.0], 0.1, 0.06),
        ([0.5, 0.5], 0.0, 0.12),
        ([3.0, 0.5, 0.5], 0.0, 0.28),
        ([10.0], 0.2, -0.12),
    ],
    ids=["long epochs", "what was spent counts", "short epochs", "the first epoch compiles", "too much"],
)
def test_what_is_left_follows_the_training(seconds: list[float], spent: float, left: float) -> None:
    """Under 1 % of long epochs, under 5 % and 50 ms an epoch of short ones."""
    assert left == pytest.approx(trained(seconds, spent).left)


def test_probes_are_no_training() -> None:
    """Time that was spent on looking does not buy more of it."""
    assert 20.0 == pytest.approx(trained([10.0, 10.0], spent=5.0).trained)


def test_the_start_is_neither_training_nor_spent() -> None:
    """The profile of a stream's first batch comes before the first update, though within the first epoch."""
    clock = Clock()
    budget = Budget(clock)
    with budget.paused():
        clock.time += 5.0
    clock.time += 10.0

    assert (10.0, 0.0) == (budget.trained, budget.spent)


def test_what_fails_is_booked_too() -> None:
    """A look that raises has cost its time all the same."""
    clock = Clock()
    budget = Budget(clock)

    def fails() -> None:
        with budget.booked():
            clock.time += 1.0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert 1.0 == budget.spent


def test_the_last_thing_may_take_what_was_kept_back() -> None:
    """What looks leave over is for the small models at the end."""
    budget = trained([10.0, 10.0], spent=0.15)

    assert (True, False) == (budget.affords(0.04), budget.affords(0.06))
