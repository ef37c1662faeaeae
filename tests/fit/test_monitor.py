from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.errors import UnknownMonitorError, UsageError
from trackexp.fit.monitor import Monitor, check_monitor, keras_key, run_key
from trackexp.record import direction_of


@pytest.mark.parametrize("monitor", ["val_loss", "val/loss"])
def test_both_dialects_are_one_metric(monitor: str) -> None:
    """`val_loss` and `val/loss` are the same key in Keras's logs, and one key in the run."""
    assert "val_loss" == keras_key(monitor)
    assert "val/loss" == run_key(keras_key(monitor))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=1))
def test_what_improves_is_the_running_minimum(values: list[float]) -> None:
    """Over any series the improvements are the strict new minima, and NaN never is one."""
    monitor = Monitor("loss", "min")
    monitor.resolve_direction(direction_of)
    improved = [value for value in values if monitor.improves(value)]
    minima: list[float] = []
    for value in values:
        if not math.isnan(value) and (not minima or value < minima[-1]):
            minima.append(value)

    assert minima == improved


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32)))
def test_min_and_max_mirror_each_other(values: list[float]) -> None:
    """A metric that rises improves where its negative, falling, does."""
    rising, falling = Monitor("a", "max"), Monitor("a", "min")
    rising.resolve_direction(direction_of)
    falling.resolve_direction(direction_of)

    assert [falling.improves(-value) for value in values] == [rising.improves(value) for value in values]


def test_the_metric_knows_its_direction_better_than_its_name() -> None:
    """Keras's own word for the direction outranks what the name suggests."""
    monitor = Monitor("val_loss_of_interest", "auto")
    monitor.resolve_direction({"loss_of_interest": "max"}.get)

    assert [True, True] == [monitor.improves(1.0), monitor.improves(2.0)]


def test_no_direction_is_asked_for() -> None:
    """A name that says nothing needs monitor_mode."""
    with pytest.raises(UsageError, match=r"monitor='zeta'.*monitor_mode='max'"):
        Monitor("zeta", "auto").resolve_direction(direction_of)


def test_a_val_metric_without_validation_is_no_typing_error() -> None:
    """`val_loss` with no validation data is replaced later, not refused; a typing error is."""
    check_monitor("val_loss", ["loss"], validation=False)
    with pytest.raises(UnknownMonitorError, match=r"reports loss, val_loss \(did you mean 'val_loss'\?\)"):
        check_monitor("val_lss", ["loss"], validation=True)
