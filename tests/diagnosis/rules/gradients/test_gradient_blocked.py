from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "gradient-blocked"
CUT = {"weight_change": [0.0, 0.1, 0.1], "mean": [0.5, 0.5, 0.5], "gradient": [None, 0.1, 0.1]}


def dense(place: int, **fields: Any) -> dict[str, Any]:
    """A layer behind the one before."""
    return {"name": f"l{place}", "layer": "Dense", "parameters": 72, "trainable": True, "inputs": [f"l{place - 1}"],
            **fields}  # fmt: skip


def known(probed: Callable[..., Any], layers: Any, without: tuple[str, ...] = ("l1",), **columns: Any) -> Any:
    """Facts of three layers, of which some have no gradient."""
    facts = probed(layers={**CUT, **columns}, probes={"without_gradient": list(without)})
    facts["model"]["layers"] = layers
    return facts


@pytest.mark.parametrize(
    ("layers", "severity"),
    [([dense(1), dense(2), dense(3)], "warning"), ([dense(i, inputs=[]) for i in (1, 2, 3)], "info")],
    ids=["graph", "a call of the user's own"],
)
def test_it_names_the_layer(probed: Callable[..., Any], message_of: Callable[..., str], layers: Any, severity: str):
    """An alarm where the graph proves that it should learn."""
    expected = f"{severity}: the loss does not depend on the trainable weights of 'l1', and they do not change"

    assert expected == message_of(NAME, known(probed, layers))


@pytest.mark.parametrize(
    ("layers", "without", "columns"),
    [
        ([dense(1), dense(2), dense(3)], (), {}),
        ([dense(1), dense(2), dense(3)], ("l1",), {"weight_change": [1e-3, 0.1, 0.1]}),
        ([dense(1, inputs=[]), dense(2), dense(3)], ("l3",), {"weight_change": [0.1, 0.1, 0.0]}),
        ([dense(1), dense(2), dense(3)], ("l1",), {"mean": [None, 0.5, 0.5]}),
    ],
    ids=["all have one", "it moves all the same", "a head without a loss", "not called"],
)
def test_it_is_silent_elsewhere(
    probed: Callable[..., Any], judge: Callable[..., Any], layers: Any, without: Any, columns: Any
):
    """What is meant to have no gradient passes."""
    assert Status.PASSED == judge(NAME, known(probed, layers, without, **columns)).status


@pytest.mark.parametrize(
    "change", [{"looks": 1}, {"model": {"overrides": ["train_step"]}}], ids=["one look", "own step"]
)
def test_it_does_not_apply_where_it_cannot_tell(probed: Callable[..., Any], judge: Callable[..., Any], change: Any):
    """Two looks, and Keras's own step."""
    assert Status.NOT_APPLICABLE == judge(NAME, probed(layers=CUT, **change)).status
