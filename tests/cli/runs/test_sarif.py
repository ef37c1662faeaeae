from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

Cli = Callable[..., subprocess.CompletedProcess[str]]

SCRIPT = """\
import keras, numpy as np
x = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
y = np.eye(4, dtype="float32")[np.random.default_rng(0).integers(0, 4, 300)]
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, "softmax")])
model.compile("adam", "binary_crossentropy")
def train():
    model.fit(x, y, epochs=1000)
train()
"""


def test_diagnose_prints_runs_as_sarif(pair: Path, here: Cli):
    """Valid, and with the exit code that it has anyway."""
    answer = here("diagnose", "dense", "dense-bce", "--sarif", cwd=pair)
    log = json.loads(answer.stdout)
    Sarif.model_validate(log)
    results = log["runs"][0]["results"]

    assert 1 == answer.returncode
    assert "TX101" in {result["ruleId"] for result in results}
    assert log["runs"][0]["tool"]["driver"]["rules"][results[0]["ruleIndex"]]["id"] == results[0]["ruleId"]


@pytest.mark.heavy
def test_check_marks_the_line_that_begins_to_train(cli: Cli, tmp_path: Path):
    """The innermost line of the user's own, relative to the working folder."""
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    answer = cli("check", "--sarif", "train.py")
    log = json.loads(answer.stdout)
    Sarif.model_validate(log)
    places = [result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"]]

    assert 1 == answer.returncode
    assert {("train.py", 7)} == {(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places}


@pytest.mark.parametrize(("text", "line"), [("x = 1\nraise SystemExit(3)\n", 2), ("x = 1\ny = (\n", 2)])
def test_check_says_in_sarif_why_it_could_not_look(text: str, line: int, cli: Cli, tmp_path: Path):
    """A script that ends before it trains, and one that is no Python."""
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    answer = cli("check", "--sarif", "train.py")
    log = json.loads(answer.stdout)
    Sarif.model_validate(log)
    invocation = log["runs"][0]["invocations"][0]
    place = invocation["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"]

    assert (2, False) == (answer.returncode, invocation["executionSuccessful"])
    assert line == place["region"]["startLine"]


def test_two_formats_at_once_are_refused(cli: Cli):
    """Before anything is read."""
    answer = cli("diagnose", "--json", "--sarif")

    assert (2, "") == (answer.returncode, answer.stdout)
    assert "--json and --sarif exclude each other" in answer.stderr
