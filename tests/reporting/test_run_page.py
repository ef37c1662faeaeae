from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

from trackexp.record import Finding, RunRecord
from trackexp.reporting import Gap, console, show_findings, show_run
from trackexp.testing import make_record


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The colours and the width that the environment asks for stay out of the tests."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def page(record: RunRecord, findings: list[Finding], width: int | None = None) -> str:
    """Return what a pipe receives."""
    stream = StringIO()
    show_run(console(stream, width=width), record, findings)
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 100])
def test_a_run_is_shown_whole(full: RunRecord, findings: list[Finding], golden: Callable[[str, str], str], width: int):
    """Every section, within the width."""
    seen = page(full, findings, width)

    assert golden(f"run-{width}.txt", seen) == seen
    assert max(map(len, seen.splitlines())) <= width


def test_the_summary_leaves_out_what_the_history_has():
    """Also of a mapping that was logged: one of its numbers is a metric, another came from the script."""
    record = make_record(metrics={"nest.a": [1, 2]}, summary={"nest": {"a": 2, "b": 3}})
    seen = page(record, [])

    assert "  nest.b  3" in seen
    assert "\n  nest.a  2\n" not in seen
    assert 1 == seen.count("nest.a")


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ({"rows": 60_000}, "60,000"),
        ({"rows": None, "rows_seen": 4_800}, "4,800 seen of a stream"),
        (
            {"rows": None, "rows_seen": 4_800, "validation_rows_seen": 512},
            "4,800 seen of a stream, 512 of its validation",
        ),
    ],
)
def test_the_rows_of_a_stream_are_those_that_were_seen(data: dict[str, int], rows: str):
    """How many there are is not known."""
    seen = page(make_record(facts={"data": data, "fit": {"batch_size": None}}), [])

    assert f"  rows  {rows}" in seen.splitlines()


def test_what_goes_into_a_pipe_is_plain(full: RunRecord, findings: list[Finding]):
    """No escape sequence, no blanks at the end of a line."""
    seen = page(full, findings)

    assert "\x1b" not in seen
    assert [line.rstrip() for line in seen.splitlines()] == seen.splitlines()


def test_an_empty_run_is_a_title_and_says_what_is_not_there():
    """Sections without content are left out, but not the two that are looked for."""
    assert ["6tviu1ge  finished  6tviu1ge", "", "Best values  no metric was logged", "", "Findings  none"] == page(
        make_record(), []
    ).splitlines()


def test_names_cannot_steer_the_terminal():
    """Neither rich's markup nor escape sequences in a run's own words are obeyed."""
    hostile = "[bold red]x[/]\x1b[2J:smile:"
    seen = page(make_record(name=hostile, config={hostile: hostile}, notes=hostile, tags=(hostile,)), [])

    assert "\x1b" not in seen
    assert 5 == seen.count(r"[bold red]x[/]\x1b[2J:smile:")


def test_a_thousand_metrics_are_counted_not_listed():
    """A terminal is no database."""
    seen = page(make_record(metrics={f"val/m{i}_loss": [0.5] for i in range(1000)}), [])

    assert "… and 960 more: --json has all" in seen
    assert len(seen.splitlines()) < 60


def test_a_terminal_gets_colour_unless_it_declines(
    full: RunRecord, findings: list[Finding], monkeypatch: pytest.MonkeyPatch
):
    """NO_COLOR leaves no colour in the text."""

    def painted() -> str:
        stream = StringIO()
        out = Console(
            file=stream, force_terminal=True, width=100, highlight=False, markup=False, color_system="standard"
        )
        show_run(out, full, findings)
        return stream.getvalue()

    colourful = painted()
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[1;31m" in colourful
    assert "31m" not in painted()


def test_what_stands_in_the_summary_alone_is_shown():
    """A returned result has no history; W&B's own entries, tables and ours are no result."""
    summary = {
        "test/accuracy": 0.97,
        "matrix": {"hits": 3},
        "val/loss": {"min": 0.1},
        "best": {"metric": "val/loss"},
        "trackexp": {"errors": 0},
        "trackexp/findings": {"_type": "table-file"},
        "_runtime": 3,
    }
    seen = page(make_record(metrics={"val/loss": [0.1]}, summary=summary), [])

    assert "Summary\n  test/accuracy  0.97\n  matrix.hits    3\n\nFindings" in seen


@pytest.mark.parametrize("loss", [None, ""])
def test_what_was_not_compiled_has_no_row(loss: str | None):
    """A model may add its losses itself."""
    seen = page(make_record(facts={"compile": {"loss": loss, "optimizer": {"identifier": "adam"}}}), [])

    assert "optimizer  adam" in seen
    assert "  loss" not in seen


@pytest.mark.parametrize("width", [60, 100])
def test_sixty_silent_rules_take_three_lines(findings: list[Finding], width: int):
    """Crashes first, then by how many rules share the reason, whichever fit it was given for; the rest is counted."""
    gaps = [
        Gap("TX001", "broken", "KeyError: 'a' (broken.py:3)", crashed=True),
        *(Gap(f"TX3{i:02}", "no-facts", "fit 0 has no data; fit 1 has no data") for i in range(50)),
        *(Gap(f"TX4{i:02}", "few-rows", f"fit {i}: it takes {i} target rows") for i in range(9)),
    ]
    stream = StringIO()
    show_findings(console(stream, width=width), findings[:1], gaps)
    lines = stream.getvalue().splitlines()

    assert "Findings  1 error; 1 rule crashed, 59 rules could not look" == lines[1]
    assert [
        "  TX001 broken crashed: KeyError: 'a' (broken.py:3)",
        "  50 rules: a fit has no data",
        "  … and 9 other reasons: --json has all",
    ] == lines[-3:]


def test_a_long_reason_is_cut_at_the_width():
    """It stays one line; JSON has it whole."""
    stream = StringIO()
    show_findings(console(stream, width=60), [], [Gap("TX301", "few-rows", "word " * 40)])
    last = stream.getvalue().splitlines()[-1]

    assert last.startswith("  1 rule: word word")
    assert last.endswith("…")
    assert 60 >= len(last)


def test_where_every_rule_answered_nothing_is_added():
    """Silence is for rules that passed."""
    stream = StringIO()
    show_findings(console(stream), [], [])

    assert "\nFindings  none\n" == stream.getvalue()


def test_a_run_of_several_fits_lists_each_with_its_best():
    """Under the best values of all of them."""
    summary = {"trackexp": {"fits": 2, "first_epochs": [0, 2]}, "best": {"metric": "val/loss"}}
    seen = page(make_record(metrics={"val/loss": [0.5, 0.4, 0.9, 0.2]}, summary=summary), []).splitlines()

    assert ["fit 1  val/loss 0.4 at epoch 1", "fit 2  val/loss 0.2 at epoch 3"] == [
        line.strip() for line in seen if line.strip().startswith("fit ")
    ]


def test_what_went_wrong_while_recording_is_shown_with_its_cause():
    """Not only in JSON."""
    ours = {"tracking_errors": 3, "failures": ["logging the epoch failed: OSError: no space"], "unsaved": "no weights"}
    seen = page(make_record(summary={"trackexp": ours}), [])

    assert "While recording" in seen
    assert all(text in seen for text in ("logging the epoch", "OSError: no space", "not saved: no weights"))


def test_a_tracked_run_that_holds_nothing_says_what_to_do():
    """A run of another writer is only said to hold no metric."""
    seen = page(make_record(config={"trackexp_code": {"schema": 1}}), [])

    assert "no fit seen and nothing logged: a loop of your own? run.log(…), or run.follow(model)" in seen.replace(
        "\n", " "
    )
