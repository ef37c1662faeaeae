from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trackexp.reporting.svg import sparkline

Parts = Callable[..., list[Any]]


def test_a_sparkline_is_small_and_ends_with_a_dot(parts: Parts):
    """Ten thousand values are as short as fifty."""
    chart = sparkline(np.sin(np.arange(10_000) / 500), title="val/loss")

    assert 1 == len(parts(chart, "circle"))
    assert len(parts(chart, "path")[0].get("d")) < 700


@pytest.mark.parametrize("values", [[], [np.nan], [1.0], [np.inf, 2.0]])
def test_few_values_are_no_mistake(values: list[float], parts: Parts):
    """A dot for one, nothing for none."""
    chart = sparkline(values, title="t")

    assert len(np.array(values)[np.isfinite(values)]) == len(parts(chart, "circle"))
