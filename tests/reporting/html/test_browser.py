from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trackexp.reporting.html import (
    Column,
    Page,
    Picture,
    Section,
    figure,
    figures,
    folded,
    gallery,
    in_notebook,
    paragraph,
    table,
)
from trackexp.reporting.svg import Line, confusion_matrix, line_chart

Visit = Callable[..., Any]
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a long table, charts, pictures and a folded part."""
    losses = [0.5, 1.5e-9, 0.1, None, 20.0, 3.0, 0.7, 0.9, 1.1, 1.2, 1.3, 1.4, 1.6]
    rows = [[f"run {i}", figure(loss)] for i, loss in enumerate(losses)]
    charts = [
        line_chart([Line(f"run {i}", [0, 1, 2], [3, i, 1]) for i in range(10)], title="val/loss", x_label="epoch"),
        confusion_matrix(np.eye(50) * 9, [f"class {i}" for i in range(50)]),
    ]
    whole = Page(
        "13 runs",
        "trackexp comparison",
        paragraph("Believe run 1."),
        [
            Section("Runs", table("Runs", ["run", Column("val/loss", True)], rows)),
            Section("Curves", figures(charts)),
            Section("Pictures", gallery([Picture.from_array(np.eye(8), "row 3")])),
            Section("More", folded("Console", "printed")),
        ],
    )
    return whole.save(tmp_path_factory.mktemp("page") / "page.html")


def first_rows(seen: Any) -> list[str]:
    """Return the names of the first two and the last visible rows."""
    names = seen.page.eval_on_selector_all("tbody tr:not([hidden]) th", "found => found.map(one => one.textContent)")
    return [*names[:2], names[-1]]


def test_nothing_is_said_and_nothing_is_asked(page: Path, visit: Visit):
    """No error in the console, no request but for the file itself, and every picture is one."""
    seen = visit(page)
    widths = seen.page.eval_on_selector_all("img", "found => found.map(one => one.naturalWidth)")

    assert ([], [page.resolve().as_uri()], [8]) == (seen.said, seen.asked, widths)


def test_a_click_sorts_by_numbers_and_what_is_unknown_stays_last(page: Path, visit: Visit):
    """Up, then down; who cannot see it hears which way."""
    seen = visit(page)
    button = seen.page.get_by_role("button", name="val/loss")
    button.click()
    rising = first_rows(seen), seen.page.get_attribute("th:nth-child(2)", "aria-sort")
    button.click()
    falling = first_rows(seen), seen.page.get_attribute("th:nth-child(2)", "aria-sort")

    assert (["run 1", "run 2", "run 3"], "ascending") == rising
    assert (["run 4", "run 5", "run 3"], "descending") == falling


def test_names_are_sorted_as_people_count(page: Path, visit: Visit):
    """Run 2 comes before run 10."""
    seen = visit(page)
    seen.page.get_by_role("button", name="run").click()

    assert ["run 0", "run 1", "run 12"] == first_rows(seen)


def test_the_keyboard_reaches_everything(page: Path, visit: Visit):
    """The first stop leads past the navigation; a heading sorts by Enter."""
    seen = visit(page)
    seen.page.keyboard.press("Tab")
    skip = seen.page.evaluate("document.activeElement.getAttribute('href')")
    seen.page.get_by_role("button", name="val/loss").focus()
    seen.page.keyboard.press("Enter")

    assert "#content" == skip
    assert "run 1" == first_rows(seen)[0]


def test_rows_can_be_filtered(page: Path, visit: Visit):
    """By any word of theirs; how many are left is said."""
    seen = visit(page)
    seen.page.get_by_label("Filter rows").fill("run 12")

    assert ["run 12", "run 12"] == first_rows(seen)[:1] + first_rows(seen)[-1:]
    assert "1 of 13" == seen.page.get_by_role("status").inner_text()


def test_the_theme_follows_the_system_until_it_is_chosen(page: Path, visit: Visit):
    """And the choice is remembered."""
    seen = visit(page, color_scheme="dark")
    dark = seen.page.evaluate(BACKGROUND)
    toggle = seen.page.get_by_role("button", name="Theme")
    toggle.click()
    light = seen.page.evaluate(BACKGROUND)
    seen.page.reload()

    assert ("rgb(20, 23, 28)", "rgb(255, 255, 255)") == (dark, light)
    assert light == seen.page.evaluate(BACKGROUND)
    assert "Theme: light" == toggle.inner_text()


@pytest.mark.parametrize("width", [320, 380, 800, 1920])
def test_no_width_makes_the_page_scroll_sideways(width: int, page: Path, visit: Visit):
    """A table that is too wide scrolls by itself."""
    seen = visit(page, viewport={"width": width, "height": 800})

    assert width == seen.page.evaluate("document.documentElement.scrollWidth")


def test_without_a_script_everything_can_be_read(page: Path, visit: Visit):
    """No button that does nothing; the rows stand as they came."""
    seen = visit(page, java_script_enabled=False)

    assert 0 == seen.page.get_by_role("button").count()
    assert ["run 0", "run 1", "run 12"] == [
        seen.page.locator("tbody th").nth(place).inner_text() for place in (0, 1, 12)
    ]


def test_a_script_that_got_in_would_not_run(page: Path, visit: Visit, tmp_path: Path):
    """Escaping keeps markup out; should it ever fail, the page's policy refuses to run or to fetch it."""
    spoilt = tmp_path / "spoilt.html"
    evil = '<script>document.title="owned"</script><img src="https://example.org/x.png" onerror="document.title=1">'
    spoilt.write_text(page.read_text("utf-8").replace("Believe run 1.", evil), encoding="utf-8")
    seen = visit(spoilt)

    assert "13 runs · trackexp comparison" == seen.page.title()
    assert [spoilt.resolve().as_uri()] == seen.asked
    assert any("Content Security Policy" in line for line in seen.said)


def test_a_page_lives_in_a_notebook(page: Path, visit: Visit, tmp_path: Path):
    """In a frame without rights, where nothing can be remembered, it still sorts and says nothing."""
    notebook = tmp_path / "notebook.html"
    frame = in_notebook(page.read_text("utf-8"), "Comparison of runs")
    notebook.write_text(f"<!DOCTYPE html><title>notebook</title>{frame}", encoding="utf-8")
    seen = visit(notebook)
    inside = seen.page.frame_locator("iframe")
    inside.get_by_role("button", name="val/loss").click()

    assert "run 1" == inside.locator("tbody th").first.inner_text()
    assert "Theme: auto" == inside.get_by_role("button", name="Theme").inner_text()
    assert [] == seen.said
