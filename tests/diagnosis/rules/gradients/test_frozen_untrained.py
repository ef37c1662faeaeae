from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "frozen-untrained"


def dense(name: str, *, frozen: bool | None = None) -> dict[str, Any]:
    """A layer: trainable (None), or frozen as its initializer made it (True) or as something else did (False)."""
    found = {"name": name, "layer": "Dense", "parameters": 72, "trainable": frozen is None, "inputs": []}
    return found if frozen is None else {**found, "as_initialized": frozen}


def test_it_names_the_layers(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """How many, and the first of them."""
    layers = [dense("a", frozen=True), dense("b", frozen=True), dense("head")]

    assert (
        "warning: 2 frozen layers, 'a' first, are as the initializer made them: never trained, nothing was loaded"
    ) == message_of(NAME, fit_of(layers=layers))


def test_one_layer_is_a_remark_until_small_models_beat_it(probed: Callable[..., Any], message_of: Callable[..., str]):
    """A random projection may be on purpose."""
    layers = [dense("a", frozen=True), dense("b"), dense("head")]
    poor = {"scalars": {"score": 0.5, "balanced": 0.5}, "reference": {
        "kind": "classes", "rows": 900, "chance": 0.1, "linear": 0.4, "neighbours": 0.9, "balanced": 0.9}}  # fmt: skip
    said = "the frozen 'a' is as the initializer made them: never trained, nothing was loaded"

    assert f"info: {said}" == message_of(NAME, probed(layers={}, **{"model": {"layers": layers}}))
    assert message_of(NAME, probed(model={"layers": layers}, **poor)).startswith(f"warning: {said}; 50% of the rows")


@pytest.mark.parametrize(
    "layers",
    [
        [dense("a"), dense("head")],
        [dense("a", frozen=False), dense("b", frozen=True), dense("head")],
        [dense("generator"), dense("critic", frozen=True), dense("score", frozen=True)],
        [dense("a", frozen=True), dense("b", frozen=True)],
    ],
    ids=["trainable", "something was loaded", "behind what learns", "nothing learns"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """Transfer learning and critics pass."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers)).status


def test_it_does_not_apply_to_a_step_of_the_users_own(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What is trained there cannot be seen."""
    facts = fit_of(layers=[dense("a", frozen=True)], model={"overrides": ["train_step"]})
    facts["model"]["layers"] = [dense("a", frozen=True)]

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status
