from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.heavy
def test_the_demo_names_the_bad_run_and_why(cli: Cli, tmp_path: Path):
    """Three real trainings without a key or a network, a verdict, and a best model that can be verified."""
    answer = cli("demo", "--out", "here")
    words = " ".join(answer.stdout.split())
    compared = json.loads(cli("compare", "here", "--json").stdout)

    assert 0 == answer.returncode, answer.stderr[-3000:]
    assert "dense-bce is disqualified, although its val/loss of" in words
    assert "TX101 bce-on-categorical: loss=binary_crossentropy on 10 exclusive classes" in words
    assert "for your browser: here/comparison.html" in answer.stderr
    assert "dense-bce is disqualified" in (tmp_path / "here/comparison.html").read_text(encoding="utf-8")
    assert ["here"] == [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert {"dense", "dense-bce", "small-cnn"} == {run["name"] for run in compared["runs"]}
    assert "small-cnn" == compared["verdict"]["best"]["name"]
    best = next(tmp_path.glob(f"here/wandb/*-{compared['verdict']['best']['id']}"))
    verified = cli("show", str(best), "--verify")
    assert (0, True) == (verified.returncode, "\nBest model  passed\n" in verified.stdout), verified.stderr
    (best / "files" / "model-best.h5").write_bytes(b"another model")
    spoilt = cli("show", str(best), "--verify", "--json")
    assert (1, False) == (spoilt.returncode, json.loads(spoilt.stdout)["verification"]["passed"])


def test_the_example_is_the_demo():
    """One script, found in both places."""
    root = Path(__file__).parents[3]

    assert (root / "trackexp/cli/recording/digits.py").read_text() == (root / "examples/digits.py").read_text()


def test_a_folder_that_cannot_be_made_is_refused_before_any_import(cli: Cli, tmp_path: Path):
    """With its name and what to do."""
    (tmp_path / "file").write_text("")
    answer = cli("demo", "--out", "file/runs")

    assert (2, "") == (answer.returncode, answer.stdout)
    assert "trackexp: --out file/runs: this folder cannot be created (Not a directory); pass a wr" in answer.stderr
