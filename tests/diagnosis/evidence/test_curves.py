from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Fit
from trackexp.diagnosis.evidence.curves import constant_of, is_complete, loss_of, never_learnt
from trackexp.testing import make_record


@pytest.mark.parametrize(
    ("values", "constant", "words"),
    [
        ([1.0] * 10, 1.0, "after 10 epochs the loss is 1, and a constant prediction has 1"),
        ([1.0] * 9 + [0.94], 1.0, ""),
        ([1.0] * 9, 1.0, ""),
        ([1.0] * 10, None, ""),
        ([math.nan], None, "the loss is nan after 1 epochs"),
        ([], 1.0, ""),
    ],
)
def test_a_training_that_never_learnt(
    fit_of: Callable[..., Any], values: list[float], constant: float | None, words: str
):
    """It has to be complete, unless it is no number any more."""
    record = make_record(facts=fit_of(), metrics={"train/loss": values})

    assert words == never_learnt(Fit(0, record.facts[0], record), constant, 0.95)


def test_curves_of_several_fits_are_not_mixed(fit_of: Callable[..., Any]):
    """Where one fit ends and the next begins is not in the record."""
    record = make_record(facts=[fit_of(), fit_of()], metrics={"train/loss": [1.0] * 10})
    fit = Fit(0, record.facts[0], record)

    assert 0 == len(loss_of(fit))
    assert not is_complete(fit)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 4.0),
        ({"fit": {"class_weight": {"0": 9.0}}}, None),
        ({"fit": {"sample_weight": True}}, None),
        ({"weight": 0.5}, None),
        ({"config": {"label_smoothing": 0.1}}, None),
        ({"layers": [{"name": "d", "config": {"kernel_regularizer": "l2"}}]}, None),
        ({"model": {"kind": "subclassed"}}, None),
    ],
)
def test_a_constant_is_compared_with_a_bare_loss_alone(fit_of: Callable[..., Any], change: Any, expected: float | None):
    """Weights, smoothing and regularisation are in the curve too."""
    record = make_record(facts=fit_of(target={"std": 2.0}, **change))

    assert expected == constant_of(Fit(0, record.facts[0], record))
