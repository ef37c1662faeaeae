from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.reporting.svg import confusion_matrix

Parts = Callable[..., list[Any]]


def test_cells_have_their_numbers_and_shades(parts: Parts):
    """Right ones and wrong ones differ in colour, an empty cell is empty."""
    chart = confusion_matrix([[8, 2], [0, 5]], ["cat", "dog"])

    assert ["cat taken for cat: 8 (80.0%)", "cat taken for dog: 2 (20.0%)", "dog taken for dog: 5 (100.0%)"] == [
        rect[0].text for rect in parts(chart, "rect")
    ]
    assert (2, 1) == (len(parts(chart, "rect", "heat")), len(parts(chart, "rect", "miss")))
    assert {"8", "2", "5"} <= {text.text for text in parts(chart, "text")}
    assert "2 classes. 13 of 15 rows are right. cat taken for dog: 2." == chart.description


def test_of_a_thousand_classes_the_most_confused_are_shown_and_the_rest_are_one(parts: Parts):
    """No row is lost, and the worst pair is among those with a name."""
    counts = np.diag(np.full(1000, 50))
    counts[700, 3] = 40
    chart = confusion_matrix(counts, [f"class {i}" for i in range(1000)])
    tips = [rect[0].text for rect in parts(chart, "rect")]

    assert "class 700 taken for class 3: 40 (44.4%)" in tips
    assert "960 others taken for 960 others: 48000 (100.0%)" in tips
    assert len(chart.to_svg()) < 60_000


@pytest.mark.parametrize(("counts", "names"), [([[1, 2]], ["a"]), ([[1, 2], [3, 4]], ["a"]), ([1], ["a"])])
def test_counts_that_do_not_fit_the_names_are_refused(counts: list[Any], names: list[str]):
    """Both are said."""
    with pytest.raises(UsageError, match=r"counts has the shape .* for 1 class name: expected a square"):
        confusion_matrix(counts, names)


def test_a_class_that_never_occurs_is_an_empty_row(parts: Parts):
    """Nothing is divided by its zero."""
    chart = confusion_matrix([[3, 0], [0, 0]], ["a", "b"])

    assert 1 == len(parts(chart, "rect"))
