from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from trackexp import track
from trackexp.errors import MetricKeyError, TrackingError
from trackexp.record import RunRecord

NAN, INFINITY = float("nan"), float("inf")


def test_every_other_attribute_is_wandbs(read: Callable[..., RunRecord], workspace: Path):
    """Reading and setting an attribute that `Run` does not have itself reaches W&B's run."""
    with track(project="p", mode="offline") as run:
        run.name = "renamed"
        run.notes = "noted"
        run.tags = ("a",)
        run.alert(title="a title", text="a text")
        run.config.depth = 3
        run.config["width"] = 4
        run.summary["accuracy"] = 0.97
        run.define_metric("loss", summary="min")
        seen = (run.id, run.name, run.project, run.url, run.offline)
        with pytest.raises(AttributeError, match="no_such_thing"):
            _ = run.no_such_thing

    record = read()
    assert (record.id, "renamed", "p", None, True) == seen
    assert ("renamed", "noted", ("a",)) == (record.name, record.notes, record.tags)
    assert ({"depth": 3, "width": 4}, 0.97) == (record.settings, record.summary["accuracy"])
    assert ["a title"] == [alert["title"] for alert in record.alerts]


def test_url_is_that_of_the_server(online):
    """Online `run.url` is the run's page on the server that was named, not an assumed one."""
    with track(project="p") as run:
        url = run.url

    assert f"{online.url}/tester/p/runs/{run.id}" == url


def test_nan_and_infinities_are_kept(read: Callable[..., RunRecord]):
    """A loss that is no number is evidence: it is stored as it is, in rows, config and summary."""
    with track(mode="offline", config={"bound": INFINITY}) as run:
        for value in (1.0, NAN, INFINITY, -INFINITY):
            run.log({"loss": value})
        run.summarise({"worst": -INFINITY})

    record = read()
    first, second, third, fourth = record.history["loss"].values
    assert (1.0, True, INFINITY, -INFINITY) == (first, math.isnan(second), third, fourth)
    assert (INFINITY, -INFINITY) == (record.config["bound"], record.summary["worst"])


def test_ten_thousand_metrics_in_one_call(read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]):
    """A row may have ten thousand metrics, and nothing is said of it."""
    row = {f"layer_{index}/norm": index / 7 for index in range(10_000)}
    with track(mode="offline") as run:
        run.log(row)

    record = read()
    assert row == {key: record.history[key].values[0] for key in record.metrics()}
    assert 3 == len(capfd.readouterr().err.splitlines())


def test_a_key_that_wandb_cannot_sort_is_logged_under_the_nearest_one(
    read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]
):
    """A bad metric key is mapped and said once; two that would become one are kept apart."""
    with track(mode="offline") as run:
        run.define("bad key!", summary="min")
        for value in (1.0, 2.0):
            run.log({"bad key!": value, "a b": 10.0, "a!b": 20.0, "val/loss": 0.5, "größe": 1.0})
        run.summarise({"final score!": 3})

    record = read()
    err = capfd.readouterr().err
    assert {"bad_key", "a_b", "a_b_2", "val/loss", "größe"} == set(record.metrics())
    assert ([10.0, 10.0], [20.0, 20.0]) == (list(record.history["a_b"].values), list(record.history["a_b_2"].values))
    assert (1, 3) == (err.count("'bad key!'; the nearest valid one is 'bad_key'"), err.count("cannot sort or filter"))
    assert 3 == record.summary["final_score"]
    assert 1.0 == record.summary["bad_key"]["min"]


def test_a_name_that_another_metric_took_is_said_as_that(
    read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]
):
    """A good key whose name a bad one was given before is kept apart from it too, and said for what it is."""
    with track(mode="offline") as run:
        run.log({"a b": 1.0})
        run.log({"a_b": 2.0})

    record = read()
    assert ([1.0], [2.0]) == (list(record.history["a_b"].values), list(record.history["a_b_2"].values))
    assert "'a_b' stands for another one in this run; the nearest free one is 'a_b_2'" in capfd.readouterr().err


@pytest.mark.parametrize("strict", [False, True])
def test_a_key_that_is_no_string_is_said_or_raised(strict: bool, workspace: Path, capfd: pytest.CaptureFixture[str]):
    """A key that is no string loses that row with a word; under strict=True it raises."""
    with track(mode="offline", strict=strict) as run:
        if strict:
            with pytest.raises(MetricKeyError, match=r"metric key 3: expected a string.*'3'"):
                run.log({3: 1.0})
        else:
            run.log({3: 1.0})

    assert (strict, 1) == ("metric key 3" not in capfd.readouterr().err, run.failures.count)


def test_strict_refuses_a_bad_key(workspace: Path):
    """Under strict=True a bad key raises, with the nearest valid one."""
    with (
        track(mode="offline", strict=True) as run,
        pytest.raises(MetricKeyError, match=r"'bad key!'; the nearest valid one is 'bad_key'"),
    ):
        run.log({"bad key!": 1.0})


def test_strict_takes_a_good_key_after_a_bad_one(read: Callable[..., RunRecord]):
    """A bad key that was refused has taken nothing: the good one that it was told of works."""
    with track(mode="offline", strict=True) as run:
        with pytest.raises(MetricKeyError):
            run.log({"a b": 1.0})
        run.log({"a_b": 2.0})

    assert [2.0] == list(read().history["a_b"].values)


def test_numpy_scalars_are_numbers(read: Callable[..., RunRecord]):
    """Scalars of numpy are stored as the numbers they are, in rows, config and summary."""
    config = {"lr": np.float32(0.5), "n": np.int64(3), "on": np.bool_(True), "zero-d": np.array(2.5)}
    with track(mode="offline", config=config) as run:
        run.log({"a": np.float64(0.25), "b": np.int32(7), "c": np.float32(0.5)})
        run.summarise({"d": np.float16(0.5), "skipped": [1], "e": True, "f": "words"})

    record = read()
    assert {"lr": 0.5, "n": 3, "on": True, "zero-d": 2.5} == record.settings
    assert (0.25, 7, 0.5) == tuple(record.history[key].values[0] for key in "abc")
    assert (0.5, True, "words", False) == (
        record.summary["d"],
        record.summary["e"],
        record.summary["f"],
        "skipped" in record.summary,
    )


class Rude:
    """An object whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def test_config_that_is_no_json_is_text_and_said_with_its_place(
    read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]
):
    """What JSON has no form for is stored as text; one line says where it was."""
    config = {
        "model": {"layers": [object, np.zeros((2, 3))]},
        "when": date(2024, 5, 6),
        "path": Path("a/b"),
        7: "seven",
        "set": {3, 1},
        "rude": Rude(),
        "bytes": b"x",
    }
    with track(mode="offline", config=config):
        pass

    record, err = read(), capfd.readouterr().err
    lines = [line for line in err.splitlines() if "no JSON" in line]
    assert ["trackexp: stored as text, because it is no JSON: config model.layers[0], rude, bytes"] == lines
    assert ["builtins.object", [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]] == record.settings["model"]["layers"]
    assert ("2024-05-06", "a/b", "seven", [1, 3], "<Rude>") == tuple(
        record.settings[key] for key in ("when", "path", "7", "set", "rude")
    )


def test_a_config_that_contains_itself_is_stored(read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]):
    """A cycle neither hangs nor crashes: it is cut where it closes, and said."""
    cycle: dict[str, object] = {"lr": 0.1}
    cycle["self"] = cycle
    twins: list[object] = []
    twins += [twins, twins]
    with track(mode="offline", config={"cycle": cycle, "twins": twins}):
        pass

    record = read()
    assert 0.1 == record.settings["cycle"]["lr"]
    assert "cycle.self" in capfd.readouterr().err


def test_a_large_config_is_stored_whole(read: Callable[..., RunRecord]):
    """A thousand keys come back."""
    config = {f"key_{index}": list(range(20)) for index in range(1000)}
    with track(mode="offline", config=config):
        pass

    assert config == read().settings


def test_update_config_after_the_start(read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]):
    """Config may be added and changed while the run goes on; what is no JSON is said as at the start."""
    with track(mode="offline", config={"lr": 0.1}) as run:
        run.update_config({"lr": 0.2, "thing": object()})
        run.config.update({"own": 1})

    assert 0.2 == read().settings["lr"]
    assert 1 == capfd.readouterr().err.count("no JSON: config thing")


def test_logging_after_the_end_is_no_crash(read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]):
    """What is logged after the block is lost, said once, and stops nothing."""
    with track(mode="offline") as run:
        run.log({"loss": 1.0})
    for _ in range(3):
        run.log({"loss": 2.0})
        run.log_epoch({"loss": 2.0})
        run.update_config({"a": 1})
        run.summarise({"a": 1})

    err = capfd.readouterr().err
    assert [1.0] == list(read().history["loss"].values)
    assert 1 == err.count("logging metrics failed, the training goes on")


def test_what_fails_is_counted_and_said_once(read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]):
    """Each failure is counted into the run's summary; of each kind one line is said."""
    with track(mode="offline") as run:
        for _ in range(3):
            run.log({"loss": object()})
            run.log("no mapping")

    assert run.failures.count == read().summary["trackexp"]["tracking_errors"] > 0
    assert 1 == capfd.readouterr().err.count("logging metrics failed")


def test_strict_raises_what_fails(workspace: Path):
    """Under strict=True what fails in tracking raises a TrackingError, with its cause."""
    with (
        track(mode="offline", strict=True) as run,
        pytest.raises(TrackingError, match="logging metrics failed") as caught,
    ):
        run.log("no mapping")

    assert caught.value.__cause__ is not None


def test_steps_and_commits_are_wandbs(read: Callable[..., RunRecord]):
    """`step` and `commit` mean what they mean for W&B."""
    with track(mode="offline") as run:
        run.log({"a": 1.0}, step=5)
        run.log({"b": 2.0}, commit=False)
        run.log({"c": 3.0})

    record = read()
    assert [5] == list(record.history["a"].steps)
    assert list(record.history["b"].steps) == list(record.history["c"].steps)
