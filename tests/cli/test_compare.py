from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("places", [["dense", "dense-bce"], ["wandb"], ["."], [], ["wandb", "latest"]])
def test_runs_and_folders_of_runs_are_compared(pair: Path, cli: Cli, places: list[str]):
    """Each run once, however often it was named; the bad run is named with the reason."""
    answer = cli("compare", *places, cwd=pair)

    assert (0, "") == (answer.returncode, answer.stderr)
    assert "2 runs by val/loss" in answer.stdout
    assert "Believe dense: the only run left to compare, with a val/loss of 0.2 at epoch 1." in " ".join(
        answer.stdout.split()
    )
    assert "dense-bce is disqualified, although its val/loss of 0.03 is the better number: TX101" in " ".join(
        answer.stdout.split()
    )


def test_json_has_what_was_promised(pair: Path, cli: Cli):
    """Schema, runs, differences, groups and verdict."""
    data = json.loads(cli("compare", "dense", "dense-bce", "--json", "--metric", "val_accuracy", cwd=pair).stdout)

    assert {"schema", "metric", "runs", "differences", "groups", "verdict"} == set(data)
    assert "val/accuracy" == data["metric"]
    assert {"id": "dense", "name": "dense"} == data["verdict"]["best"]
    assert ["densebce"] == [run["id"] for run in data["verdict"]["disqualified"]]
    losses = {"dense": "categorical_crossentropy", "densebce": "binary_crossentropy"}
    assert {"loss": losses, "trackexp.compile.loss": losses} == data["differences"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dense"], "compare was given one run, dense"),
        (["dense", "dense-bce", "--metric", "val/los"], "did you mean 'val/loss'"),
    ],
)
def test_what_cannot_be_compared_is_refused(pair: Path, cli: Cli, arguments: list[str], said: str):
    """With what there is instead."""
    answer = cli("compare", *arguments, cwd=pair)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert said in answer.stderr


def test_a_run_that_lies_in_two_folders_is_compared_once(pair: Path, cli: Cli, tmp_path: Path):
    """A resumed run has a folder a session; that one was chosen is said."""
    shutil.copytree(pair / "wandb", tmp_path / "one", ignore=shutil.ignore_patterns("latest-run"))
    shutil.copytree(next((pair / "wandb").glob("*-dense")), tmp_path / "two" / "offline-run-20200101_000000-dense")
    answer = cli("compare", "one", "two", cwd=tmp_path)

    assert 0 == answer.returncode
    assert "2 runs by val/loss" in answer.stdout
    assert "trackexp: dense (dense) lies in several folders; its latest session is compared\n" == answer.stderr
