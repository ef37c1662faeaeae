from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from scipy import stats

from trackexp.comparison import Comparison, compare
from trackexp.comparison.group import pairs_of
from trackexp.record import Finding
from trackexp.testing import make_record

Seeds = Callable[..., Comparison]


def test_a_group_has_n_mean_sd_interval_and_range(seeds: Seeds):
    """Student's interval of the mean."""
    group = seeds(cnn=[1.0, 2.0, 4.0], mlp=[5.0]).groups[0].to_dict()
    low, high = stats.t.interval(0.95, 2, 7 / 3, stats.sem([1.0, 2.0, 4.0]))

    assert ("arch=cnn", {"arch": "cnn"}, 3, 1.0, 4.0) == tuple(
        group[key] for key in ("label", "values", "n", "min", "max")
    )
    assert pytest.approx((7 / 3, math.sqrt(7 / 3), low, high)) == (
        group["mean"], group["sd"], group["interval"]["low"], group["interval"]["high"]
    )  # fmt: skip


def test_one_run_has_no_spread(seeds: Seeds):
    """And JSON says so by null."""
    group = seeds(cnn=[1.0, 2.0], mlp=[5.0]).groups[-1].to_dict()

    assert (1, 5.0, None, None) == (group["n"], group["mean"], group["sd"], group["interval"])


@pytest.mark.parametrize(("metric", "first"), [("val/loss", "arch=cnn"), ("val/accuracy", "arch=mlp")])
def test_the_best_mean_comes_first(seeds: Seeds, metric: str, first: str):
    """The lowest of a loss, the highest of a score."""
    assert first == seeds(metric=metric, mlp=[0.5, 0.6], cnn=[0.4, 0.3]).groups[0].label


def test_folds_have_the_interval_that_knows_what_they_share(seeds: Seeds):
    """Wider than Student's by sqrt(1 + k / (k - 1))."""
    folds = seeds("fold", cnn=[1.0, 2.0, 4.0], mlp=[5.0, 6.0, 7.0]).groups[0].interval
    plain = seeds(cnn=[1.0, 2.0, 4.0], mlp=[5.0, 6.0, 7.0]).groups[0].interval

    assert "nadeau-bengio corrected t" == folds.method
    assert pytest.approx(math.sqrt(1 + 3 / 2) * (plain.high - plain.low)) == folds.high - folds.low


def test_how_many_folds_there_are_is_read_from_the_config():
    """Three of ten are here; the training sets overlap as those of ten do."""
    runs = [
        make_record(f"{arch}{fold}", metrics={"val/loss": [fold / 10]}, config={"arch": arch, "fold": fold, "k": 1,
                                                                               "n_splits": 10})
        for arch in "xy" for fold in range(3)
    ]  # fmt: skip

    assert 1 / 9 == compare(runs).groups[0].test_share


def test_the_bootstrap_is_there_for_who_asks():
    """Inside the range of the values."""
    runs = [make_record(f"{s}", metrics={"val/loss": [float(s)]}, config={"seed": s}) for s in range(8)]
    low, high = compare(runs, interval="bootstrap").groups[0].interval

    assert 0 < low < 3.5 < high < 7


def test_a_run_that_does_not_count_is_named(wrong_loss: Finding):
    """A disqualified seed leaves the mean."""
    runs = [
        make_record(f"s{s}", metrics={"val/loss": [0.1 * s]}, config={"seed": s}, findings=[wrong_loss] * (s == 0))
        for s in range(4)
    ]
    group = compare(runs).groups[0]

    assert (3, ("s0",)) == (group.n, group.left_out)
    assert pytest.approx(0.2) == group.mean


def test_a_copy_is_counted_once():
    """The same curve to the last bit under another seed is no second draw; two equal numbers are."""
    curves = {"a": [0.5, 0.4, 0.3], "b": [0.5, 0.4, 0.3], "c": [0.6, 0.4, 0.3], "d": [0.7, 0.5, 0.2]}
    runs = [
        make_record(name, metrics={"val/loss": v}, config={"seed": i}) for i, (name, v) in enumerate(curves.items())
    ]
    group = compare(runs).groups[0]

    assert (3, ("b",)) == (group.n, group.left_out)


def test_runs_pair_where_every_one_of_a_group_finds_its_own(seeds: Seeds):
    """By seed; never by place."""
    cnn, mlp = seeds(cnn=[0.1, 0.2, 0.3], mlp=[0.7, 0.8]).groups

    assert [("cnn0", "mlp0"), ("cnn1", "mlp1")] == [(a.id, b.id) for a, b in pairs_of(cnn, mlp)]


def test_runs_of_other_seeds_do_not_pair():
    """Neither do those that share too few, nor two of one seed."""

    def paired(**by_seed: list[int]) -> int:
        runs = [
            make_record(f"{arch}{place}", metrics={"val/loss": [place + 0.5]}, config={"arch": arch, "seed": seed})
            for arch, seeds in by_seed.items()
            for place, seed in enumerate(seeds)
        ]
        first, second = compare(runs, group_by="arch").groups
        return len(pairs_of(first, second))

    assert 0 == paired(x=[0, 1], y=[2, 3])
    assert 0 == paired(x=[0, 1, 2], y=[2, 3, 4])
    assert 0 == paired(x=[0, 0, 1], y=[0, 1, 2])
    assert 3 == paired(x=[0, 1, 2], y=[2, 1, 0])
