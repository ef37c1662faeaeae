from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "early-stopping-misconfigured"
METRICS = [
    {"name": "accuracy", "identifier": "binary_accuracy", "direction": "max", "custom": False},
    {"name": "neg_mse", "identifier": "neg_mse", "direction": "min", "custom": True},
]


def watching(monitor: str, mode: str, callback: str = "EarlyStopping", **config: Any) -> dict[str, Any]:
    """A callback that watches a metric."""
    return {"callbacks": [{"callback": callback, "config": {"monitor": monitor, "mode": mode, **config}}]}


@pytest.mark.parametrize(
    ("monitor", "mode", "way"),
    [("val_loss", "max", "lower"), ("val_accuracy", "min", "higher"), ("loss", "max", "lower")],
)
def test_it_names_callback_and_mode(
    fit_of: Callable[..., Any], message_of: Callable[..., str], monitor: str, mode: str, way: str
):
    """And says which way is better."""
    assert (
        f"warning: EarlyStopping(monitor='{monitor}', mode='{mode}'): {monitor} is better the {way} it is"
    ) == message_of(NAME, fit_of(fit=watching(monitor, mode), metrics=METRICS))


@pytest.mark.parametrize(
    "fit",
    [
        watching("val_loss", "min"),
        watching("val_loss", "auto"),
        watching("val_neg_mse", "max"),
        watching("val_loss", "max", "ModelCheckpoint", save_best_only=False),
        watching("val_loss", "max", "MyCallback"),
    ],
    ids=["right", "auto", "custom metric", "keeps all", "another callback"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], fit: Any):
    """A mode that fits, or is not known, passes."""
    assert Status.PASSED == judge(NAME, fit_of(fit=fit, metrics=METRICS)).status


def test_it_does_not_apply_without_callbacks(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Nothing watches."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status
