from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Member, Status
from trackexp.testing import make_record

Judge = Callable[..., Any]

NAME = "duplicate-run"


def run(name: str, values: list[float], curves: dict[str, bytes] | None = None, **config: Any) -> Member:
    """Return a run with this curve."""
    return Member(
        make_record(name, config=config), name, values=values, curves=curves or {"val/loss": str(values).encode()}
    )


CURVE = [0.5, 0.4, 0.3]


def test_a_copy_is_named(message_of: Callable[..., str]):
    """With the run that it copies."""
    seen = message_of(NAME, [run("a", CURVE, lr=1), run("b", CURVE, lr=1), run("c", [0.5, 0.4, 0.2])])

    assert "warning: b is a duplicate of a: the same values to the last bit" == seen


@pytest.mark.parametrize(
    ("config", "said"),
    [({"seed": 1, "lr": 1}, "although seed differs"), ({"seed": 1, "lr": 2}, "although lr, seed differ")],
)
def test_what_had_no_effect_is_named(message_of: Callable[..., str], config: dict[str, Any], said: str):
    """A seed that does not reach the training."""
    assert f"{said}: it had no effect" in message_of(NAME, [run("a", CURVE, seed=0, lr=1), run("b", CURVE, **config)])


@pytest.mark.parametrize(
    "others",
    [
        [run("b", [0.5, 0.4, 0.3000001])],
        [run("b", CURVE, {"val/loss": str(CURVE).encode(), "val/accuracy": b"1"})],
    ],
    ids=["another value", "another metric differs"],
)
def test_it_is_silent_where_anything_differs(judge: Judge, others: list[Member]):
    """To the last bit."""
    first = run("a", CURVE, {"val/loss": str(CURVE).encode(), "val/accuracy": b"2"})

    assert Status.PASSED == judge(NAME, [first, *others]).status


@pytest.mark.parametrize("values", [[0.1, 0.1, 0.1, 0.1], [0.1, 0.2], [float("nan")] * 5])
def test_it_does_not_apply_to_runs_that_learned_nothing(judge: Judge, values: list[float]):
    """Two constants are no sign of anything."""
    assert Status.NOT_APPLICABLE == judge(NAME, [run("a", values), run("b", values)]).status
