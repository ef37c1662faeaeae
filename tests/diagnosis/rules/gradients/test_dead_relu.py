from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "dead-relu"
FLAT = {"train/loss": [1.0] * 10}
LEARNT = {"train/loss": [1.0, *[0.1] * 9]}


def relu(place: int, units: int = 8) -> dict[str, Any]:
    """A relu layer behind the one before."""
    return {"name": f"l{place}", "layer": "Dense", "activation": "relu", "units": units, "parameters": 72,
            "inputs": [f"l{place - 1}"], "trainable": True, "config": {}, "calls": 1}  # fmt: skip


def test_it_names_layer_share_and_loss(probed: Callable[..., Any], message_of: Callable[..., str]):
    """Which layer is dead, and what became of the training."""
    facts = probed(layers={"dead": [0.2, 0.95, None]}, target={"std": 1.0})

    assert (
        "warning: 95% of the relu units of 'l2' are 0 on all of 256 rows, in two consecutive probes; after "
        "10 epochs the loss "
        "is 1, and a constant prediction has 1"
    ) == message_of(NAME, facts, metrics=FLAT)


@pytest.mark.parametrize(
    ("layers", "dead", "severity"),
    [([relu(0), relu(1), relu(2)], 1.0, "warning"), ([relu(0), relu(1), relu(2)], 0.95, "info"), ([], 1.0, "info")],
    ids=["nothing passes a chain", "a little passes", "the graph is not known"],
)
def test_without_a_failure_only_a_whole_layer_of_a_chain_is_an_alarm(
    probed: Callable[..., Any], judge: Callable[..., Any], layers: Any, dead: float, severity: str
):
    """A training that does well is told, not alarmed."""
    facts = probed(layers={"dead": [dead, 0.0, 0.0]}, names=("l1", "l2", "l3"), target={"std": 1.0})
    facts["model"]["layers"] = layers
    (finding,) = judge(NAME, facts, metrics=LEARNT).findings

    assert severity == finding.severity


@pytest.mark.parametrize(
    "facts",
    [
        {"layers": {"dead": [0.9, 0.5, 0.0]}},
        {"layers": {"dead": [1.0, 0.0, 0.0]}, "probes": {"layers": {"dead": [[1.0, 0, 0], [0.8, 0, 0], [1.0, 0, 0]]}}},
        {"layers": {"dead": [1.0, 0.0, 0.0]}, "names": ("l1", "l2", "l3"), "units_of_first": 3},
    ],
    ids=["just at the share", "one look alone", "three units"],
)
def test_it_is_silent_elsewhere(probed: Callable[..., Any], judge: Callable[..., Any], facts: Any):
    """Sparse layers, a single look and tiny layers pass."""
    units = facts.pop("units_of_first", 8)
    known = probed(**facts, target={"std": 1.0})
    known["model"]["layers"] = [relu(1, units)]

    assert Status.PASSED == judge(NAME, known, metrics=FLAT).status


def test_it_does_not_apply_after_one_look(probed: Callable[..., Any], judge: Callable[..., Any]):
    """Two consecutive probes are asked for."""
    assert Status.NOT_APPLICABLE == judge(NAME, probed(layers={"dead": [1.0, 1.0, 1.0]}, looks=1)).status
