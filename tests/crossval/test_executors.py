from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackexp import cross_validate, read_run
from trackexp.crossval import CrossValidation

EVERYWHERE = [
    "here",
    pytest.param("processes", marks=pytest.mark.heavy),
    pytest.param("ray", marks=pytest.mark.heavy),
]
GRID = {"shrink": [0.0, 0.5]}


@pytest.fixture(scope="module", params=EVERYWHERE)
def executor(request: pytest.FixtureRequest) -> str:
    """Each of the three."""
    if request.param == "ray":
        pytest.importorskip("ray", reason="the extra ray is not installed")
    return str(request.param)


@pytest.fixture(scope="module")
def results(
    executor: str, shelter: Path, make_train: Callable[..., Any], data: Any
) -> tuple[CrossValidation, CrossValidation]:
    """A cross-validation in which one fold fails, and the same call again."""
    flag = shelter / f"{executor}-fails"
    flag.touch()

    def misbehave(fold: Any, shrink: float, flag: str = str(flag)) -> None:
        print(f"training {fold.index}")
        if fold.index == 1 and shrink == 0.5 and Path(flag).exists():
            raise RuntimeError("no luck")

    words: dict[str, Any] = {
        "target": data[1], "executor": executor, "workers": 2, "storage": shelter / executor,
        "track": {"mode": "offline"}, "group": f"of-{executor}",
    }  # fmt: skip
    train = make_train(shelter / f"{executor}.txt", misbehave)
    first = cross_validate(train, GRID, 2, **words)
    flag.unlink()
    return first, cross_validate(train, GRID, 2, **words)


def test_a_failure_ends_nothing_else(results: tuple[CrossValidation, CrossValidation]):
    """The fold is named, the others are done, and the next call trains the one that is missing."""
    first, second = results

    assert ["fold 1 of shrink=0.5 failed: RuntimeError: no luck"] == [
        str(one).partition(" (log")[0] for one in first.failures
    ]
    assert (3, 1) == (first.trained, second.trained)


def test_every_executor_finds_the_same(
    results: tuple[CrossValidation, CrossValidation], shelter: Path, make_train: Callable[..., Any], data: Any
):
    """To the last bit what an uninterrupted call finds in this process."""
    whole = cross_validate(
        make_train(), GRID, 2, target=data[1], executor="here", storage=shelter / "plain", track={"mode": "offline"}
    )

    assert whole.table.equals(results[1].table)
    assert whole.evaluation.data.y_prob.tobytes() == results[1].evaluation.data.y_prob.tobytes()


def test_random_numbers_are_the_fold_s_own(
    results: tuple[CrossValidation, CrossValidation], executor: str, shelter: Path
):
    """Whoever draws without a seed draws the same in every attempt, wherever it runs."""
    drawn: dict[str, set[str]] = {}
    for line in (shelter / f"{executor}.txt").read_text().splitlines():
        _, fold, number = line.split()
        drawn.setdefault(fold, set()).add(number)

    assert [1, 1] == [len(numbers) for numbers in drawn.values()]


def test_its_runs_are_read_back_here(results: tuple[CrossValidation, CrossValidation], executor: str, shelter: Path):
    """Run files lie where `track` puts any run, from another machine's disk too."""
    folders = [Path(entry.run_folder) for entry in results[1].entries.values()]

    assert {shelter / "wandb"} == {folder.parent for folder in folders}
    assert {f"of-{executor}"} == {read_run(folder).group for folder in folders}
    assert 4 == len(results[1].records)


def test_what_a_fold_printed_is_in_its_log(
    results: tuple[CrossValidation, CrossValidation], executor: str, shelter: Path
):
    """The file is named beside the failure; a fold trained in this process prints here."""
    (failure,) = results[0].failures

    assert executor == "here" or "training 1" in Path(failure.log).read_text()


@pytest.mark.heavy
def test_a_killed_worker_is_a_failure_like_any_other(shelter: Path, make_train: Callable[..., Any], data: Any):
    """The fold is named with the signal, the others are done, and the retry is an attempt of its own."""
    flag = shelter / "kills"
    flag.touch()

    def misbehave(fold: Any, shrink: float, flag: str = str(flag)) -> None:
        if fold.index == 1 and Path(flag).exists():
            Path(flag).unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    words: dict[str, Any] = {
        "target": data[1], "executor": "processes", "workers": 1, "storage": shelter / "killed",
        "track": {"mode": "offline"},
    }  # fmt: skip
    train = make_train(shelter / "killed.txt", misbehave)
    first = cross_validate(train, {"shrink": [0.0]}, 2, **words)
    second = cross_validate(train, {"shrink": [0.0]}, 2, **words)

    assert "fold 1 of shrink=0.0 failed: it was killed by SIGKILL" in str(first.failures[0])
    assert (1, 1, ()) == (first.trained, second.trained, second.failures)
