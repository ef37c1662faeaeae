from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("places", [["dense", "dense-bce"], ["wandb"], ["."], [], ["wandb", "latest"]])
def test_runs_and_folders_of_runs_are_compared(pair: Path, here: Cli, places: list[str]):
    """Each run once, however often it was named; the bad run is named with the reason."""
    answer = here("compare", *places, cwd=pair)

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

    assert {"schema", "metric", "runs", "differences", "groups", "verdict"} <= set(data)
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
def test_what_cannot_be_compared_is_refused(pair: Path, here: Cli, arguments: list[str], said: str):
    """With what there is instead."""
    answer = here("compare", *arguments, cwd=pair)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert said in answer.stderr


def test_a_run_that_lies_in_two_folders_is_compared_once(pair: Path, here: Cli, tmp_path: Path):
    """A resumed run has a folder a session; that one was chosen is said."""
    shutil.copytree(pair / "wandb", tmp_path / "one", ignore=shutil.ignore_patterns("latest-run"))
    shutil.copytree(next((pair / "wandb").glob("*-dense")), tmp_path / "two" / "offline-run-20200101_000000-dense")
    answer = here("compare", "one", "two", cwd=tmp_path)

    assert 0 == answer.returncode
    assert "2 runs by val/loss" in answer.stdout
    assert "trackexp: dense (dense) lies in several folders; its latest session is compared\n" == answer.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--baseline", "dense-bce"], 0, ""),
        (["--baseline", "dense"], 1, "nobody beat the baseline dense"),
        (["--require", "val/accuracy > 0.5"], 0, ""),
        (["--require", "val/accuracy > 0.99"], 1, "no run keeps val/accuracy > 0.99"),
        (["--fail-on", "error"], 1, "--fail-on met TX101 bce-on-categorical"),
        (["--fail-on", "duplicate-run"], 0, ""),
        (["--fail-on", "warn"], 2, "did you mean 'warning'"),
        (["--require", "val/accuracy"], 2, "does not read as a threshold"),
        (["--group-by", "lrr"], 2, "did you mean 'lr'"),
        (["--baseline", "nobody"], 2, "no run with id or name 'nobody'"),
        (["--test", "guess"], 2, "expected one of auto, permutation, wilcoxon, t"),
    ],
)
def test_the_exit_code_is_1_only_where_something_was_asked_and_lost(
    pair: Path, here: Cli, arguments: list[str], code: int, said: str
):
    """What was lost is said beside the result; what is no question exits 2."""
    answer = here("compare", "wandb", *arguments, cwd=pair)

    assert code == answer.returncode
    assert said in answer.stderr
    assert (code == 2) == (answer.stdout == "")


def test_the_table_goes_to_a_file_or_to_a_pipe(pair: Path, here: Cli, tmp_path: Path):
    """As CSV, beside what is printed, or instead of it."""
    beside = here("compare", "wandb", "--csv", str(tmp_path / "runs.csv"), cwd=pair)
    piped = here("compare", "wandb", "--csv", "-", cwd=pair)

    assert "Verdict" in beside.stdout
    assert piped.stdout == (tmp_path / "runs.csv").read_text()
    assert ["best", "disqualified"] == [row["verdict"] for row in csv.DictReader(StringIO(piped.stdout))]


def test_markdown_is_for_a_pull_request(pair: Path, here: Cli):
    """The verdict stands first."""
    assert here("compare", "wandb", "--markdown", cwd=pair).stdout.startswith(
        "### 2 runs by val/loss\n\nBelieve dense:"
    )


def test_several_metrics_make_a_front(pair: Path, here: Cli):
    """Repeated or with a comma; colour is for terminals alone."""
    once = here("compare", "wandb", "--metric", "val/loss,val_accuracy", cwd=pair)
    twice = here("compare", "wandb", "--metric", "val/loss", "--metric", "val/accuracy", cwd=pair)

    assert once.stdout == twice.stdout
    assert "Pareto" in once.stdout
    assert "\x1b" not in once.stdout
