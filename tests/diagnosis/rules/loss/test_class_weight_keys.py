from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "class-weight-keys"


def weighted(keys: list[str], units: int = 3) -> dict[str, Any]:
    """A classifier with a weight of 2 for every key."""
    return {
        "loss": "sparse_categorical_crossentropy",
        "activation": "softmax",
        "units": units,
        "fit": {"class_weight": dict.fromkeys(keys, 2.0)},
    }


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["zero", "one", "two"], "3 keys of class_weight stand for no class (zero, one, two)"),
        (["1", "2", "3"], "1 of 3 keys of class_weight stand for no class (3)"),
        (["0", "0.5"], "1 of 2 keys of class_weight stand for no class (0.5)"),
        (["-1"], "1 keys of class_weight stand for no class (-1)"),
    ],
)
def test_it_names_the_keys(fit_of: Callable[..., Any], message_of: Callable[..., str], keys: list[str], said: str):
    """Which keys, and which classes there are."""
    expected = f"error: {said}; the classes are 0 to 2: these weights have no effect"

    assert expected == message_of(NAME, fit_of(**weighted(keys)))


@pytest.mark.parametrize("keys", [["0", "1", "2"], ["0.0", "1.0", "2.0"], ["1"]])
def test_numbers_of_classes_pass(fit_of: Callable[..., Any], judge: Callable[..., Any], keys: list[str]):
    """As text of a float too; a class without a key has the weight 1."""
    assert Status.PASSED == judge(NAME, fit_of(**weighted(keys))).status


@pytest.mark.parametrize(("keys", "status"), [(["0", "1"], Status.PASSED), (["1", "2"], Status.FINDING)])
def test_one_unit_has_two_classes(
    fit_of: Callable[..., Any], judge: Callable[..., Any], keys: list[str], status: Status
):
    """0 and 1, whatever the loss."""
    assert status == judge(NAME, fit_of(**{**weighted(keys, 1), "loss": "binary_crossentropy"})).status


def test_it_does_not_apply_to_a_step_of_ones_own(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What becomes of the weights there is not known."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(**weighted(["9"]), model={"overrides": ["train_step"]})).status
