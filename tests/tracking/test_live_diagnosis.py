from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp import diagnose, track
from trackexp.record import RunRecord
from trackexp.tracking.live_diagnosis import run_rules

TARGETS = {"shape": [1797, 10], "sampled_rows": 1797, "zero_one": True, "integral": True, "row_sums_one": 1.0}


def facts(index: int = 0, loss: str = "binary_crossentropy") -> Any:
    """Return the facts of a fit with that loss on one-hot targets."""
    return {
        "schema": 1,
        "model": {"outputs": [{"name": "digit", "activation": "softmax"}]},
        "compile": {"losses": [{"identifier": loss}]},
        "fit": {"index": index, "source": "arrays"},
        "data": {"targets": [TARGETS]},
    }


def test_a_mistake_is_named_while_the_run_is_open(read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]):
    """As soon as the facts are known the finding is on stderr, in the run, its summary, its tags and a table."""
    with track(mode="offline") as run:
        run.record_facts(facts())
        run_rules(run)
        early = capfd.readouterr().err
        run_rules(run, epoch=1)
        again = capfd.readouterr().err
        found = run.findings

    record = read()
    assert (["TX101"], "") == ([finding.code for finding in found], again)
    assert "TX101" in early
    assert (found, ("bce-on-categorical",)) == (record.findings, record.tags)
    assert (1, 0, 0) == tuple(record.summary["trackexp"][key] for key in ("errors", "warnings", "tracking_errors"))
    assert any(file.name.startswith("media/table/trackexp/findings") for file in record.files)


def test_the_record_says_the_same_as_the_live_run(read: Callable[..., RunRecord]):
    """The rules on the record find what they found in the live run."""
    with track(mode="offline") as run:
        run.record_facts(facts())
        run_rules(run)
        live = [(finding.code, finding.message) for finding in run.findings]

    assert live == [(finding.code, finding.message) for finding in diagnose(read()).findings]


def test_a_fault_is_named_once_for_fits_that_are_alike(read: Callable[..., RunRecord]):
    """The facts of an earlier fit are kept beside those of the latest; a fit set up like one before adds nothing."""
    with track(mode="offline") as run:
        for index, loss in enumerate(("categorical_crossentropy", "binary_crossentropy", "binary_crossentropy")):
            run.record_facts(facts(index, "unknown yet"))
            run.record_facts(facts(index, loss))
            run_rules(run)

    record = read()
    assert [1] == [finding.fit for finding in record.findings]
    assert [0, 1] == [fit["fit"]["index"] for fit in record.facts]


def test_without_diagnosis_the_facts_are_stored_and_nothing_is_said(
    read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]
):
    """diagnose=False looks for nothing; the facts are in the record, for later."""
    with track(mode="offline", diagnose=False) as run:
        run.record_facts(facts())
        run_rules(run)

    record = read()
    assert ((), ["TX101"]) == (record.findings, [finding.code for finding in diagnose(record).findings])
    assert "TX101" not in capfd.readouterr().err


def test_a_diagnosis_that_fails_stops_nothing(read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]):
    """Facts that no rule can read are a word or an outcome, never an exception in the training."""
    with track(mode="offline") as run:
        run.record_facts({"schema": 1, "compile": {"losses": 3}, "fit": {"index": 0}, "data": {"targets": "x"}})
        run_rules(run)
        run.log({"loss": 1.0})

    assert [1.0] == list(read().history["loss"].values)


def test_nested_tracks_share_what_they_found(read: Callable[..., RunRecord]):
    """Findings, best model and epochs belong to the run, whichever `track` they were made in."""
    with track(mode="offline") as outer, track() as inner:
        inner.record_facts(facts())
        run_rules(inner)
        inner.log_epoch({"epoch": 0, "val/loss": 0.5})
        run_rules(outer)
        shared = (inner.findings == outer.findings, outer.state.rows == inner.state.rows)

    assert ((True, True), 1) == (shared, len(read().findings))
