from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("run", ["densebce", "dense-bce", "latest", ""])
def test_a_run_is_shown_with_its_finding(pair: Path, here: Cli, run: str):
    """By id, by name, or the latest where none is named; a finding is no failure of the command."""
    answer = here("show", *filter(None, [run]), cwd=pair)

    assert (0, "") == (answer.returncode, answer.stderr)
    assert answer.stdout.startswith("dense-bce  finished  digits/densebce\n")
    assert "✗ TX101 bce-on-categorical  loss=binary_crossentropy on 4 exclusive classes" in answer.stdout


def test_a_sound_run_has_no_finding(pair: Path, here: Cli):
    """And says so."""
    assert "\nFindings  none" in here("show", "dense", cwd=pair).stdout


def test_rules_that_could_not_look_say_so(here: Cli, tmp_path: Path):
    """Of a run that plain wandb recorded no facts are known, and that nothing is found is no praise."""
    source = "import wandb\nwith wandb.init(project='p', mode='offline') as run: run.log({'loss': 1.0})"
    environ = {**os.environ, "WANDB_MODE": "offline", "WANDB_DIR": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", source], cwd=tmp_path, env=environ, check=True, capture_output=True)
    said = here("show").stdout

    assert re.search(r"\nFindings  none; [0-9]+ rules? could not look\n", said)
    assert re.search(r"\n  [0-9]+ rules?: the run carries no facts", said)


def test_json_goes_to_stdout_alone(pair: Path, here: Cli):
    """Findings, every outcome, best values with their epoch."""
    answer = here("show", "densebce", "--json", cwd=pair)
    data = json.loads(answer.stdout)

    assert "" == answer.stderr
    assert (1, "densebce", "finished") == (data["schema"], data["id"], data["state"])
    assert ["TX101"] == [finding["code"] for finding in data["findings"]]
    assert {"finding"} == {outcome["status"] for outcome in data["outcomes"] if outcome["code"] == "TX101"}
    assert (0.03, 1) == (data["best"]["val/loss"]["value"], data["best"]["val/loss"]["epoch"])
    assert {"lr": 0.001, "loss": "binary_crossentropy"} == data["config"]


def test_there_is_nothing_to_verify_without_a_best_model(pair: Path, here: Cli):
    """That was asked for in vain, which is a usage error and no failed verification."""
    answer = here("show", "dense", "--verify", cwd=pair)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert "kept no best model" in answer.stderr


@pytest.mark.parametrize(("noted", "outcome", "code"), [({}, "not verified", 0), ({"sha256": "0" * 64}, "failed", 1)])
def test_only_a_wrong_model_ends_with_1(here: Cli, tmp_path: Path, noted: dict[str, str], outcome: str, code: int):
    """What could not be verified here is neither passed nor failed."""
    best = {"file": "best.weights.h5", **noted}
    source = (
        "import pathlib, wandb\n"
        "with wandb.init(project='p', mode='offline') as run:\n"
        "    pathlib.Path(run.dir, 'best.weights.h5').write_bytes(b'weights')\n"
        "    run.save(run.dir + '/best.weights.h5', base_path=run.dir, policy='now')\n"
        f"    run.summary['best'] = {best!r}\n"
    )
    environ = {**os.environ, "WANDB_MODE": "offline", "WANDB_DIR": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", source], cwd=tmp_path, env=environ, check=True, capture_output=True)
    shown, told = here("show", "--verify"), here("show", "--verify", "--json")

    assert (code, code) == (shown.returncode, told.returncode), shown.stderr
    assert f"\nBest model  {outcome}\n" in shown.stdout
    assert (outcome, False) == tuple(json.loads(told.stdout)["verification"][key] for key in ("outcome", "passed"))
