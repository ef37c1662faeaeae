from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackexp.comparison import Comparison, compare
from trackexp.record import Finding, RunRecord
from trackexp.testing import make_record


def records(findings: dict[str, list[Finding]] | None = None, **groups: list[float]) -> list[RunRecord]:
    """Return a run a value, by seed."""
    return [
        make_record(
            f"{name}{seed}",
            metrics={"val/loss": [value]},
            config={"arch": name, "seed": seed},
            findings=(findings or {}).get(f"{name}{seed}", ()),
        )
        for name, values in groups.items()
        for seed, value in enumerate(values)
    ]


def ids(entries: Any) -> list[str]:
    """Return the runs by id."""
    return [entry.id for entry in entries]


CLEAR = {"x": [0.10, 0.12, 0.11, 0.13], "y": [0.20, 0.19, 0.22, 0.24]}
CLOSE = {"x": [0.10, 0.15, 0.11, 0.16], "y": [0.11, 0.14, 0.13, 0.17]}


def test_the_better_mean_wins_and_its_best_run_is_named():
    """Not the luckiest run of all: y has the lowest number here."""
    verdict = compare(records(x=[0.10, 0.11, 0.12, 0.10], y=[0.05, 0.40, 0.45, 0.50])).verdict

    assert ("arch=x", "x0") == (verdict.best_group, verdict.best and verdict.best.id)


def test_groups_that_differ_by_more_than_chance_are_told_apart():
    """Nobody is tied, and the text says by which test."""
    verdict = compare(records(**CLEAR)).verdict

    assert ((), ()) == (verdict.tied, verdict.tied_groups)
    assert verdict.text.startswith("Believe arch=x: the lowest of 2 groups, with a mean val/loss of 0.115 over 4 runs")
    assert "It is told apart from arch=y (p = " in verdict.text


@pytest.mark.parametrize(
    ("values", "best"), [({"x": [0.10, 0.101, 0.099], "y": [0.9]}, "x"), ({"x": [0.1], "y": [0.9, 0.901, 0.899]}, "x")]
)
def test_what_rests_on_one_run_is_said_to(values: dict[str, list[float]], best: str):
    """However small its p: the spread of a single run is taken from the others, which nothing shows."""
    verdict = compare(records(**values)).verdict

    assert f"arch={best}" == verdict.best_group
    assert verdict.text.startswith("The best mean is that of arch=x")
    assert "arch=y is told apart from it (p < 0.001 after Holm, single case t) only if the one run of" in verdict.text
    assert "repeat it to know" in verdict.text
    assert (
        "is beaten by arch=x, if single runs vary as repeated ones do."
        in compare(records(**values), baseline="y0").verdict.text
    )


def test_groups_that_do_not_are_tied_and_the_seeds_needed_are_said():
    """Every run of the tied group is listed."""
    verdict = compare(records(**CLOSE)).verdict

    assert ["y0", "y1", "y2", "y3"] == sorted(ids(verdict.tied))
    assert ("arch=y",) == verdict.tied_groups
    assert verdict.text.startswith("The best mean is that of arch=x")
    assert "arch=y is tied with it" in verdict.text
    assert f"{verdict.contests[0].more} more runs each would be needed to tell them apart" in verdict.text


def test_a_better_group_of_disqualified_runs_never_wins(wrong_loss: Finding):
    """Whatever its mean."""
    bad = {f"y{seed}": [wrong_loss] for seed in range(3)}
    verdict = compare(records(bad, x=[0.5, 0.6, 0.7], y=[0.1, 0.2, 0.1])).verdict

    assert ["y0", "y1", "y2"] == sorted(ids(one.entry for one in verdict.disqualified))
    assert "x0" == (verdict.best and verdict.best.id)
    out = "y0 (arch=y, seed=0), y1 (arch=y, seed=1), y2 (arch=y, seed=2) are disqualified"
    assert f"{out}, although 3 numbers among theirs would be better" in verdict.text


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_runs_decides_nothing(first: list[int], second: list[int], shuffle: Any):
    """Nor does which group comes first."""
    runs = records(x=[v / 10 for v in first], y=[v / 10 for v in second])
    mixed = list(runs)
    shuffle.shuffle(mixed)

    assert compare(runs).verdict.to_dict() == compare(mixed).verdict.to_dict()


@pytest.mark.parametrize(
    ("groups", "baseline", "beaten"),
    [(CLEAR, "y2", ["arch=x"]), (CLEAR, "x0", []), (CLOSE, "y0", [])],
    ids=["a worse one", "the best one", "a tied one"],
)
def test_a_baseline_among_groups_is_beaten_by_more_than_chance(
    groups: dict[str, list[float]], baseline: str, beaten: list[str]
):
    """Its group counts, not the run that was named."""
    comparison = compare(records(**groups), baseline=baseline)
    against = comparison.verdict.baseline

    assert against is not None
    assert beaten == list(against.better_groups)
    assert bool(beaten) == bool(against.beaten_by)
    assert bool(beaten) != bool(comparison.lost)
    assert ("Nobody beat the baseline" in comparison.verdict.text) != bool(beaten)


def single(**values: float) -> list[RunRecord]:
    """Return a run a value, none of which repeats another."""
    return [make_record(run, metrics={"val/loss": [value, value + 1]}) for run, value in values.items()]


def test_an_interval_by_bootstrap_is_called_one():
    """Of few runs it is narrower than Student's, so whose it is has to be said."""
    runs = records(**CLEAR)

    assert "over 4 runs (95 % by bootstrap: " in compare(runs, interval="bootstrap").verdict.text
    assert "over 4 runs (95 %: " in compare(runs).verdict.text


def test_folds_that_are_tied_are_counted_as_folds():
    """Of a cross-validation that is repeated; never as runs, which are not independent."""
    runs = [
        make_record(f"{name}{fold}", metrics={"val/loss": [value]}, config={"arch": name, "fold": fold})
        for name, values in (("x", [0.10, 0.12, 0.11, 0.13, 0.12]), ("y", [0.12, 0.14, 0.15, 0.14, 0.135]))
        for fold, value in enumerate(values)
    ]

    assert " more folds each would be needed to tell them apart." in compare(runs).verdict.text


def test_a_baseline_among_runs_is_beaten_by_better_numbers():
    """With how far each lies from it."""
    comparison = compare(single(a=0.3, b=0.2, c=0.4), baseline="a")
    against = comparison.verdict.baseline

    assert against is not None
    assert ["b"] == ids(against.beaten_by)
    assert () == comparison.lost
    assert pytest.approx(0.1) == comparison.deltas["c"]["metrics"]["val/loss"]["best"]
    assert pytest.approx(0.1) == comparison.deltas["c"]["metrics"]["val/loss"]["area"]
    assert "The baseline a is beaten by b." in comparison.verdict.text


def test_a_baseline_may_be_a_record_that_is_not_among_the_runs():
    """It is compared with them."""
    base = single(base=0.1)[0]
    comparison = compare(single(a=0.3, b=0.2), baseline=base)

    assert ["a", "b", "base"] == ids(comparison.entries)
    assert ("nobody beat the baseline base",) == comparison.lost


def test_a_baseline_with_an_error_is_beaten_by_whoever_can_be_believed(wrong_loss: Finding):
    """A better number with an error-level finding never wins."""
    base = make_record("base", metrics={"val/loss": [0.01]}, findings=[wrong_loss])

    assert () == compare([*single(a=0.3), base], baseline=base).lost


def test_a_baseline_that_cannot_be_compared_was_beaten_by_nobody():
    """Nothing shows it."""
    base = make_record("base", metrics={"val/loss": [0.5]}, state="crashed")

    assert ("nobody beat the baseline base",) == compare([*single(a=0.3), base], baseline=base).lost


def required(comparison: Comparison) -> dict[str, str]:
    """Return why runs do not qualify, by id."""
    return {excluded.entry.id: excluded.reason for excluded in comparison.verdict.unmet}


def test_a_run_that_misses_a_threshold_does_not_win():
    """One metric is optimised, the others only have to be good enough."""
    runs = [
        make_record(run, metrics={"val/loss": [loss]}, summary={"latency_ms": latency})
        for run, loss, latency in (("a", 0.1, 30), ("b", 0.2, 10), ("c", 0.3, 5))
    ]
    comparison = compare(runs, require=["latency_ms < 20", "val/loss <= 0.25"])

    assert "b" == (comparison.best and comparison.best.id)
    assert {
        "a": "its latency_ms of 30 misses latency_ms < 20",
        "c": "its val/loss of 0.3 misses val/loss <= 0.25",
    } == required(comparison)
    assert () == comparison.lost


def test_thresholds_that_no_run_keeps_are_lost():
    """And nobody is believed."""
    comparison = compare(single(a=0.3, b=0.2), require="val/loss < 0.1")

    assert ("no run keeps val/loss < 0.1",) == comparison.lost
    assert comparison.best is None
    assert comparison.verdict.text.startswith("No run keeps what was required.")


def test_a_hundred_reasons_are_no_paragraph():
    """Four are told, the others counted: the table and JSON have all."""
    runs = [
        make_record(f"run{place}", metrics={"val/loss": [place]}, summary={"latency_ms": 10.0 + place})
        for place in range(100)
    ]
    verdict = compare(runs, require="latency_ms < 11").verdict

    assert 99 == len(verdict.unmet)
    assert 4 == verdict.text.count("misses latency_ms < 11")
    assert "So are 95 further runs, for reasons of their own." in verdict.text
