from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import ChecksNotMade, Policy, blindness, diagnose
from trackexp.diagnosis.documentation import rule_page
from trackexp.testing import make_record

STREAM = {"source": "generator", "batch_size": None, "batches": None}


def said(facts: dict[str, Any] | None = None, *, own_loop: bool = False) -> str:
    """Return what is said of a run with these facts; "" for nothing."""
    record = make_record(facts=facts, metrics={"train/loss": [1.0, 0.5]})
    found = blindness(record, diagnose(record), own_loop=own_loop)
    return "" if found is None else found.message


def test_a_plain_fit_of_arrays_is_not_blind(fit_of: Callable[..., Any]):
    """Rules without their subject are no blindness."""
    assert "" == said(fit_of())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fit": STREAM, "data": {"rows": None}}, "a stream of unknown length, of which 600 rows were seen"),
        ({"inputs": [], "fit": STREAM}, "the data (generator) could not be sampled"),
        ({"model": {"overrides": ["train_step"]}}, "the model computes its loss in a step of its own"),
        ({"model": {"kind": "subclassed"}}, "the layers of a subclassed model are joined in its own call"),
        ({"fit": {"validation": "stream"}}, "the validation data are a stream that was not sampled"),
    ],
)
def test_what_could_not_be_seen_is_said_with_its_reason(fit_of: Callable[..., Any], change: Any, reason: str):
    """How many checks, of how many, and why."""
    text = said(fit_of(**change))

    assert text.split(" checks could not look: ")[0].split(" of ")[0].isdigit()
    assert reason in text


@pytest.mark.parametrize(("epoch", "blind"), [(20, False), (1_500, True)])
def test_a_stream_that_was_seen_whole_is_not_blind(fit_of: Callable[..., Any], epoch: int, blind: bool):
    """All batches of the first epoch, up to a bound."""
    facts = fit_of(
        fit={**STREAM, "batches_done": [epoch, epoch]}, data={"rows": None, "batches_seen": min(epoch, 1024)}
    )

    assert blind == bool(said(facts))


def test_a_busy_machine_is_a_reason(probed: Callable[..., Any]):
    """The last probe is of the beginning."""
    facts = probed(fit={"ended": True, "epochs": 10})
    facts["probes"]["epochs"] = [0]
    record = make_record(facts=facts, metrics={"train/loss": [1.0] * 10})
    found = blindness(record, diagnose(record))

    skipped = [one for one in diagnose(record).outcomes if "time ran out" in one.reason]

    assert found is not None
    assert found.message.startswith(f"{len(skipped)} of ")
    assert "the machine left no time for a probe at the end" in found.message


def test_a_loop_of_ones_own_is_said():
    """Only what it logs is seen."""
    assert "the training loop is the script's own" in said(own_loop=True)


def test_the_remark_has_a_page_and_can_be_ignored():
    """As any rule has."""
    page = rule_page("TX000")

    assert ("checks-not-made", "diagnosis") == (page.rule.name, page.family)
    assert ["How it is detected", "Why it matters", "What to do", "References"] == [title for title, _ in page.sections]
    assert Policy(ignore=("tx000",)).ignores(ChecksNotMade())
    assert not Policy(select=("tx1",)).ignores(ChecksNotMade())
