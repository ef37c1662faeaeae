from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trackexp.crossval.grid import check_function, setting_text, settings_of
from trackexp.errors import UsageError


def test_a_grid_is_every_combination_in_order():
    """The last parameter moves fastest."""
    found = settings_of({"lr": [0.1, 0.01], "units": [32, 64]})

    assert ["lr=0.1, units=32", "lr=0.1, units=64", "lr=0.01, units=32", "lr=0.01, units=64"] == [
        setting_text(setting) for setting in found
    ]


def test_numbers_of_numpy_are_plain_numbers():
    """They come from linspace and logspace."""
    assert [{"lr": 0.5}, {"lr": 1.0}] == settings_of({"lr": np.linspace(0.5, 1, 2)})


def test_lists_are_values_too():
    """Layers are given as lists."""
    assert [{"layers": [32, 32]}, {"layers": [64]}] == settings_of({"layers": [[32, 32], [64]]})


def test_a_text_is_one_value_and_not_its_letters():
    """A single choice needs no brackets."""
    assert [{"optimizer": "adam"}] == settings_of({"optimizer": "adam"})


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({}, "no parameter"),
        ([], "the grid is empty"),
        ({"lr": []}, "no value for lr"),
        ({"seed": [1]}, "name it otherwise"),
        ({"loss": [object()]}, "can name no setting"),
        ([3], "expected mappings"),
        ("lr", "expected values by parameter"),
    ],
)
def test_a_grid_that_is_none_is_refused(grid: Any, message: str):
    """The message says what was seen and what is expected."""
    with pytest.raises(UsageError, match=message):
        settings_of(grid)


def test_an_unknown_parameter_is_refused_with_the_nearest():
    """A slip in a name is found before anything is trained."""

    def train(run: Any, fold: Any, *, units: int) -> None: ...

    with pytest.raises(UsageError, match=r"no parameter 'unit' \(did you mean 'units'\?\)"):
        check_function(train, [{"unit": 3}])


def test_a_parameter_that_is_not_given_is_named():
    """What has no default must be in the grid."""

    def train(run: Any, fold: Any, *, lr: float, units: int) -> None: ...

    with pytest.raises(UsageError, match="train needs units"):
        check_function(train, [{"lr": 0.1}])


def test_a_function_that_takes_anything_takes_the_grid():
    """Keywords of any name are the function's own affair."""
    check_function(lambda _run, _fold, **_params: None, [{"lr": 0.1}])
