from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.diagnosis import Outcome, Status, diagnose
from trackexp.diagnosis.rules.loss.bce_on_categorical import BceOnCategorical
from trackexp.record import Finding, RunRecord, Severity
from trackexp.testing import make_record

Facts = Callable[..., dict[str, Any]]


def outcome_of(facts: dict[str, Any] | list[dict[str, Any]] | None, **fields: Any) -> Outcome:
    """Run the rule alone."""
    return diagnose(make_record(facts=facts, **fields), rules=[BceOnCategorical()]).outcomes[0]


@pytest.mark.parametrize(
    ("target", "activation"),
    [
        ({}, "softmax"),
        ({}, "sigmoid"),
        ({}, "linear"),
        ({}, None),
        ({"shape": [200, 3], "sampled_rows": 200}, "sigmoid"),
        ({"shape": [32, 10], "sampled_rows": 32}, "softmax"),
        ({"shape": [None, 10], "sampled_rows": 256}, "sigmoid"),
    ],
)
def test_it_fires_on_exclusive_classes(onehot_fit: Facts, target: dict[str, Any], activation: str | None):
    """Whatever the last activation, enough one-hot rows under binary crossentropy are the fault."""
    outcome = outcome_of(onehot_fit(target=target, activation=activation))

    assert Status.FINDING == outcome.status
    assert [Severity.ERROR] == [finding.severity for finding in outcome.findings]


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        ({"identifier": "categorical_crossentropy"}, {}),
        ({"identifier": "binary_focal_crossentropy"}, {}),
        ({"custom": True}, {}),
        ({}, {"shape": [1797, 2]}),
        ({}, {"shape": [1797, 1], "row_sums_one": None}),
        ({}, {"shape": [1797], "row_sums_one": None}),
        ({}, {"shape": [1797, 64, 64], "row_sums_one": None}),
        ({}, {"shape": [1797, 64, 3], "row_sums_one": 1.0}),
        ({}, {"row_sums_one": 1796 / 1797}),
        ({}, {"row_sums_one": 0.98}),
        ({}, {"row_sums_one": None}),
        ({}, {"zero_one": False}),
    ],
    ids=[
        "another loss",
        "focal",
        "a loss of the user's own",
        "two classes",
        "one column",
        "integers",
        "masks",
        "a class a pixel",
        "one row that sums to another number",
        "multi-label with about one positive",
        "row sums unknown",
        "soft",
    ],
)
def test_it_is_silent_where_the_loss_fits(onehot_fit: Facts, loss: dict[str, Any], target: dict[str, Any]):
    """What resembles the fault and is none passes."""
    outcome = outcome_of(onehot_fit(loss=loss, target=target, activation="sigmoid"))

    assert (Status.PASSED, ()) == (outcome.status, outcome.findings)


@pytest.mark.parametrize(
    ("activation", "rows", "needed"), [("sigmoid", 199, 200), (None, 32, 200), ("softmax", 31, 32)]
)
def test_too_few_rows_are_no_evidence(onehot_fit: Facts, activation: str | None, rows: int, needed: int):
    """Just below the threshold it says that it cannot tell, and what it would take."""
    outcome = outcome_of(onehot_fit(target={"shape": [rows, 10], "sampled_rows": rows}, activation=activation))

    assert (Status.NOT_APPLICABLE, ()) == (outcome.status, outcome.findings)
    assert f"fit 0: {rows} target rows were seen, and it takes {needed}" == outcome.reason


def test_a_threshold_is_a_field(onehot_fit: Facts):
    """Replacing a number configures the rule."""
    record = make_record(facts=onehot_fit(target={"sampled_rows": 20}))
    lenient = replace(BceOnCategorical(), min_rows_softmax=20)

    assert () == diagnose(record, rules=[BceOnCategorical()]).findings
    assert 1 == len(diagnose(record, rules=[lenient]).findings)


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        ("compile", "fit 0 has no compile.losses among its facts"),
        ("data", "fit 0 has no data.targets among its facts"),
    ],
)
def test_it_does_not_apply_without_its_facts(onehot_fit: Facts, drop: str, reason: str):
    """It says which fact it lacks."""
    facts = {key: part for key, part in onehot_fit().items() if key != drop}

    assert (Status.NOT_APPLICABLE, reason) == (outcome_of(facts).status, outcome_of(facts).reason)


def test_it_does_not_apply_to_a_run_of_plain_wandb():
    """A run without facts is told apart from a healthy one."""
    outcome = outcome_of(None, config={"loss": "binary_crossentropy"})

    assert Status.NOT_APPLICABLE == outcome.status
    assert "the run carries no facts: trackexp did not record its training" == outcome.reason


@pytest.mark.parametrize(
    ("target", "which"),
    [
        ({}, "every one of 1,797 target rows sums to 1"),
        ({"shape": [60000, 10], "sampled_rows": 4096}, "every one of 4,096 target rows sampled from 60,000 sums to 1"),
        ({"shape": [None, 10], "sampled_rows": 64}, "every one of 64 target rows of the first batch sums to 1"),
    ],
)
def test_the_message_counts_the_rows_that_were_looked_at(onehot_fit: Facts, target: dict[str, Any], which: str):
    """The number is that of the evidence, not of the data set."""
    (finding,) = outcome_of(onehot_fit(target=target)).findings

    assert f"loss=binary_crossentropy on 10 exclusive classes ({which})" == finding.message


@pytest.mark.parametrize(
    ("activation", "loss", "fix"),
    [
        (
            "softmax",
            {},
            'compile with loss="categorical_crossentropy", or sparse_categorical_crossentropy with integer labels',
        ),
        (
            "sigmoid",
            {"from_logits": False},
            'compile with loss="categorical_crossentropy", or sparse_categorical_crossentropy with integer labels, '
            "over a softmax instead of the sigmoid",
        ),
        (
            "linear",
            {"from_logits": True},
            "compile with loss=CategoricalCrossentropy(from_logits=True), "
            "or SparseCategoricalCrossentropy(from_logits=True) with integer labels",
        ),
    ],
)
def test_the_fix_fits_the_models_end(onehot_fit: Facts, activation: str, loss: dict[str, Any], fix: str):
    """Following the advice must not make the next fault."""
    (finding,) = outcome_of(onehot_fit(loss=loss, activation=activation)).findings

    assert fix == finding.fix


def test_every_fit_is_judged_and_named(onehot_fit: Facts):
    """The second of two fits has the fault, and the finding says so."""
    sound = onehot_fit(loss={"identifier": "categorical_crossentropy"})
    outcome = outcome_of([sound, onehot_fit()])

    assert [1] == [finding.fit for finding in outcome.findings]


def test_of_several_outputs_the_faulty_one_is_named(onehot_fit: Facts):
    """Losses, targets and activations are matched by output."""
    facts = onehot_fit()
    (target,) = facts["data"]["targets"]
    facts["model"]["outputs"] = [{"name": "age", "activation": "linear"}, {"name": "digit", "activation": "softmax"}]
    facts["compile"]["losses"] = [
        {"identifier": "binary_crossentropy", "output": "digit"},
        {"identifier": "mean_squared_error", "output": "age"},
    ]
    facts["data"]["targets"] = [{"shape": [1797, 1], "sampled_rows": 1797}, target]
    messages = [finding.message for finding in outcome_of(facts).findings]

    assert ["loss=binary_crossentropy of output 'digit' on 10 exclusive classes"] == [
        m.split(" (")[0] for m in messages
    ]


@given(name=st.text(max_size=20), values=st.lists(st.floats(), min_size=1, max_size=4))
def test_it_is_unmoved_by_what_it_does_not_read(name: str, values: list[float]):
    """Another name and an unrelated metric change nothing."""
    facts = {
        "compile": {"losses": [{"identifier": "binary_crossentropy"}]},
        "data": {"targets": [{"shape": [300, 4], "sampled_rows": 300, "zero_one": True, "row_sums_one": 1.0}]},
    }
    renamed = make_record(name=name, facts=facts, metrics={"my/metric": values})

    assert findings(make_record(facts=facts)) == findings(renamed) != ()


def findings(record: RunRecord) -> tuple[Finding, ...]:
    """Return what the rule finds."""
    return diagnose(record, select="bce-on-categorical").findings
