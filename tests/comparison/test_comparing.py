from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.comparison import compare
from trackexp.errors import UsageError
from trackexp.record import Damage, Finding, RunRecord, Severity, State
from trackexp.reporting import to_json
from trackexp.testing import make_record

ERROR = Finding("TX101", "bce-on-categorical", Severity.ERROR, "seen", "mend it")


@st.composite
def records(draw: st.DrawFn, run_id: str) -> RunRecord:
    """Draw a run: some without numbers, some with a finding, some that crashed."""
    values = st.lists(st.floats(width=16) | st.sampled_from([0.1, 0.2]), min_size=1, max_size=3)
    return make_record(
        run_id,
        name=draw(st.sampled_from(["", "same", run_id])),
        metrics={"val/loss": draw(values), "val/accuracy": draw(values)},
        config=draw(st.dictionaries(st.sampled_from(["lr", "arch"]), st.integers(0, 2))),
        findings=draw(st.sampled_from([(), (ERROR,)])),
        state=draw(st.sampled_from(["finished", "crashed", "running"])),
    )


@given(first=records("aaa"), second=records("bbb"), third=records("ccc"))
def test_the_order_of_the_runs_decides_nothing(first: RunRecord, second: RunRecord, third: RunRecord):
    """`compare(a, b)` mirrors `compare(b, a)`."""
    one = compare([first, second, third], metric="val/loss")
    other = compare([third, second, first], metric="val/loss")

    assert one.verdict.to_dict() == other.verdict.to_dict()
    assert one.differences == other.differences
    assert [row.id for row in one.entries] == [row.id for row in reversed(other.entries)]


@given(first=records("aaa"), second=records("bbb"))
def test_a_run_with_an_error_never_wins(first: RunRecord, second: RunRecord):
    """Whatever its number."""
    best = compare([first, second], metric="val/loss").best

    assert best is None or not best.findings


@given(first=records("aaa"), second=records("bbb"))
def test_a_comparison_survives_json(first: RunRecord, second: RunRecord):
    """Also NaN and infinities, which JSON does not have."""
    data = json.loads(to_json(compare([first, second], metric="val/loss").to_dict()), parse_constant=pytest.fail)

    assert {"schema", "metric", "runs", "differences", "groups", "verdict"} <= set(data)


def test_a_better_number_with_an_error_does_not_win(three: list[RunRecord]):
    """The best of the others is believed, and the text says why."""
    comparison = compare(three)

    assert comparison.best is three[1]
    assert ["ccc"] == [excluded.entry.id for excluded in comparison.verdict.disqualified]
    assert "dense-bce is disqualified, although its val/loss of 0.03 is the better number" in comparison.verdict.text


def test_only_a_damaged_run_carries_damage(three: list[RunRecord]):
    """Where, how much and what kind."""
    hurt = make_record("ddd", metrics={"val/loss": [0.9]}, damage=(Damage(100, 20, "truncated"),))
    runs = compare([*three, hurt]).to_dict()["runs"]

    assert ["ddd"] == [run["id"] for run in runs if "damage" in run]
    assert [{"offset": 100, "length": 20, "kind": "truncated", "path": None}] == runs[-1]["damage"]


@pytest.mark.parametrize(
    ("given_runs", "message"),
    [
        ([], "was given no run"),
        (["aaa"], "given one run, aaa.*trackexp show"),
        (["aaa", "aaa"], "was given 2 times"),
    ],
)
def test_fewer_than_two_runs_are_no_comparison(given_runs: list[str], message: str):
    """One run is what `show` is for, and the same one twice is a slip."""
    with pytest.raises(UsageError, match=message):
        compare([make_record(run, metrics={"val/loss": [0.1]}) for run in given_runs])


def test_an_iterator_of_runs_is_taken(three: list[RunRecord]):
    """As `read_runs` gives it."""
    assert "bbb" == compare(iter(three)).to_dict()["verdict"]["best"]["id"]


def test_a_run_of_which_nothing_is_known_differs_in_nothing():
    """One that was killed before W&B wrote a byte: its config is unknown, and the others are still repetitions."""
    seeds = [make_record(f"s{i}", metrics={"val/loss": [i]}, config={"lr": 0.1, "seed": i}) for i in (1, 2)]
    comparison = compare([*seeds, RunRecord("gone", state=State.KILLED)])

    assert {"seed": {"s1": 1, "s2": 2}} == comparison.differences
    assert [2] == [group.n for group in comparison.groups]
    assert "gone cannot be compared: it was killed before it ended" in comparison.verdict.text
    comparison.show(seen := StringIO())
    assert "(not set)" not in seen.getvalue()


def test_a_seed_has_no_ratio():
    """It counts nothing; an amount does."""
    runs = [make_record(f"s{i}", metrics={"val/loss": [i]}, config={"lr": i / 10, "seed": i}) for i in (1, 2)]

    assert {"lr": {"s1": 1.0, "s2": 2.0}} == compare(runs).ratios


def test_what_several_runs_lack_is_told_of_each():
    """One sentence for all of them, in the plural; and a metric is not to blame where a threshold is."""
    lost = [make_record(name, metrics={"val/loss": [1]}, state="killed") for name in ("x", "y")]
    text = compare([make_record("a", metrics={"val/loss": [3]}), *lost], require="val/loss < 2").verdict.text

    assert "x, y cannot be compared: each was killed before it ended." in text
    assert "means the same" not in text


def test_the_terminal_shows_runs_differences_and_verdict(
    three: list[RunRecord], golden: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch
):
    """In the order of merit; plain, because the stream is no terminal."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    seen = StringIO()
    compare([*three, make_record("ddd", name="lost", state="crashed")]).show(seen)

    assert golden("comparison.txt", seen.getvalue()) == seen.getvalue()


def test_the_json_is_as_published(three: list[RunRecord], golden: Callable[[str, str], str]):
    """Other tools read it: a change needs another schema number."""
    seen = to_json(compare(three).to_dict()) + "\n"

    assert golden("comparison.json", seen) == seen
