from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackexp.reporting.svg import Band, Guide, Line, Mark, Point, line_chart, scatter

Parts = Callable[..., list[Any]]


def heights(path: str) -> list[float]:
    """Return the vertical places of a path of moves and lines."""
    return [float(y) for _, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)]


def test_a_chart_says_in_words_what_it_shows(parts: Parts):
    """Who cannot see it hears its name, its numbers and its best point."""
    chart = line_chart(
        [Line("dense", [0, 1, 2], [0.9, 0.2, 0.3])], title="val/loss", x_label="epoch", marks=[Mark("best", 1, 0.2)]
    )

    assert ["val/loss", "best: 1, 0.2"] == [t.text for t in parts(chart, "title") if t.text != "dense"]
    assert (
        "dense: 0.9 at epoch 0, 0.3 at epoch 2; lowest 0.2, highest 0.9. best: 1, 0.2."
        == parts(chart, "desc")[0].text
        == chart.description
    )
    assert "img" == parts(chart, "svg")[0].get("role")


def test_the_same_data_give_the_same_picture(golden: Callable[[str, str], str]):
    """To the byte, on any day."""

    def drawn() -> str:
        x = np.arange(30)
        y = np.exp(-x / 8.0)
        bands = (Band("lowest to highest", y * 0.8, y * 1.3), Band("95 % of the mean", y * 0.9, y * 1.1))
        lines = [Line("dense", x, y, bands), Line("cnn & more", x, y * 0.5, stepped=True)]
        return line_chart(lines, title="val/loss", x_label="epoch", guides=[Guide("chance", y=0.9)]).to_svg()

    seen = drawn()

    assert seen == drawn()
    assert golden("lines.svg", seen) == seen


def test_what_is_not_finite_leaves_a_gap(parts: Parts):
    """A loss that became NaN is not drawn across."""
    y = [1.0, 0.8, np.nan, np.inf, 0.5, 0.4]
    curve = parts(line_chart([Line("a", range(6), y)], title="t"), "path", "curve")[0]

    assert 2 == curve.get("d").count("M")
    assert 4 == len(heights(curve.get("d")))


@pytest.mark.parametrize("y", [[], [np.nan], [np.nan, np.inf]])
def test_a_curve_without_a_finite_value_is_said_to_have_none(y: list[float], parts: Parts):
    """An empty chart is no mistake of the reader's."""
    chart = line_chart([Line("a", range(len(y)), y)], title="t")

    assert "a: no finite value." == chart.description
    assert "no finite value" in [text.text for text in parts(chart, "text")]


def test_a_single_point_is_a_dot(parts: Parts):
    """One epoch has no line to be seen by."""
    chart = line_chart([Line("a", [0], [0.5])], title="t")

    assert 1 == len(parts(chart, "circle"))


def test_a_hundred_thousand_points_are_drawn_with_few_and_keep_their_spike(parts: Parts):
    """The one bad batch of a long training is what one looks for."""
    y = np.zeros(100_000)
    y[61_803] = 5.0
    chart = line_chart([Line("a", np.arange(y.size), y)], title="t", vertices=100)
    places = heights(parts(chart, "path", "curve")[0].get("d"))

    assert len(places) <= 100
    assert 1 == places.count(min(places))
    assert len(chart.to_svg()) < 6_000


def test_unsorted_places_are_sorted():
    """W&B rows of a resumed run may come in any order."""
    ordered = line_chart([Line("a", [0, 1, 2], [3.0, 2.0, 1.0])], title="t")

    assert ordered == line_chart([Line("a", [2, 0, 1], [1.0, 3.0, 2.0])], title="t")


def test_many_curves_are_counted_where_they_cannot_be_named(parts: Parts):
    """A legend of fifty names nobody reads."""
    lines = [Line(f"run {i}", [0, 1], [i, i + 1], muted=i >= 8) for i in range(50)]
    texts = [text.text for text in parts(line_chart(lines, title="t"), "text")]

    assert "42 more" in texts
    assert {f"run {i}" for i in range(8)} <= set(texts)
    assert not {f"run {i}" for i in range(8, 50)} & set(texts)


def test_more_curves_than_colours_are_dashed(parts: Parts):
    """No two named curves look alike."""
    lines = [Line(f"run {i}", [0, 1], [i, i + 1]) for i in range(12)]
    curves = [p.get("class") for p in parts(line_chart(lines, title="t"), "path", "curve") if list(p)]

    assert 12 == len(set(curves))


def test_a_band_that_is_not_known_everywhere_is_drawn_where_it_is(parts: Parts):
    """An interval needs two runs; where one went on alone there is none."""
    low, high = np.array([0.0, 0.1, np.nan, np.nan]), np.array([1.0, 0.9, np.nan, np.nan])
    chart = line_chart([Line("a", range(4), [0.5, 0.5, 0.5, 0.5], [Band("95 %", low, high)])], title="t")
    areas = [p for p in parts(chart, "path", "wide") if list(p)]

    assert ["a: 95 %"] == [area[0].text for area in areas]
    assert 1 == areas[0].get("d").count("Z")


def test_names_cannot_become_markup(parts: Parts):
    """A run may be called anything."""
    evil = '</title><script>alert("x")</script>'
    chart = line_chart([Line(evil, [0, 1], [0, 1]), Line("b", [0, 1], [1, 0])], title=evil, marks=[Mark(evil, 0, 0)])

    assert [] == parts(chart, "script")
    assert "<script" not in chart.to_svg()


def test_labels_of_marks_do_not_cover_each_other(parts: Parts):
    """The best and the present threshold often lie side by side."""
    marks = [Mark("best", 0.50, 0.5), Mark("present", 0.51, 0.5), Mark("wanted", 0.52, 0.5)]
    chart = line_chart([Line("a", [0, 1], [0, 1])], title="t", marks=marks)
    texts = {t.text: float(t.get("y")) for t in parts(chart, "text") if t.text in ("best", "present", "wanted")}

    assert 3 == len(texts)
    assert all(abs(a - b) >= 13 for a in texts.values() for b in texts.values() if a != b)
    assert 3 == len(set(texts.values()))


KINDS = st.sampled_from(["linear", "log", "auto"])
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@example([(1.0, 2.2e-313), (3.6e28, math.nan), (math.inf, 3.6e28)], 3.6e28, 1.0, "linear", "linear")
@example([(2.2e-313, 3.6e28)], 3.6e28, 2.2e-313, "linear", "auto")
@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12), NUMBERS, NUMBERS, KINDS, KINDS)
def test_no_number_makes_a_picture_that_a_browser_refuses(points: Any, x: float, y: float, x_scale: Any, y_scale: Any):
    """Extremes of the type, infinities, NaN and zero on a logarithmic axis have no place, and so no coordinate."""
    xs, ys = [a for a, _ in points], [b for _, b in points]
    lines = [Line("a", xs, ys, [Band("b", ys, [value + 1 for value in ys])]), Line("c", xs, ys, stepped=True)]
    pointers = {"marks": [Mark("m", x, y)], "guides": [Guide("g", x=x), Guide("h", y=y)]}
    svg = line_chart(lines, title="t", x_scale=x_scale, y_scale=y_scale, **pointers).to_svg()
    svg += scatter(
        [Point("", a, b, strong=True) for a, b in points],
        title="t",
        x_label="x",
        y_label="y",
        x_scale=x_scale,
        y_scale=y_scale,
        stairs=points,
    ).to_svg()

    assert [] == re.findall(r'(?:\b(?:c?[xy][12]?|width|height|d)=")[^"]*(?:nan|inf)[^"]*"', svg)
    assert [] == re.findall(
        r"\d{6,}\.?\d*[ \"]", re.sub(r"<(title|desc|text)\b.*?</\1>|<style>.*?</style>", "", svg, flags=re.S)
    )


def test_curves_can_be_told_apart_without_colours(parts: Parts):
    """Each has a shape of its own, on the curve and in the legend; a single one needs none."""
    lines = [Line(f"run {i}", [0, 1, 2, 3, 4], [i, i + 1, i, i, i]) for i in range(4)]
    shapes = [p.get("d").split("m")[1] for p in parts(line_chart(lines, title="t"), "path", "dot")]

    assert (4, 8) == (len(set(shapes)), len(shapes))
    assert [] == parts(line_chart(lines[:1], title="t"), "path", "dot")
