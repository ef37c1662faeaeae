from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

REPOSITORY = Path(__file__).parents[2]
LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "link": "href"}

pytestmark = pytest.mark.exhaustive  # the build alone takes a minute


class Page(HTMLParser):
    """What a page loads, what it links to, and which places in it can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id"):
            self.anchors.add(str(told["id"]))
        if tag == "a" and told.get("href"):
            self.links.append(str(told["href"]))
        rel = str(told.get("rel"))
        if tag in LOADED and told.get(LOADED[tag]) and rel not in {"canonical", "next", "prev", "search", "index"}:
            self.loaded.append(str(told[LOADED[tag]]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with every warning an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-d", folder / "doctrees"]
    done = subprocess.run(
        [*map(str, command), "docs", str(folder / "html")], cwd=REPOSITORY, capture_output=True, text=True, timeout=600
    )
    assert (0, "") == (done.returncode, done.stderr)
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page, read."""
    return {path.resolve(): Page(path) for path in site.rglob("*.html")}


def test_every_link_inside_the_site_leads_to_a_page_and_a_place_in_it(pages: dict[Path, Page]):
    """As a browser resolves it from the disk."""
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            placed = not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].anchors
            if not (target.is_file() and placed):
                broken.append(f"{path.name}: {link}")

    assert [] == broken


def test_no_page_asks_a_third_party_for_anything(site: Path, pages: dict[Path, Page]):
    """Scripts, styles, fonts and pictures are the site's own."""
    foreign = [f"{path.name}: {url}" for path, page in pages.items() for url in page.loaded if "//" in url]
    styles = [
        f"{path.name}: {url}"
        for path in site.rglob("*.css")
        for url in re.findall(r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]+)", path.read_text("utf-8"))
    ]

    assert ([], []) == (foreign, styles)


def test_the_reference_is_whole(site: Path):
    """A section for every command, a page for every rule, a name for every public one."""
    import trackexp
    from trackexp.diagnosis.discovery import every_rule

    folder = site / "reference" / "_generated"
    commands = (folder / "commands.html").read_text("utf-8")
    helped = subprocess.run(
        [sys.executable, "-m", "trackexp", "--help"], capture_output=True, text=True, check=True
    ).stdout.partition("Commands")[2]
    names = re.findall(r"^[│ ]*([a-z][a-z-]+)  +\S", helped, re.MULTILINE)
    api = (folder / "api" / "trackexp.html").read_text("utf-8")

    assert names
    assert [] == [name for name in names if f'id="trackexp-{name}"' not in commands]
    assert [] == [rule.code for rule in every_rule() if not (folder / "rules" / f"{rule.code}.html").is_file()]
    assert [] == [name for name in trackexp.__all__ if f'id="trackexp.{name}"' not in api]


def test_a_search_index_is_there(site: Path):
    """Made at the build, used in the browser, sent to nobody."""
    assert "diagnos" in (site / "searchindex.js").read_text("utf-8")
