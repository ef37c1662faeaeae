from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trackexp import compare, cross_validate, partition, read_run, read_runs
from trackexp.crossval import CrossValidation
from trackexp.errors import CrossValidationError, UsageError

GRID = {"shrink": [0.0, 0.9]}


@pytest.fixture(scope="module")
def finished(shelter: Path, make_train: Callable[..., Any], data: Any) -> CrossValidation:
    """Two settings on three folds, trained here and judged."""
    return cross_validate(
        make_train(shelter / "calls.txt"), GRID, 3, target=data[1], executor="here", storage=shelter / "cv",
        project="p", group="finished", track={"mode": "offline"},
    )  # fmt: skip


def test_every_fold_is_a_run_with_its_setting(finished: CrossValidation, shelter: Path):
    """Group, job type and config say what it is, and it lies where `track` puts any run."""
    runs = [run for run in read_runs(shelter / "wandb") if (run.group, run.job_type) == ("finished", "fold")]
    keys = ("shrink", "fold", "folds", "seed", "partition")

    assert 6 == len(runs)
    assert {(s, f, 3, finished.folds[f].seed, finished.program.partition) for s in (0.0, 0.9) for f in range(3)} == {
        tuple(run.config[key] for key in keys) for run in runs
    }


def test_the_parent_sums_up_and_is_not_compared(finished: CrossValidation, shelter: Path):
    """One run of job type `crossval` has the choice, and comparisons leave it out."""
    runs = [run for run in read_runs(shelter / "wandb") if run.group == "finished"]
    (parent,) = [run for run in runs if run.job_type == "crossval"]
    comparison = compare(runs, metric="f1_macro")

    assert finished.parent == parent.id
    assert {"shrink": 0.0} == parent.summary["crossval"]["best"]
    assert 6 == len(comparison.entries)
    assert [3, 3] == [group.n for group in comparison.groups]
    assert any("confusion" in key for key in (*parent.summary, *parent.history))
    assert [True] == [path.is_file() for path in (shelter / "wandb").glob(f"*{parent.id}/files/crossval.html")]


def test_the_table_has_a_row_a_setting(finished: CrossValidation):
    """Means are those of the folds, and intervals know that folds share training rows."""
    table = finished.table

    assert [0.0, 0.9] == table["shrink"].tolist()
    assert [3, 3] == table["n"].tolist()
    assert [True, False] == table["best"].tolist()
    assert table["mean"].tolist() == pytest.approx([group.mean for group in finished.comparison.groups])
    assert table["low"].tolist() == pytest.approx([group.interval.low for group in finished.comparison.groups])


def test_the_choice_is_told_with_what_it_will_reach(finished: CrossValidation):
    """Best, simplest, and an expectation corrected for the choice, within its interval."""
    assert {"shrink": 0.0} == finished.best == finished.simplest
    assert finished.expected.value in finished.expected.interval
    assert "BBC-CV" in finished.expected.interval.method


def test_the_evaluation_is_of_every_row_once(finished: CrossValidation, data: Any):
    """Out-of-fold predictions of the best setting, known by their positions."""
    evaluation = finished.evaluation

    assert list(range(len(data[1]))) == sorted(evaluation.data.ids.tolist())
    assert data[1][evaluation.data.ids].tolist() == evaluation.data.y_true.tolist()


def test_the_same_call_trains_nothing_again(
    finished: CrossValidation, shelter: Path, make_train: Callable[..., Any], data: Any, calls: Callable[[Path], int]
):
    """A finished cross-validation is read from its ledger, to the last bit, and begins no run."""
    runs = len(list((shelter / "wandb").glob("offline-run-*")))
    again = cross_validate(
        make_train(shelter / "calls.txt"), GRID, 3, target=data[1], executor="here", storage=shelter / "cv",
        project="p", group="finished", track={"mode": "offline"},
    )  # fmt: skip

    assert (0, 6) == (again.trained, calls(shelter / "calls.txt"))
    assert finished.table.equals(again.table)
    assert finished.evaluation.data.y_prob.tobytes() == again.evaluation.data.y_prob.tobytes()
    assert (finished.parent, runs) == (again.parent, len(list((shelter / "wandb").glob("offline-run-*"))))


def test_the_result_shows_itself(finished: CrossValidation, tmp_path: Path):
    """One line, one page, and JSON with what each setting reached."""
    said = json.loads(json.dumps(finished.to_dict()))
    page = finished.to_html(tmp_path / "cv.html").read_text()

    assert "6 of 6 folds; best shrink=0.0" in repr(finished)
    assert "Confusion" in page
    assert "Nadeau and Bengio" in page
    assert [3, 3] == [setting["n"] for setting in said["settings"]]


def test_a_fold_that_fails_is_named_and_ends_no_other(
    shelter: Path, make_train: Callable[..., Any], data: Any, capsys: pytest.CaptureFixture[str]
):
    """The next call trains that one alone, and the result is that of a call in which nothing failed."""
    broken = shelter / "broken"
    broken.touch()

    def misbehave(fold: Any, shrink: float, flag: str = str(broken)) -> None:
        if fold.index == 2 and shrink == 0.9 and Path(flag).exists():
            raise ValueError("the disk is gone")

    words: dict[str, Any] = {
        "target": data[1], "executor": "here", "storage": shelter / "failing", "track": {"mode": "offline"},
    }  # fmt: skip
    train = make_train(misbehave=misbehave)
    first = cross_validate(train, GRID, 3, **words)
    broken.unlink()
    second = cross_validate(train, GRID, 3, **words)
    whole = cross_validate(train, GRID, 3, **(words | {"storage": shelter / "whole"}))

    assert ["fold 2 of shrink=0.9 failed: ValueError: the disk is gone"] == [str(one) for one in first.failures]
    assert "fold 2 of shrink=0.9 failed: ValueError: the disk is gone" in capsys.readouterr().err
    assert (5, 1, ()) == (first.trained, second.trained, second.failures)
    assert {"shrink": 0.0} == first.best
    assert whole.table.equals(second.table)
    assert whole.evaluation.data.y_prob.tobytes() == second.evaluation.data.y_prob.tobytes()


def test_retries_try_again_in_the_same_call(shelter: Path, make_train: Callable[..., Any], data: Any):
    """Each attempt is a run of its own, and the failed ones stay in the record."""
    flag = shelter / "once"
    flag.touch()

    def misbehave(fold: Any, shrink: float, flag: str = str(flag)) -> None:
        if fold.index == 0 and Path(flag).exists():
            Path(flag).unlink()
            raise ValueError("once")

    result = cross_validate(
        make_train(misbehave=misbehave), {"shrink": [0.0]}, 2, target=data[1], executor="here",
        storage=shelter / "retried", retries=1, group="retried", track={"mode": "offline"},
    )  # fmt: skip
    states = [
        str(run.state) for run in read_runs(shelter / "wandb") if run.group == "retried" and run.job_type == "fold"
    ]

    assert ((), 2) == (result.failures, result.trained)
    assert ["failed", "finished", "finished"] == sorted(states)


def test_a_changed_function_trains_again_and_says_why(
    shelter: Path, make_train: Callable[..., Any], data: Any, capsys: pytest.CaptureFixture[str]
):
    """Code is part of what makes two trainings the same; a storage of other rows is refused."""
    words: dict[str, Any] = {"executor": "here", "storage": shelter / "changed", "track": {"mode": "offline"}}
    cross_validate(make_train(), {"shrink": [0.0]}, 2, target=data[1], **words)
    other = cross_validate(lambda run, fold, shrink: {"f1_macro": 0.5}, {"shrink": [0.0]}, 2, target=data[1], **words)

    assert 2 == other.trained
    assert "2 folds trained again, because the code" in capsys.readouterr().err
    with pytest.raises(UsageError, match="holds another cross-validation"):
        cross_validate(make_train(), {"shrink": [0.0]}, 3, target=data[1], **words)


def test_scores_alone_are_enough(shelter: Path, data: Any):
    """A mapping of the user's own numbers is judged too, by the correction that needs no rows."""
    result = cross_validate(
        lambda run, fold, cost: {"euro": cost + fold.index}, {"cost": [3.0, 1.0]}, 3, target=data[1], metric="euro:min",
        executor="here", storage=shelter / "euro", track={"mode": "offline"},
    )  # fmt: skip

    assert {"cost": 1.0} == result.best
    assert (2.0, 2.0) == (result.table["mean"].tolist()[1], result.expected.value)
    with pytest.raises(UsageError, match="returned scores and no predictions"):
        _ = result.evaluation


def test_a_metric_may_stand_in_the_run_alone(shelter: Path, data: Any):
    """Where nothing is returned, the last value that the training logged counts."""

    def train(run: Any, fold: Any, *, lr: float) -> None:
        for epoch in range(2):
            run.log({"epoch": epoch, "val_loss": lr / (1 + epoch) + fold.index})

    result = cross_validate(
        train, {"lr": [2.0, 1.0]}, 2, target=data[1], metric="val_loss", executor="here", storage=shelter / "logged",
        track={"mode": "offline"},
    )  # fmt: skip

    assert {"lr": 1.0} == result.best
    assert [1.5, 1.0] == result.table["mean"].tolist()


def test_numbers_are_predicted_too(shelter: Path):
    """A target of numbers is scored as a regression."""
    x = np.random.default_rng(0).normal(size=90)

    result = cross_validate(
        lambda run, fold, slope: x[fold.valid] * slope, {"slope": [0.5, 1.0]}, 3, target=2 * x, metric="rmse",
        executor="here", storage=shelter / "numbers", track={"mode": "offline"},
    )  # fmt: skip

    assert {"slope": 1.0} == result.best
    assert result.expected.value == pytest.approx(result.table["mean"][1], rel=0.1)


def test_groups_stay_together(shelter: Path, make_train: Callable[..., Any], data: Any):
    """With a partition by group its rows are drawn as groups, and no group is on two sides."""
    part = partition(len(data[1]), folds=3, target=data[1], group=np.arange(len(data[1])) // 4)
    result = cross_validate(
        make_train(), {"shrink": [0.0]}, part, executor="here", storage=shelter / "grouped", track={"mode": "offline"}
    )

    assert "of groups" in result.expected.interval.method


def test_hopeless_settings_are_given_up(shelter: Path, make_train: Callable[..., Any], data: Any):
    """After two folds a setting whose rows lose by more than chance is trained no more, and the table says why."""
    words: dict[str, Any] = {
        "target": data[1], "metric": "log_loss", "executor": "here", "drop": True, "track": {"mode": "offline"},
        "storage": shelter / "dropped",
    }  # fmt: skip
    result = cross_validate(make_train(), {"shrink": [0.0, -9.0]}, 4, **words)
    again = cross_validate(make_train(), {"shrink": [0.0, -9.0]}, 4, **words)

    assert [4, 2] == result.table["n"].tolist()
    assert "after 2 folds" in result.table["dropped"][1]
    assert (0, result.table["dropped"].tolist()) == (again.trained, again.table["dropped"].tolist())


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (np.zeros((5, 3)), r"predictions of shape \(5, 3\); expected one a scored row, \(40, …\)"),
        (np.full((40, 4), 0.25), "returned 4 column"),
        ("good", "expected probabilities"),
        ({"accuracy": 1.0}, r"no metric 'f1_macro'; it has accuracy"),
        ({"f1_macro": "high"}, "expected numbers by name"),
        ({"f1_macro": float("nan")}, "expected a finite number"),
    ],
)
def test_an_answer_that_is_none_is_refused(shelter: Path, data: Any, returned: Any, message: str):
    """The error names the fold, what was returned and what is expected."""
    with pytest.raises(CrossValidationError, match=rf"fold 0 of a=1 failed: .*{message}"):
        cross_validate(
            lambda run, fold, a: returned, {"a": [1]}, 3, target=data[1], executor="here",
            storage=shelter / f"bad{abs(hash(message))}", track={"mode": "disabled"},
        )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"executor": "proceses"}, r"did you mean 'processes'"),
        ({"address": "127.0.0.1:1"}, "expected executor='ray'"),
        ({"metric": "niceness"}, "niceness:min or niceness:max"),
        ({"budget": "soon"}, "is no duration"),
        ({"budget": -1}, "is not positive"),
        ({"workers": 0}, "at least 1"),
        ({"retries": -1}, "at least 0"),
        ({"track": {"job_type": "x"}}, "says by itself"),
        ({"track": {"moode": "offline"}}, r"did you mean 'mode'"),
    ],
)
def test_arguments_that_cannot_be_right_are_refused_at_once(tmp_path: Path, data: Any, words: Any, message: str):
    """Before anything is trained."""
    with pytest.raises(UsageError, match=message):
        cross_validate(
            lambda run, fold, a: 1 / 0, {"a": [1]}, 3, **{"target": data[1], "storage": tmp_path / "cv", **words}
        )


def test_a_function_that_cannot_be_carried_is_refused_at_once(tmp_path: Path, data: Any):
    """A lock belongs to one process."""
    lock = threading.Lock()

    def train(run: Any, fold: Any, *, a: int) -> Any:
        with lock:
            return 1 / 0

    with pytest.raises(UsageError, match="cannot be carried to another process"):
        cross_validate(train, {"a": [1]}, 3, target=data[1], executor="processes", storage=tmp_path / "cv")


def test_a_budget_that_is_shorter_than_a_fold_is_said(shelter: Path, data: Any):
    """Nothing was trained in it, and the message says so."""
    with pytest.raises(UsageError, match="shorter than one fold"):
        cross_validate(
            lambda run, fold, a: {"f1_macro": 1.0}, {"a": [1]}, 3, target=data[1], executor="here", budget=1e-9,
            storage=shelter / "short", track={"mode": "offline"},
        )  # fmt: skip


def test_an_open_run_is_no_fold(workspace: Path, data: Any):
    """Folds trained in this process would write into it."""
    from trackexp import track

    with track(mode="offline", project="p"), pytest.raises(UsageError, match="a run is open here"):
        cross_validate(lambda run, fold, a: 1, {"a": [1]}, 3, target=data[1], executor="here", storage=workspace / "cv")


def test_a_storage_in_use_is_left_alone(shelter: Path, finished: CrossValidation):
    """Two drivers would train the same folds."""
    with finished.storage.held(), pytest.raises(UsageError, match="is in use by process"), finished.storage.held():
        pass


def test_a_line_that_a_crash_has_cut_is_passed_over(shelter: Path, make_train: Callable[..., Any], data: Any):
    """That fold is trained again, and the line after it is whole."""
    words: dict[str, Any] = {
        "target": data[1], "executor": "here", "storage": shelter / "torn", "track": {"mode": "offline"},
    }  # fmt: skip
    first = cross_validate(make_train(), {"shrink": [0.0]}, 2, **words)
    ledger = shelter / "torn" / "ledger.jsonl"
    ledger.write_text(ledger.read_text()[:-40])
    second = cross_validate(make_train(), {"shrink": [0.0]}, 2, **words)

    assert 1 == second.trained
    assert first.table.equals(second.table)
    assert 0 == cross_validate(make_train(), {"shrink": [0.0]}, 2, **words).trained


def test_the_best_model_is_loaded_from_its_run(finished: CrossValidation):
    """A training that kept no model file has none to load, and the message says which."""
    with pytest.raises(UsageError, match=r"fold \d of shrink=0.0: its run kept no model file"):
        finished.load_best()


def test_refit_trains_on_every_row(finished: CrossValidation, shelter: Path, data: Any):
    """The chosen setting, once more, in a run of its own."""
    seen: list[Any] = []
    finished.refit(lambda run, fold, shrink: seen.append((shrink, len(fold.learned), len(fold.valid), run.folder)))
    ((shrink, learned, valid, folder),) = seen

    assert (0.0, len(data[1]), 0) == (shrink, learned, valid)
    assert "refit" == read_run(folder).job_type
