from __future__ import annotations

from pathlib import Path

import pytest

from trackexp.record import FileRecord, Finding, History, RunRecord, Severity

FINDING = Finding("TX101", "bce-on-categorical", Severity.ERROR, "seen", "do")


def test_facts_are_those_of_every_fit_oldest_first() -> None:
    """The entry is the latest fit, the earlier ones lie inside it."""
    first, second = {"schema": 1, "fit": {"index": 0}}, {"schema": 1, "fit": {"index": 1}}
    run = RunRecord("x", config={"trackexp": {**second, "earlier_fits": [first]}})

    assert [0, 1] == [facts["fit"]["index"] for facts in run.facts]


@pytest.mark.parametrize("config", [{}, {"trackexp": None}, {"trackexp": "mine"}, {"trackexp": {"lr": 1}}])
def test_a_run_that_trackexp_did_not_record_has_no_facts(config: dict[str, object]) -> None:
    """Also where the user has a key of that name."""
    assert () == RunRecord("x", config=config).facts


def test_stored_findings_come_back() -> None:
    """The summary holds them as data."""
    assert (FINDING,) == RunRecord("x", summary={"trackexp": {"findings": [FINDING.to_dict()]}}).findings
    assert () == RunRecord("x").findings


@pytest.mark.parametrize("stored", [3, {}, {"findings": []}, {"findings": [None, "text", {"code": "TX1"}]}])
def test_what_is_no_finding_is_left_out(stored: object) -> None:
    """A user may write to the same place of the summary."""
    assert () == RunRecord("x", summary={"trackexp": stored}).findings


def test_settings_are_what_the_user_set() -> None:
    """Without the facts and W&B's own entry."""
    assert {"lr": 1} == RunRecord("x", config={"lr": 1, "trackexp": {}, "_wandb": {}}).settings


def test_the_title_is_the_name_or_the_id() -> None:
    """Every run can be called something."""
    assert ("n", "x") == (RunRecord("x", name="n").title, RunRecord("x").title)


def test_a_file_is_found_by_its_name() -> None:
    """One that the run does not have is None."""
    file = FileRecord("a.h5", Path("a.h5"), 3)

    assert file == RunRecord("x", files=(file,)).file("a.h5")
    assert RunRecord("x", files=(file,)).file("b.h5") is None


def test_metrics_are_what_the_user_logged() -> None:
    """W&B's own columns are left out."""
    run = RunRecord("x", history=History.from_rows([{"_runtime": 1.0, "loss": 2.0, "_timestamp": 3.0}]))

    assert ["loss"] == list(run.metrics())


def test_a_notebook_shows_a_run_and_runs_nothing_of_it() -> None:
    """Name, state, best values and settings; names are anybody's, so they are escaped."""
    rows = [{"_step": step, "val_loss": loss, "depth": 3} for step, loss in enumerate([0.5, 0.25, 0.75])]
    run = RunRecord("x", name="<script>n", config={"a<b": "<i>"}, history=History.from_rows(rows))
    seen = run._repr_html_()

    assert "<strong>&lt;script&gt;n</strong> unknown" in seen
    assert "<tr><td>val/loss</td><td>0.25</td><td>0.75</td></tr>" in seen
    assert "<tr><td>depth</td><td>–</td><td>3</td></tr>" in seen
    assert "<tr><td>a&lt;b</td><td>&lt;i&gt;</td></tr>" in seen
    assert "<script>" not in seen
