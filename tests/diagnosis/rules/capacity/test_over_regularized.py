from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "over-regularized"
FLAT = {"train/loss": [9.0] * 10}
PENALISED = [
    {"name": f"l{i}", "layer": "Dense", "config": {"kernel_regularizer": {"identifier": "l2", "l2": 1.0}}}
    for i in (1, 2)
]
COLLAPSED = {"layers": {"weight_scale": [0.001, 0.002, 0.1]}, "probes": {"initial_scale": [0.1, 0.1, 0.1]}}


def known(probed: Callable[..., Any], **arguments: Any) -> Any:
    """Facts with two penalised layers, whose loss without penalties is a constant's."""
    scalars = {"loss": 1.0, "regularization": 0.0, **arguments.pop("scalars", {})}
    facts = probed(scalars=scalars, target={"std": 1.0}, **arguments)
    facts["model"]["layers"] = PENALISED
    return facts


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        ({"scalars": {"regularization": 19.0}}, "95% of the loss is penalty on weights"),
        (COLLAPSED, "the penalised weights have shrunk to 1.5% of their first size"),
    ],
)
def test_it_names_what_the_penalty_did(
    probed: Callable[..., Any], message_of: Callable[..., str], arguments: Any, seen: str
):
    """Its share of the loss, or what is left of the weights."""
    expected = f"warning: {seen}; the loss without penalties is 1, and a constant prediction has 1"

    assert expected == message_of(NAME, known(probed, **arguments), metrics=FLAT)


@pytest.mark.parametrize(
    "arguments",
    [
        {"scalars": {"regularization": 8.9}},
        {"scalars": {"regularization": 19.0, "loss": 0.2}},
        {**COLLAPSED, "probes": {"initial_scale": [0.01, 0.02, 0.1]}},
    ],
    ids=["just below", "it learns", "just above a tenth"],
)
def test_it_is_silent_elsewhere(probed: Callable[..., Any], judge: Callable[..., Any], arguments: Any):
    """A penalty with which something is learnt passes."""
    assert Status.PASSED == judge(NAME, known(probed, **arguments), metrics=FLAT).status


def test_it_does_not_apply_before_the_end(probed: Callable[..., Any], judge: Callable[..., Any]):
    """A training under way may still get there."""
    facts = known(probed, scalars={"regularization": 19.0})

    assert Status.NOT_APPLICABLE == judge(NAME, facts, metrics={"train/loss": [9.0] * 9}).status
