from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "float16-overflow"
NAN = float("nan")


def half(policy: str = "mixed_float16", rate: float = 0.001, **array: Any) -> dict[str, Any]:
    """A model of that policy."""
    inputs = [{"shape": [600, 8], "minimum": 0.0, "maximum": 1.0, **array}]
    return {"model": {"dtype_policy": policy}, "inputs": inputs, "optimizer": {"learning_rate": rate}}


def test_inputs_beyond_the_format_are_certain(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """They are infinite as soon as they are cast."""
    (finding,) = judge(NAME, fit_of(**half(maximum=1e5))).findings

    assert (
        "dtype policy mixed_float16: the inputs reach 1e+05, and the largest number of float16 is 65,504"
    ) == finding.message
    assert "certain" == finding.confidence


def test_a_loss_that_is_not_finite_is_likely_its_doing(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """The data are finite, and the learning rate is a usual one."""
    (finding,) = judge(NAME, fit_of(**half("float16")), metrics={"train/loss": [1.0, NAN]}).findings

    assert "dtype policy float16: the loss is nan in epoch 1, and the data are finite" == finding.message
    assert "likely" == finding.confidence


@pytest.mark.parametrize(
    ("change", "last"),
    [
        (half("float32"), NAN),
        (half("mixed_bfloat16"), NAN),
        (half(rate=0.01), NAN),
        (half(nan_share=0.1), NAN),
        (half(maximum=65_503.0), 0.5),
    ],
    ids=["float32", "bfloat16", "a high rate", "NaN in the data", "just below"],
)
def test_other_causes_are_not_taken_for_it(
    fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any], last: float
):
    """Formats of the range of float32, rates and data that explain it themselves."""
    assert Status.PASSED == judge(NAME, fit_of(**change), metrics={"train/loss": [1.0, last]}).status


def test_it_does_not_apply_without_the_policy(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A record of plain wandb does not tell."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status
