from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from trackexp.reporting.svg import ReliabilityBins, reliability_diagram

Parts = Callable[..., list[Any]]
NAN = np.nan


def bins() -> ReliabilityBins:
    """Three bins, the middle one empty."""
    return ReliabilityBins(
        low=[0.0, 0.4, 0.8],
        high=[0.4, 0.8, 1.0],
        count=[10, 0, 90],
        confidence=[0.3, NAN, 0.95],
        accuracy=[0.2, NAN, 0.8],
        accuracy_low=[0.05, NAN, 0.7],
        accuracy_high=[0.5, NAN, 0.87],
    )


def test_each_bin_with_rows_has_a_bar_a_gap_an_interval_and_a_count(parts: Parts):
    """An empty bin has nothing, and says nothing of the model."""
    chart = reliability_diagram(bins(), title="t")
    tips = [rect[0].text for rect in parts(chart, "rect") if list(rect)]

    assert [
        "confidence 0.3, right 0.2 (0.05 to 0.5), 10 rows",
        "confidence 0.95, right 0.8 (0.7 to 0.87), 90 rows",
        "0 to 0.4: 10 rows",
        "0.8 to 1: 90 rows",
    ] == tips
    assert 6 == len(parts(chart, "path", "whisker"))
    assert 3 == len(parts(chart, "rect", "gap"))  # two bins and the legend


def test_the_description_has_the_table():
    """Who cannot see it hears every bin."""
    chart = reliability_diagram(bins(), title="t")

    assert (
        "100 rows in 2 bins. Confidence 0.3: right 0.2 (0.05 to 0.5), 10 rows. "
        "Confidence 0.95: right 0.8 (0.7 to 0.87), 90 rows." == chart.description
    )
