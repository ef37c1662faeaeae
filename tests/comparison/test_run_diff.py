from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.comparison.run_diff import SECTIONS, diff
from trackexp.errors import UsageError
from trackexp.record import FileRecord, Finding, RunRecord, Severity
from trackexp.reporting import console, to_json
from trackexp.testing import make_record

HEAD = "diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1,2 +1,2 @@\n x = 0\n-lr = 1\n"


@pytest.fixture
def two(tmp_path: Path, wrong_loss: Finding) -> tuple[RunRecord, RunRecord]:
    """Two runs that differ in every section."""
    made = []
    for name, lr, hash_ in (("aaa", 0.001, "1"), ("bbb", 0.003, "2")):
        patch = tmp_path / f"{name}.patch"
        patch.write_text(HEAD + f"+lr = {lr}\n")
        made.append(
            make_record(
                name,
                name=f"run-{name}",
                config={"lr": lr, "epochs": 3, "model": {"units": 8}},
                facts={"data": {"inputs": [{"shape": [9, 2], "hash": hash_}]}},
                metrics={"val/loss": [0.5, 2 * lr, 0.4], "val/accuracy": [0.1, 0.2, 0.3]},
                environment={"python": f"3.1{hash_}", "git": {"commit": "c0ffee"}},
                files=(FileRecord("code.patch", patch, 9),),
                findings=[wrong_loss] if name == "bbb" else [],
                system={"cpu": 50.0 * float(hash_)},
                runtime=float(hash_),
            )
        )
    return made[0], made[1]


def test_everything_that_differs_is_told(two: tuple[RunRecord, RunRecord]):
    """And nothing that does not."""
    found = diff(*two)

    assert {"lr": {"aaa": 0.001, "bbb": 0.003}} == {k: v for k, v in found.config.items() if k == "lr"}
    assert {"val/loss best", "val/loss area"} == set(found.metrics)
    assert {"error: TX101 bce-on-categorical"} == set(found.findings)
    assert {"python"} == set(found.environment)
    assert "these two were not trained on the same data" == found.statement
    assert "+lr = 0.003" == found.patch.split("\n")[-1]
    assert all(getattr(found, section) for section in SECTIONS)


def test_the_terminal_shows_the_sections(
    two: tuple[RunRecord, RunRecord], golden: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch
):
    """Two columns and a ratio; the code as a unified diff."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    seen = StringIO()
    diff(*two).show(seen)

    assert golden("diff.txt", seen.getvalue()) == seen.getvalue()


@pytest.mark.parametrize("width", [30, 60, 100])
def test_the_width_is_respected(two: tuple[RunRecord, RunRecord], width: int):
    """Code is not wrapped: a broken line is another line."""
    from trackexp.comparison.terminal.diff_page import show_diff

    stream = StringIO()
    show_diff(console(stream, width=width), diff(*two), ("config", "metrics", "environment", "system"))

    assert max(map(len, stream.getvalue().splitlines())) <= width


def test_runs_that_are_alike_say_so():
    """In one line, and JSON has every section, empty."""
    found = diff(make_record("a", config={"lr": 1}), make_record("b", config={"lr": 1.0}))
    seen = StringIO()
    found.show(seen)

    assert "No difference known  run, config, data, code" in seen.getvalue()
    assert {section: {} for section in SECTIONS} == {section: found.to_dict()[section] for section in SECTIONS}


def test_only_the_sections_that_were_asked_for(two: tuple[RunRecord, RunRecord]):
    """The patch belongs to the code."""
    assert {"schema", "runs", "ratios", "code", "patch"} == set(diff(*two).to_dict(("code",)))


def test_one_run_twice_is_a_slip():
    """It cannot differ from itself."""
    with pytest.raises(UsageError, match="both runs are a"):
        diff(make_record("a"), make_record("a"))


@given(
    st.lists(st.floats() | st.integers(), max_size=3),
    st.lists(st.floats() | st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=2), st.none() | st.floats() | st.text(max_size=2), max_size=2),
)
def test_a_diff_mirrors_and_survives_json(one: list[float], other: list[float], config: dict[str, object]):
    """NaN, infinities and empty runs included; what differs does not depend on which run comes first."""
    finding = Finding("TX999", "odd", Severity.INFO, "seen", "look")
    a = make_record("a", metrics={"val/loss": one}, config=config, findings=[finding])
    b = make_record("b", metrics={"val_loss": other})
    found, mirrored = diff(a, b).to_dict(), diff(b, a).to_dict()

    json.loads(to_json(found), parse_constant=pytest.fail)
    for section in set(SECTIONS) - {"metrics"}:
        assert found[section] == mirrored[section]
    assert found["metrics"].keys() == mirrored["metrics"].keys()


def test_peaks_of_one_script_that_ran_twice_are_no_difference():
    """A measurement is never the same twice; an epoch is no amount, and has no ratio."""
    first, second = (
        make_record(run, metrics={"val/loss": losses}, system={"cpu": cpu, "proc.memory.rssMB": memory, "gpu": 0.0})
        for run, losses, cpu, memory in (("a", [0.3, 0.2, 0.4], 50.0, 800.0), ("b", [0.3, 0.4, 0.1], 51.0, 900.0))
    )
    found = diff(first, second)

    assert {"proc.memory.rssMB": {"a": 800.0, "b": 900.0}} == found.system
    assert "val/loss best epoch" in found.metrics
    assert {"val/loss best", "val/loss last", "val/loss area"} == set(found.ratios("metrics"))
