from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_two_runs_of_the_real_client_are_held_against_each_other(pair: Path, cli: Cli):
    """What differs, and in one line what does not; that they differ is no failure."""
    answer = cli("diff", "dense", "dense-bce", cwd=pair)

    assert (0, "") == (answer.returncode, answer.stderr)
    assert "dense against dense-bce" in answer.stdout
    assert "error: TX101 bce-on-categorical" in answer.stdout
    assert "lr " not in answer.stdout
    assert "No difference known  " in answer.stdout


def test_json_has_every_section(pair: Path, here: Cli):
    """By run id."""
    data = json.loads(here("diff", "dense", "dense-bce", "--json", cwd=pair).stdout)

    assert {"dense": "categorical_crossentropy", "densebce": "binary_crossentropy"} == data["config"]["loss"]
    assert 1 == data["schema"]
    assert {"val/loss best", "val/loss area"} <= set(data["metrics"])


@pytest.mark.parametrize(("option", "section"), [("--code", "code"), ("--env", "environment"), ("--data", "data")])
def test_one_section_alone(pair: Path, here: Cli, option: str, section: str):
    """The others are not computed into the answer."""
    data = json.loads(here("diff", "dense", "dense-bce", option, "--json", cwd=pair).stdout)

    assert {section} == set(data) & {"config", "code", "environment", "data", "findings", "metrics"}


@pytest.mark.parametrize(
    ("runs", "said"), [(["dense", "dense"], "both runs are dense"), (["dense", "nobody"], "no run with id or name")]
)
def test_what_is_no_pair_of_runs_is_refused(pair: Path, here: Cli, runs: list[str], said: str):
    """With 2."""
    answer = here("diff", *runs, cwd=pair)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert said in answer.stderr
