from __future__ import annotations

import io
import re

import numpy as np
import pytest

from trackexp.evaluation import evaluate, evaluate_batches, evaluate_multilabel, evaluate_regression
from trackexp.evaluation.pages.html import Extras, evaluation_page
from trackexp.evaluation.pages.plots import plots, profit_steps
from trackexp.evaluation.pages.terminal import show_evaluation
from trackexp.reporting import console


@pytest.fixture(scope="module")
def pictures(generated):
    """Return an evaluation of pictures in groups, some of them wrong."""
    y, p = generated(211, 300, 3, 4, 6)
    inputs = np.random.default_rng(0).random((300, 6, 6, 1))
    groups = np.array(["a", "b"])[np.arange(300) % 2]
    return evaluate(y, p, class_names=["<x>", "β", "c"], inputs=inputs, groups=groups, part="test")


def text_of(result, **options) -> str:
    """Return what the terminal shows."""
    stream = io.StringIO()
    show_evaluation(console(stream, width=110), result, title="m on d", **options)
    return stream.getvalue()


def test_the_page_has_every_part_and_is_the_same_each_time(pictures, tmp_path):
    """From numbers to patterns of errors, in one file that asks for nothing from outside."""
    profit = pictures.profit(1, 5, class_name="β", units=1000, baseline=1.0)
    page = evaluation_page(pictures, "m on d", Extras(["a note"], profit)).to_html()

    parts = ("Numbers", "Classes", "Confusion", "Calibration", "Knees", "Curves", "Money", "Errors", "Patterns")
    assert [] == [part for part in parts if f">{part}" not in page]
    assert "&lt;x&gt;" in page
    assert "<x>" not in page
    assert not re.search(r"(src|href)=\"https?:", page)
    assert 100 <= page.count("<img ")
    assert page == evaluation_page(pictures, "m on d", Extras(["a note"], profit)).to_html()
    assert "<iframe" in pictures._repr_html_()
    assert (tmp_path / "r.html") == pictures.to_html(tmp_path / "r.html", profit=profit)


def test_the_drawn_cost_of_a_threshold_is_its_cost(generated):
    """Also between two scores, where the choices of the table lie on the drawn curve."""
    y, p = generated(213, 60, 2, 3, 3)
    profit = evaluate(y, p[:, 1]).profit(1, 5)
    begins, costs = profit_steps(profit)
    for threshold in (0.001, 0.2, 0.35, 0.5, 0.77, *p[:5, 1].tolist()):
        drawn = costs[np.searchsorted(begins, threshold, side="left") - 1]

        assert pytest.approx(profit.at(threshold).average_cost) == drawn


@pytest.mark.parametrize("kind", ["binary", "stream", "perfect", "multilabel", "regression", "one class", "one row"])
def test_every_kind_of_evaluation_has_a_page_and_plots(generated, kind):
    """Also where parts are undefined."""
    y, p = generated(212, 80, 3, 3, 3)
    results = {
        "binary": lambda: evaluate(y == 1, p[:, 1]),
        "stream": lambda: evaluate_batches([(y, p)]),
        "perfect": lambda: evaluate(y, np.eye(3)[y]),
        "multilabel": lambda: evaluate_multilabel(p > 0.3, p),
        "regression": lambda: evaluate_regression(p[:, 0], p[:, 1]),
        "one class": lambda: evaluate(np.zeros(80, int), p),
        "one row": lambda: evaluate(y[:1], p[:1]),
    }
    result = results[kind]()

    assert "<h2" in evaluation_page(result).to_html()
    assert all(chart.to_svg().startswith("<svg") for chart in plots(result).values())
    assert text_of(result).startswith("m on d\n")


def test_the_terminal_says_what_it_comes_to(pictures):
    """Values with their intervals, the commonest confusion, the surest errors, the money."""
    told = text_of(pictures, notes=["a note"], profit=pictures.profit(1, 5, class_name="β"))

    assert f"{pictures.accuracy:.4g}" in told
    for words in ("a note", "most often confused", "a calibrated model would show", "knee at", "Money  flagging β"):
        assert words in told
    assert str(pictures.confident_errors(1)["id"].iloc[0]) in told


def test_a_thousand_classes_are_shown_by_their_worst(generated):
    """Neither the terminal nor the page grows with the classes."""
    result = evaluate(*generated(213, 400, 150, 5, 5))

    assert "the 20 with the lowest F1 of 150" in text_of(result)
    assert len(plots(result)) < 80


def test_the_page_says_how_often_the_truth_is_near_the_top(generated):
    """Among the three most probable of five classes; among five of five it would say nothing."""
    page = evaluation_page(evaluate(*generated(214, 50, 5, 4, 4))).to_html()

    assert "among the 3 most probable" in page
    assert "among the 5 most probable" not in page
