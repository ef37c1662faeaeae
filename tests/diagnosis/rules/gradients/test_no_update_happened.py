from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "no-update-happened"


def still(probed: Callable[..., Any], changes: list[float | None], **change: Any) -> dict[str, Any]:
    """Three layers whose followed weights changed by so much in each of three probes."""
    layers = [
        {"name": "l1", "layer": "Embedding", "trainable": True, "parameters": 80},
        {"name": "l2", "layer": "Dense", "trainable": True, "parameters": 80},
        {"name": "l3", "layer": "Dense", "trainable": False, "parameters": 80},
    ]
    arguments: dict[str, Any] = {
        "layers": {"weight_change": changes},
        "model": {"layers": layers, "trainable_parameters": 160},
        **change,
    }
    return probed(**arguments)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("rate", "why"), [(0.001, "no update has reached them"), (0.0, "the learning rate is 0")])
def test_it_says_that_nothing_moved(probed: Callable[..., Any], message_of: Callable[..., str], rate: float, why: str):
    """And why, where the rate tells."""
    facts = still(probed, [0.0, 0.0, 0.0], optimizer={"learning_rate": rate})
    expected = f"error: no weight has changed in 10 epochs: {why}"

    assert expected == message_of(NAME, facts, metrics={"train/loss": [1.0] * 10})


@pytest.mark.parametrize("changes", [[0.0, 1e-9, 0.0], [0.1, 0.0, 0.0]], ids=["a little", "the embedding alone"])
def test_any_change_passes(probed: Callable[..., Any], judge: Callable[..., Any], changes: list[float | None]):
    """However small."""
    assert Status.PASSED == judge(NAME, still(probed, changes)).status


@pytest.mark.parametrize(
    ("changes", "looks"),
    [([0.0, 0.0, 0.0], 1), ([0.0, None, None], 3)],
    ids=["one probe", "an embedding alone"],
)
def test_it_does_not_apply(
    probed: Callable[..., Any], judge: Callable[..., Any], changes: list[float | None], looks: int
):
    """Rows of an embedding may be untouched by chance."""
    assert Status.NOT_APPLICABLE == judge(NAME, still(probed, changes, looks=looks)).status


@pytest.mark.parametrize(("end", "status"), [("a", Status.FINDING), ("b", Status.PASSED)])
def test_a_digest_of_the_weights_tells_without_probes(
    fit_of: Callable[..., Any], judge: Callable[..., Any], end: str, status: Status
):
    """A busy machine may leave no time for them."""
    layers = [{"name": "l", "layer": "Dense", "trainable": True, "parameters": 8}]
    model = {"layers": layers, "trainable_parameters": 8, "initial_weights": "a", "final_weights": end}

    assert status == judge(NAME, fit_of(model=model)).status


@pytest.mark.parametrize(("epochs", "status"), [(3, Status.NOT_APPLICABLE), (6, Status.FINDING)])
def test_accumulated_gradients_are_waited_for(
    probed: Callable[..., Any], judge: Callable[..., Any], epochs: int, status: Status
):
    """One update in 100 batches comes in the sixth epoch of 19."""
    facts = still(probed, [0.0, 0.0, 0.0], optimizer={"config": {"gradient_accumulation_steps": 100}})

    assert status == judge(NAME, facts, metrics={"train/loss": [1.0] * epochs}).status


def test_a_loop_whose_weights_were_seen_to_move_passes(probed: Callable[..., Any], judge: Callable[..., Any]):
    """Looks may fall between two updates; what they saw before and behind one counts more."""
    facts = {**still(probed, [0.0, 0.0, 0.0]), "framework": "torch", "loop": {"weights_moved": True, "updates": 4}}

    assert Status.PASSED == judge(NAME, facts).status
