from __future__ import annotations

import pytest

from trackexp.comparison import compare
from trackexp.comparison.requirement import requirements_of
from trackexp.errors import UsageError
from trackexp.record import RunRecord
from trackexp.testing import make_record


def run(name: str = "a") -> RunRecord:
    """Return a run with metrics, a summary, a config and a peak."""
    return make_record(
        name,
        metrics={"val/loss": [0.3, 0.1, 0.2], "val/accuracy": [0.6, 0.7, 0.9]},
        summary={"latency_ms": 12.0, "size": {"mb": 3}},
        config={"model": {"units": 8}},
        system={"cpu": 50.0},
        runtime=60.0,
    )


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("latency_ms < 20", True),
        ("latency_ms<12", False),
        ("latency_ms <= 12", True),
        ("latency_ms >= 12.5", False),
        ("latency_ms == 12", True),
        ("latency_ms != 12", False),
        ("val_loss < 0.15", True),
        ("val/accuracy > 0.65", True),
        ("val/accuracy > 0.8", False),
        ("summary.size.mb < 4", True),
        ("config.model.units > 8", False),
        ("system.cpu < 60", True),
        ("runtime < 1e2", True),
        ("runtime < 100 and latency_ms < 5", False),
    ],
)
def test_a_threshold_is_kept_or_missed(asked: str, kept: bool):
    """Metrics count in the row in which the deciding metric is best: the accuracy there is 0.7, and 0.9 later."""
    worse = make_record("b", metrics={"val/loss": [0.9]})

    assert kept == (compare([run(), worse], metric="val/loss", require=asked).best is not None)


@pytest.mark.parametrize("asked", ["latency_ms < 20", "train/latency_ms < 20", "summary.latency_ms < 20"])
def test_a_name_of_the_users_own_is_found_by_both_spellings(asked: str):
    """Whether plain W&B logged `latency_ms` or trackexp, which knows that it is the training's, `train/latency_ms`."""
    runs = [
        make_record(name, metrics={"val/loss": [loss], key: [value]}, summary={key: value})
        for name, key, loss, value in (
            ("a", "latency_ms", 0.1, 30.0), ("b", "latency_ms", 0.2, 15.0), ("c", "train/latency_ms", 0.3, 10.0),
        )
    ]  # fmt: skip
    found = compare(runs, require=asked)

    assert (["a"], "b") == ([one.entry.id for one in found.verdict.unmet], found.best and found.best.id)


def test_a_run_that_lacks_the_number_does_not_qualify():
    """Unknown is not kept."""
    verdict = compare([run(), make_record("b", metrics={"val/loss": [0.01]})], require="latency_ms < 20").verdict

    assert {"b": "it has no latency_ms, and latency_ms < 20 is required"} == {
        one.entry.id: one.reason for one in verdict.unmet
    }
    assert "a" == (verdict.best and verdict.best.id)


@pytest.mark.parametrize(
    "asked", ["latency_ms", "latency_ms <", "< 3", "a < b", "latency_ms = 3", "1 < x < 2", "x < nan"]
)
def test_what_does_not_read_as_a_threshold_is_refused(asked: str):
    """With an example."""
    with pytest.raises(UsageError, match=r"does not read as a threshold.*'latency_ms < 20'"):
        requirements_of(asked, [run()])


def test_a_name_that_no_run_has_is_refused_with_the_nearest():
    """And with what there is."""
    with pytest.raises(
        UsageError, match=r"none of the 1 runs has latencyms \(did you mean 'latency_ms'\?\).*system.cpu"
    ):
        requirements_of("latencyms < 3", [run()])
