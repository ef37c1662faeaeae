from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "normalization-not-adapted"
LARGE = [{"shape": [600, 4], "sampled_rows": 600, "absolute_percentile_99": 41_000.0}]
SMALL = [{"shape": [600, 4], "sampled_rows": 600, "absolute_percentile_99": 2.0}]


def model(adapted: bool | None) -> list[dict[str, Any]]:
    """A Normalization and a Dense."""
    known = {} if adapted is None else {"adapted": adapted}
    return [{"name": "norm", "layer": "Normalization", **known}, {"name": "d", "layer": "Dense"}]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (LARGE, "error: {}: the 99th percentile of the inputs' absolute values is 4.1e+04"),
        (SMALL, "info: {}"),
        ([], "error: {}"),
    ],
    ids=["large", "standardised", "not seen"],
)
def test_it_names_the_layer(
    fit_of: Callable[..., Any], message_of: Callable[..., str], inputs: list[dict[str, Any]], said: str
):
    """An error where the inputs need scaling or were not seen, else a remark."""
    text = "'norm' was never adapted, and passes the inputs on unchanged"

    assert said.format(text) == message_of(NAME, fit_of(layers=model(False), inputs=inputs))


def test_an_adapted_layer_passes(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Whatever the inputs are."""
    assert Status.PASSED == judge(NAME, fit_of(layers=model(True), inputs=LARGE)).status


def test_it_does_not_apply_to_older_records(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """They do not say it."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(layers=model(None), inputs=LARGE)).status
