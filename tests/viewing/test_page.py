from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trackexp.viewing import Board, Server, export

PATIENCE = 30_000  # milliseconds, far beyond what a busy machine needs


class Seen:
    """A page with everything that it said and asked for."""

    def __init__(self, page: Any) -> None:
        self.page, self.said, self.asked = page, [], []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", lambda request: self.asked.append(request.url))

    def rows(self) -> list[str]:
        """Return the titles of the rows in sight."""
        return list(self.page.eval_on_selector_all(".runs tbody th a", "links => links.map((a) => a.textContent)"))


@pytest.fixture
def look(_browser: Any) -> Iterator[Callable[..., Seen]]:
    """Opens an address in Chromium; keywords are those of a context."""
    contexts = []

    def go(url: str, **settings: Any) -> Seen:
        contexts.append(_browser.new_context(**settings))
        seen = Seen(contexts[-1].new_page())
        seen.page.goto(url)
        return seen

    yield go
    for context in contexts:
        context.close()


@pytest.mark.heavy
def test_a_live_run_grows_in_the_page(server: Server, growing_run: Callable[[float], None], look: Callable[..., Seen]):
    """Row, state, curve and console follow a real run; its name is text, whatever is in it; nothing leaves."""
    growing_run(0.5)
    seen = look(server.url)
    seen.page.wait_for_selector(".state.running")
    titles = seen.rows()
    growing_run(0.25)
    seen.page.click("tr:has(.state.running) th a")
    seen.page.wait_for_selector(".legend .value:text('0.25')")
    growing_run(0.125)
    seen.page.wait_for_selector(".legend .value:text('0.125')")

    assert "<b>growing</b>" in titles
    assert "#/run/growing" in seen.page.url
    assert "token" not in seen.page.url
    assert ([], []) == (seen.said, [url for url in seen.asked if not url.startswith((server.address, "data:"))])


@pytest.mark.heavy
def test_the_table_is_used_by_keyboard_alone(server: Server, look: Callable[..., Seen]):
    """Search, move, select two runs, compare: the link has it all."""
    seen = look(server.url)
    page = seen.page
    page.wait_for_selector(".runs tbody th a")
    page.keyboard.press("/")
    page.keyboard.type("two")
    for key in ("ArrowDown", "x", "j", "x"):
        page.keyboard.press(key)
    page.wait_for_selector(".selection:has-text('2 runs selected')")
    page.keyboard.press("c")
    verdict = page.frame_locator("iframe.report").locator(".lead")
    verdict.wait_for()

    assert "Verdict" in verdict.inner_text()
    assert "otherrun" in page.url
    assert [] == seen.said


@pytest.mark.heavy
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_names_what_it_has(server: Server, look: Callable[..., Seen], width: int, scheme: str):
    """No page is wider than the window, and who hears it is told what everything is."""
    seen = look(server.url, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = seen.page
    page.wait_for_selector(".runs tbody th a")
    wide, nameless = [], []
    for hash_, ready in (("#/", ".runs th a"), ("#/run/firstrun", ".legend .value"), ("#/models", "main p")):
        page.evaluate("hash => { location.hash = hash; }", hash_)
        page.wait_for_selector(ready)
        wide.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
        nameless += page.eval_on_selector_all(
            "main :is(input, select, button, a, iframe, .plot), header :is(button, a)",
            "all => all.filter((one) => !(one.ariaLabel || one.labels?.length || one.textContent.trim() || one.title))"
            ".map((one) => one.outerHTML)",
        )

    assert ([0, 0, 0], [], []) == (wide, nameless, seen.said)


@pytest.mark.heavy
def test_of_a_thousand_runs_only_those_in_sight_are_drawn(
    folder: Path, add_run: Callable[..., Path], look: Callable[..., Seen]
):
    """End and Home go through all of them."""
    first = add_run("firstrun")
    for number in range(1_000):
        place = folder / "more" / f"offline-run-20260102_{number:06d}-r{number}" / f"run-r{number}.wandb"
        place.parent.mkdir(parents=True)
        place.hardlink_to(first)
    with Board([folder]) as board, Server(board, port=0) as server:
        page = look(server.url).page
        page.wait_for_selector(".count:has-text('1,001 runs')")
        drawn = page.locator(".runs tbody tr[data-key]").count()
        page.keyboard.press("j")
        page.keyboard.press("End")
        page.wait_for_selector("tr[aria-rowindex='1002']:focus")

    assert drawn < 100


@pytest.mark.heavy
def test_the_page_survives_a_lost_connection(board: Board, add_run: Callable[..., Path], look: Callable[..., Seen]):
    """It says so, tries again, and shows what it missed."""
    server = Server(board, port=0)
    with server:
        page = look(server.url).page
        page.wait_for_selector(".connection[data-kind=live]")
        page.route("**/api/events*", lambda route: route.abort())
        page.evaluate("location.hash = '#/models'")
        page.evaluate("location.hash = '#/'")
        page.wait_for_selector(".connection[data-kind=lost]")
        add_run("thirdrun")
        page.unroute("**/api/events*")
        page.wait_for_selector("tr[data-key=thirdrun]")
    assert "live" == page.inner_text(".connection")


@pytest.mark.heavy
def test_exported_pages_open_from_a_disk(board: Board, tmp_path: Path, look: Callable[..., Seen]):
    """Table, run and curves, with no server behind them."""
    told = export(board, tmp_path / "site")
    shutil.rmtree(board.folders.places[0])
    seen = look(told.page.as_uri())
    seen.page.wait_for_selector(".runs tbody th a")
    rows = len(seen.rows())
    seen.page.click(".runs tbody th a")
    seen.page.wait_for_selector(".legend .value")

    assert (2, rows, []) == (told.runs, 2, seen.said)
    assert [] == [url for url in seen.asked if not url.startswith(("file:", "data:"))]
