from __future__ import annotations

from typing import Any

import pytest

from trackexp.comparison import Verdict, compare
from trackexp.record import Finding, Severity
from trackexp.testing import make_record


def fit(loss: str = "mse", data: str | None = None, validation: str | None = None) -> dict[str, Any]:
    """Return facts of a fit on whole arrays with these hashes."""
    return {
        "compile": {"loss": loss, "metrics": [{"name": "accuracy", "identifier": loss}]},
        "fit": {"source": "arrays"},
        "data": {
            "inputs": [{"shape": [9], "hash": data}] if data else [],
            "validation_inputs": [{"shape": [3], "hash": validation}] if validation else [],
        },
    }


def verdict(metric: str = "val/loss", **runs: tuple[list[float], dict[str, Any]]) -> Verdict:
    """Judge runs, each given by its values and further fields."""
    records = [make_record(run, metrics={metric: values}, **fields) for run, (values, fields) in runs.items()]
    return compare(records, metric=metric).verdict


def apart(seen: Verdict) -> dict[str, str]:
    """Return why runs cannot be compared, by id."""
    return {excluded.entry.id: excluded.reason for excluded in seen.not_comparable}


@pytest.mark.parametrize(("metric", "best"), [("val/loss", "a"), ("val/accuracy", "b")])
def test_the_better_number_wins(metric: str, best: str):
    """Lower for a loss, higher for a score; the best value counts, not the last."""
    seen = verdict(metric, a=([0.5, 0.1, 0.6], {}), b=([0.4, 0.7, 0.2], {}))

    assert seen.best is not None
    assert best == seen.best.id


def test_equal_numbers_are_a_tie():
    """One of them is named the best, the other is not hidden."""
    seen = verdict(a=([0.1], {}), b=([0.1], {}), c=([0.2], {}))

    assert ["b"] == [entry.id for entry in seen.tied]
    assert "a and b are tied, with the same val/loss of 0.1." == seen.text


@pytest.mark.parametrize("state", ["failed", "killed", "crashed"])
def test_a_run_that_did_not_end_is_set_apart(state: str):
    """Its numbers are those of half a training."""
    seen = verdict(a=([0.1], {"state": state}), b=([0.2], {}))

    assert ["a"] == list(apart(seen))
    assert "b" == (seen.best and seen.best.id)


@pytest.mark.parametrize("state", ["running", "interrupted", "unknown"])
def test_a_run_that_was_stopped_on_purpose_or_goes_on_is_compared(state: str):
    """Ctrl-C after enough epochs is how many trainings end."""
    assert {} == apart(verdict(a=([0.1], {"state": state}), b=([0.2], {})))


def test_a_running_winner_is_called_so():
    """Its number may still change."""
    assert "so far: it is still running" in verdict(a=([0.1], {"state": "running"}), b=([0.2], {})).text


@pytest.mark.parametrize(
    ("values", "reason"), [([], "it has no val/loss"), ([float("nan")], "its val/loss was never a finite number")]
)
def test_a_run_without_a_number_is_set_apart(values: list[float], reason: str):
    """NaN is no number to compare."""
    assert {"a": reason} == apart(verdict(a=(values, {}), b=([0.2], {}), c=([0.3], {})))


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.INFO])
def test_less_than_an_error_does_not_disqualify(severity: Severity):
    """A warning asks for a look."""
    finding = Finding("TX999", "odd", severity, "seen", "look")
    seen = verdict(a=([0.1], {"findings": [finding]}), b=([0.2], {}))

    assert ("a", ()) == (seen.best and seen.best.id, seen.disqualified)


def test_a_loss_of_another_kind_is_another_number():
    """The minority is set apart."""
    seen = verdict(a=([0.1], {"facts": fit("mae")}), b=([0.2], {"facts": fit("mse")}), c=([0.3], {"facts": fit("mse")}))

    assert {"a": "its val/loss is mae, not mse as elsewhere"} == apart(seen)
    assert "b" == (seen.best and seen.best.id)


def test_where_no_definition_prevails_nobody_wins():
    """Two runs by two losses cannot be ranked by them, and the text says what to do."""
    seen = verdict(a=([0.1], {"facts": fit("mae")}), b=([0.2], {"facts": fit("mse")}))

    assert seen.best is None
    assert seen.text.startswith("No run can be believed.")
    assert seen.text.endswith("Compare by a metric that means the same in all of them.")


def test_a_metric_is_told_apart_by_what_keras_made_of_it():
    """`accuracy` of one run and of another may be two functions."""
    runs = {run: ([0.5], {"facts": fit(loss)}) for run, loss in (("a", "x"), ("b", "y"), ("c", "y"))}

    assert ["a"] == list(apart(verdict("val/accuracy", **runs)))


@pytest.mark.parametrize(
    ("first", "others", "excluded"),
    [
        (fit(validation="v1"), fit(validation="v2"), ["a"]),
        (fit(data="t1", validation="v"), fit(data="t2", validation="v"), []),
        (fit(data="t1"), fit(data="t2"), ["a"]),
        (fit(), fit(data="t2"), []),
    ],
    ids=["other validation data", "more training data", "no validation data known", "nothing known"],
)
def test_a_number_measured_on_other_data_is_set_apart(
    first: dict[str, Any], others: dict[str, Any], excluded: list[str]
):
    """What a validation metric was measured on decides; training on other data is a fair contest."""
    seen = verdict(a=([0.1], {"facts": first}), b=([0.2], {"facts": others}), c=([0.3], {"facts": others}))

    assert excluded == list(apart(seen))


def test_runs_of_one_name_are_told_apart_by_id():
    """Folds and seeds often share a name."""
    seen = verdict(a=([0.1], {"name": "fold"}), b=([0.2], {"name": "fold"}))

    assert seen.text.startswith("Believe fold (a): the lowest of 2 comparable runs, with a val/loss of 0.1 at epoch 0.")


def test_a_run_without_a_rival_is_not_believed():
    """Two runs that share no metric were not compared, whichever of them is asked about; what each has is listed."""
    runs = [make_record("a", metrics={"val/loss": [0.1]}), make_record("b", metrics={"my/number": [3.0]})]
    seen = compare(runs).verdict

    assert seen.best is None
    assert {"a": "no other run has val/loss", "b": "it has no val/loss"} == apart(seen)
    assert "No run can be believed: they share no metric. a has val/loss; b has my/number." == seen.text


def test_a_metric_of_one_run_alone_names_those_that_are_shared():
    """What to compare by is said."""
    runs = [make_record("a", metrics={"val/f1": [0.1], "val/loss": [1]}), make_record("b", metrics={"val/loss": [2]})]
    seen = compare(runs, metric="val/f1").verdict

    assert seen.best is None
    assert "No run can be believed: only a has val/f1. They share val/loss: compare by that." == seen.text


def test_a_run_whose_rivals_all_crashed_is_the_one_left():
    """That a run died before its first number does not speak against the one that did not."""
    seen = verdict(a=([0.1], {}), b=([], {"state": "crashed"}))

    assert "a" == (seen.best and seen.best.id)
    assert "the only run left to compare" in seen.text
