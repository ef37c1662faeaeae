from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status, diagnose
from trackexp.testing import make_record

NAME = "batchnorm-averages-lag"
LOSSES = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
CURVE = {"metrics": {"train/loss": LOSSES}}


def lagging(
    probed: Callable[..., Any], inference: float = 0.7, momentum: float = 0.99, batches: int = 2, **layer: Any
) -> dict[str, Any]:
    """A model with one batch normalisation, and its loss in inference mode at the end."""
    norm = {"name": "bn", "layer": "BatchNormalization", "trainable": True, "config": {"momentum": momentum}, **layer}
    found: dict[str, Any] = probed(
        scalars={"loss": [0.9, 0.8, inference]}, model={"layers": [norm]}, fit={"batches": batches}
    )
    return found


def test_it_tells_the_two_losses_and_what_is_left(probed: Callable[..., Any], message_of: Callable[..., str]):
    """0.99 to the power of 20 updates is 82 %."""
    assert (
        "warning: after 20 updates the moving averages of batch normalisation still hold 82% of their initial values: "
        "the loss on training rows is 0.7 in inference mode, 0.1 in training"
    ) == message_of(NAME, lagging(probed), **CURVE)


@pytest.mark.parametrize(
    "change",
    [{"inference": 0.14}, {"momentum": 0.8}, {"batches": 100}, {"trainable": False}, {"layer": "LayerNormalization"}],
    ids=["alike", "low momentum", "many updates", "frozen", "another normalisation"],
)
def test_averages_that_have_caught_up_pass(
    probed: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]
):
    """And so does a model whose two losses agree."""
    assert Status.PASSED == judge(NAME, lagging(probed, **change), **CURVE).status


def test_it_does_not_apply_without_a_probe_of_the_end(probed: Callable[..., Any], judge: Callable[..., Any]):
    """On a busy machine there may be no time for it; the reason says so."""
    facts = lagging(probed)
    facts["probes"]["epochs"] = [0, 1, 2]
    outcome = judge(NAME, facts, **CURVE)

    assert Status.NOT_APPLICABLE == outcome.status
    assert "skipped, the last probe is of epoch 2 of 10" in outcome.reason


def test_it_explains_what_looks_like_overfitting(probed: Callable[..., Any]):
    """One cause, and not the symptom with a remedy that does not help."""
    rising = [0.5, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.7, 0.7]
    record = make_record(facts=lagging(probed), metrics={"train/loss": LOSSES, "val/loss": rising})

    assert ["batchnorm-averages-lag"] == [one.name for one in diagnose(record, select="TX0").findings]
