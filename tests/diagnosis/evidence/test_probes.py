from __future__ import annotations

from typing import Any

import pytest

from trackexp.diagnosis import Fit
from trackexp.diagnosis.evidence.probes import feeds_trained
from trackexp.testing import make_record


def layer(name: str, *inputs: str, depth: int = 0) -> dict[str, Any]:
    """A layer that learns."""
    return {"name": name, "inputs": list(inputs), "depth": depth, "trainable": True, "parameters": 4}


def fit_of(layers: list[dict[str, Any]], *without: str) -> Fit:
    """A fit that was looked at."""
    facts: Any = {"model": {"layers": layers}, "probes": {"without_gradient": list(without)}}
    return Fit(0, facts, make_record())


NESTED = [layer("encoder"), layer("inner", depth=1), layer("last", "inner", depth=1), layer("head", "encoder")]


@pytest.mark.parametrize(
    ("layers", "without", "name", "expected"),
    [
        ([layer("a"), layer("b", "a")], ["a"], "a", True),
        ([layer("a"), layer("b", "a")], ["a", "b"], "b", False),
        (NESTED, ["inner", "last"], "last", True),
        (NESTED, ["inner", "last"], "inner", True),
        (NESTED, ["inner", "last", "head"], "last", False),
        (NESTED[:3], ["inner", "last"], "last", False),
        ([{**layer("a"), "inputs": []}], ["a"], "a", None),
    ],
    ids=["a chain", "the last", "ends a nested model", "inside one", "nothing learns", "a nested head", "no graph"],
)
def test_a_layer_feeds_what_follows_the_model_around_it(
    layers: list[dict[str, Any]], without: list[str], name: str, expected: bool | None
) -> None:
    """What ends a nested model feeds what that model feeds; a head feeds nothing."""
    assert expected == feeds_trained(fit_of(layers, *without), name)
