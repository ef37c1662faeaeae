from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Fit
from trackexp.diagnosis.evidence.curves import constant_of, has_ended, is_complete, loss_of, never_learnt
from trackexp.diagnosis.fit import fits_of
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


def two_fits(fit_of: Callable[..., Any], first: int, second: int) -> list[dict[str, Any]]:
    """Facts of two fits, one behind the other on the run's axis."""
    return [
        fit_of(fit={"first_epoch": 0, "epochs_done": first, "epochs": first}),
        fit_of(fit={"first_epoch": first, "epochs_done": second, "epochs": second}),
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(6, 5, [list(range(6)), list(range(6, 11))]), (6, 2, [list(range(6)), []]), (1, 1, [[], []])],
    ids=["each its own stretch", "a short one", "a loop"],
)
def test_of_several_fits_each_has_its_own_curve(
    fit_of: Callable[..., Any], first: int, second: int, expected: list[list[int]]
):
    """One of fewer than five epochs is part of a longer training, and is not judged by itself."""
    values = [float(epoch) for epoch in range(first + second)]
    record = make_record(facts=two_fits(fit_of, first, second), metrics={"train/loss": values})

    assert expected == [loss_of(fit).tolist() for fit in fits_of(record)]


def test_a_fit_has_ended_when_it_says_so_or_is_complete(fit_of: Callable[..., Any]):
    """EarlyStopping ends one before its last epoch."""
    metrics = {"train/loss": [1.0] * 3}
    ended, under_way, complete = (
        next(fits_of(make_record(facts=fit_of(fit=facts), metrics=metrics)))
        for facts in ({"ended": True}, {}, {"epochs": 3})
    )

    assert (True, False, True) == tuple(has_ended(fit) for fit in (ended, under_way, complete))
