from __future__ import annotations

from typing import Any

import pytest

from trackexp.diagnosis.fit import Fit
from trackexp.record import Facts
from trackexp.testing import make_record


def pairs(losses: list[dict[str, Any]], targets: list[dict[str, Any]], outputs: list[str]) -> list[tuple[Any, Any]]:
    """Return the label and the target's first axis of every head."""
    facts: Any = {
        "compile": {"losses": losses},
        "data": {"targets": targets},
        "model": {"outputs": [{"name": name} for name in outputs]},
    }
    return [(head.label, head.target.get("shape")) for head in Fit(0, facts, make_record()).heads()]


@pytest.mark.parametrize(
    ("losses", "targets", "outputs", "expected"),
    [
        ([{}], [{"shape": [1]}], ["a"], [("", [1])]),
        ([{}], [{"shape": [1]}], [], [("", [1])]),
        ([{}], [{"shape": [1]}, {"shape": [2]}], ["a", "b"], [("a", [1]), ("b", [2])]),
        ([{"output": "b"}], [{"shape": [1]}, {"shape": [2]}], ["a", "b"], [("b", [2])]),
        ([{"output": "b"}], [{"shape": [1], "name": "b"}, {"shape": [2], "name": "a"}], ["a", "b"], [("b", [1])]),
        ([{"output": "c"}], [{"shape": [1], "name": "b"}, {"shape": [2], "name": "a"}], ["a", "c"], [("c", None)]),
        ([{"output": "a"}, {"output": "b"}], [{"shape": [1]}], ["a", "b"], [("a", None), ("b", None)]),
    ],
    ids=["single", "outputs unseen", "one for all", "by place", "by name", "name unknown", "fewer targets"],
)
def test_a_loss_meets_the_targets_that_it_is_computed_on(
    losses: list[dict[str, Any]],
    targets: list[dict[str, Any]],
    outputs: list[str],
    expected: list[tuple[str, list[int] | None]],
):
    """By name where there are names, by place where there is one for each, and never by a guess."""
    assert expected == pairs(losses, targets, outputs)


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("compile.loss", True),
        ("compile.losses", False),
        ("data.targets", False),
        ("model", False),
        ("fit.epochs", True),
    ],
)
def test_an_empty_list_is_no_fact(path: str, there: bool):
    """Zero is a value; an empty list, None and an absent key are not."""
    facts = Facts(compile={"loss": "mse", "losses": []}, fit={"epochs": 0})

    assert there == Fit(0, facts, make_record()).has(path)
