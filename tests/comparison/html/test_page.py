from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from trackexp.comparison import compare
from trackexp.comparison.html.page import comparison_page
from trackexp.record import Damage, Finding, RunRecord, Severity

Make = Callable[..., RunRecord]
EVIL = '"><script>document.title="owned"</script><img src="https://example.org/x" onerror="alert(1)">'


class Seen(HTMLParser):
    """The tags of a page, and its visible text by section."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.sections: dict[str, str] = {}
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self._open = dict(attrs).get("id") or "lead"
            self.sections[self._open] = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.sections[self._open] += f" {data}"


def seen(records: list[RunRecord], **how: Any) -> Seen:
    """Return the page of these runs."""
    return Seen(comparison_page(compare(records, **how)).to_html())


def fifty(run_of: Make) -> list[RunRecord]:
    """Fifty runs with findings, consoles and a config of their own."""
    finding = Finding(
        "TX001", "overfitting", Severity.WARNING, "val/loss has been rising for 12 epochs", "stop earlier"
    )
    return [
        run_of(
            f"resnet-50-augmented-lr-{i}",
            0.2 + i / 50,
            config={"lr": i / 100, **{f"option_{j}": f"value {i} of {j}" for j in range(200)}},
            console="".join(f"Epoch {epoch}/40: loss 0.{epoch:04}\n" for epoch in range(200)),
            findings=[finding],
            system={"cpu": 50.0 + i, "proc.memory.rssMB": 900.0, "gpu.0.gpu": 97.0},
        )
        for i in range(50)
    ]


def test_the_page_is_the_same_for_the_same_runs(mixed: list[RunRecord], golden: Callable[[str, str], str]):
    """To the byte, on any day; the golden file is what people see, without style and script."""
    pages = [comparison_page(compare(mixed, metric="val/loss")).to_html() for _ in range(2)]
    shown = re.sub(r"<(style|script)>.*?</\1>|sha256-[\w+/=]*", "", pages[0], flags=re.DOTALL)

    assert pages[0] == pages[1]
    assert golden("mixed.html", shown) == shown


def test_the_verdict_stands_first(mixed: list[RunRecord]):
    """A better number of a run that failed does not win, and who reads one paragraph knows it."""
    comparison = compare(mixed, metric="val/loss")
    page = seen(mixed, metric="val/loss")

    assert "lead" == next(iter(page.sections))
    assert comparison.verdict.text in re.sub(r"\s+", " ", page.sections["lead"]).replace(" :", ":")
    assert "broken" in page.sections["out-of-the-contest"]


def test_every_part_of_the_comparison_is_there(mixed: list[RunRecord]):
    """Runs, curves, what differs in config and code, damage, console."""
    page = seen(mixed, metric=["val/loss", "val/accuracy"])

    assert {"runs", "pareto", "curves", "what-differs", "findings", "damage", "each-run"} <= set(page.sections)
    assert "777" in page.sections["damage"]
    assert "arch" in page.sections["what-differs"]
    assert "lr = 0.3" in page.sections["what-differs"]
    assert "Epoch 1\nboom" in page.sections["each-run"]
    assert 4 <= sum(tag == "svg" for tag, _ in page.tags)


@pytest.mark.parametrize(("state", "order"), [("finished", "ascending"), ("failed", "none")])
def test_rows_claim_an_order_only_where_they_have_it(run_of: Make, state: str, order: str):
    """A run that is out of the contest stands last, whatever its number is."""
    page = seen([run_of("a", 0.2), run_of("b", 0.3), run_of("c", 0.1, state=state)], metric="val/loss")

    assert order == [attributes.get("aria-sort") for tag, attributes in page.tags if tag == "th"][2]


def test_groups_have_statistics_and_their_curves_bands(run_of: Make):
    """Runs that differ in their seed alone are one curve with its interval and its range."""
    records = [
        run_of(f"{arch}-{seed}", level + seed * 0.01, config={"arch": arch, "seed": seed})
        for arch, level in (("cnn", 0.2), ("mlp", 0.6))
        for seed in range(4)
    ]
    page = seen(records)
    bands = [attributes["class"] for tag, attributes in page.tags if tag == "path" and "class" in attributes]

    assert ["lead", "groups", "runs"] == list(page.sections)[:3]
    assert all(name in page.sections["groups"] for name in ("arch=cnn", "arch=mlp", "95 % of the mean", "p (Holm)"))
    assert {"s0 wide", "s0 close", "s1 wide", "s1 close"} <= set(bands)


def test_what_a_p_value_takes_for_granted_stands_below_it(run_of: Make):
    """A group of one run has no spread of its own."""
    records = [
        run_of(f"{arch}-{seed}", level + seed * 0.01, config={"arch": arch, "seed": seed})
        for arch, level, count in (("cnn", 0.2, 3), ("mlp", 0.6, 1))
        for seed in range(count)
    ]
    said = " ".join(seen(records).sections["groups"].split())

    assert "known only when they are repeated: the one run of arch=mlp varies as the 3 of arch=cnn do." in said


@pytest.mark.parametrize("asked", [{}, {"baseline": 0, "require": "val/accuracy > 0.1"}])
def test_markup_in_names_config_and_console_is_text(run_of: Make, asked: dict[str, Any]):
    """Whoever wrote the run cannot write into the page."""
    finding = Finding("TX001", EVIL, Severity.WARNING, EVIL, EVIL)
    records = [
        run_of(
            f"{EVIL}{i}",
            0.2 + i / 10,
            run_id=f"run{i}",
            config={EVIL: i, "nested": {EVIL: EVIL * (i + 1)}, "seed": i},
            console=EVIL,
            notes=EVIL,
            tags=(EVIL,),
            group=EVIL,
            project=EVIL,
            environment={"host": f"{EVIL}{i}", "program": EVIL, "git": {"commit": f"{EVIL}{i}"}},
            damage=(Damage(0, 1, EVIL, Path(EVIL)),),
            findings=[finding],
            state="failed" if i == 2 else "finished",
        )
        for i in range(3)
    ]
    how = {**asked, "baseline": records[0]} if "baseline" in asked else asked
    page = seen(records, **how)
    allowed = {"html", "head", "meta", "link", "title", "style", "script", "body"}

    assert 1 == sum(tag == "script" for tag, _ in page.tags)
    assert 0 == sum(tag == "img" for tag, _ in page.tags)
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.tags for name in attributes)
    assert allowed <= {tag for tag, _ in page.tags}
    assert EVIL in page.sections["runs"]


def test_fifty_runs_are_less_than_a_megabyte(run_of: Make):
    """With curves, configs, findings and the ends of their consoles."""
    page = comparison_page(compare(fifty(run_of))).to_html()

    assert len(page.encode()) < 1_000_000
    assert "50 values, from 0 to 0.49" in page
    assert "50 values, such as value 0 of 3, value 1 of 3, value 2 of 3" in page
    assert 50 == len(set(re.findall(r'<th class="run[^"]*"|resnet-50-augmented-lr-\d+', page)))


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(mixed: list[RunRecord]):
    """Neither its style nor its script reaches the notebook."""
    found = Seen(compare(mixed, metric="val/loss")._repr_html_())
    frame = found.tags[0][1]

    assert ["iframe"] == [tag for tag, _ in found.tags]
    assert "allow-scripts" == frame["sandbox"]
    assert comparison_page(compare(mixed, metric="val/loss")).to_html() == frame["srcdoc"]


def test_runs_without_a_curve_have_a_page_too(run_of: Make):
    """One value each, as a search writes them."""
    from trackexp.testing import make_record

    records = [make_record(name, name=name, metrics={"val/loss": [level]}) for name, level in (("a", 0.1), ("b", 0.2))]

    assert "No run has a metric with more than one value." in seen(records).sections["curves"]


def test_the_page_is_seen_in_a_real_browser(mixed: list[RunRecord], tmp_path: Path, visit: Callable[..., Any]):
    """Nothing in the console, no request but for the file, in light and dark, wide and narrow."""
    page = compare(mixed, metric=["val/loss", "val/accuracy"]).to_html(tmp_path / "page.html")
    for scheme, width in (("light", 1280), ("dark", 380)):
        found = visit(page, color_scheme=scheme, viewport={"width": width, "height": 900})
        headings = found.page.eval_on_selector_all("main h2", "all => all.map(one => one.textContent)")

        assert ([], [page.resolve().as_uri()]) == (found.said, found.asked)
        assert width == found.page.evaluate("document.documentElement.scrollWidth")
        assert ["Verdict", "Runs"] == headings[:2]
    found.page.get_by_role("button", name="val/loss").first.click()
    rows = found.page.eval_on_selector_all("#runs tbody th", "all => all.map(one => one.textContent)")
    assert {"sound", "broken", "hurt"} == set(rows)
    assert "broken" == rows[0]  # the best number, which is not the best run


def test_a_thousand_runs_stay_a_page(run_of: Make):
    """Its size is bounded: what is not drawn is counted."""
    records = [run_of(f"run-{i}", 0.2 + i / 1000, config={"lr": i}) for i in range(1010)]
    page = comparison_page(compare(records)).to_html()

    assert len(page) < 2_500_000
    assert "1,002 other runs, the best 60 of them drawn" in page
    assert "… and 10 runs more: trackexp compare --csv has all." in page
