from __future__ import annotations

import os
from pathlib import Path

import pytest

from trackexp import track
from trackexp.reading import read_runs
from trackexp.tracking.opening.names import run_name


def test_a_call_is_named_after_the_function_and_what_varies(workspace: Path):
    """Arguments that are no defaults, and which run of the folder it is; a name of the user's own stands."""

    @track(mode="offline", save_code=False)
    def train(lr: float = 0.1, layers: object = None, note: str = "") -> dict[str, float]:
        return {"accuracy": lr}

    train()
    train(lr=0.5, layers=[1, 2])
    train(0.5, note="x" * 100)
    with track(mode="offline", name="mine", save_code=False):
        pass

    assert {"train #1", "train lr=0.5 #2", "train lr=0.5 #3", "mine"} == {run.name for run in read_runs("wandb")}


def test_the_environment_names_runs_first(workspace: Path):
    """WANDB_NAME is W&B's, and ours gives way."""
    os.environ["WANDB_NAME"] = "from outside"
    track(mode="offline", save_code=False)(lambda lr=1: None)(lr=2)

    assert ["from outside"] == [run.name for run in read_runs("wandb")]


def test_a_name_stays_short(tmp_path: Path):
    """At most four settings and some ninety letters, and the number is always there."""
    name = run_name("train" * 3, {f"setting_{index}": "v" * 20 for index in range(9)}, tmp_path)

    assert (True, "traintraintrain setting_0=", " #1") == (len(name) <= 100, name[:26], name[-3:])


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (0.93, "the result 0.93 is not kept: it has no name; return a mapping, such as {'accuracy': 0.93}"),
        ((0.9, 0.8), "the result (0.9, 0.8) is not kept"),
        ({"a": 1.0, "b": [1, 2]}, "not in the summary, since a summary holds single values: b (list)"),
        ({"a": 1.0}, ""),
        (None, ""),
        ("done", ""),
    ],
)
def test_what_is_dropped_of_a_result_is_said(
    result: object, said: str, workspace: Path, capfd: pytest.CaptureFixture[str]
):
    """Numbers without a name, and what is no single value."""
    track(mode="offline", save_code=False)(lambda: result)()
    err = capfd.readouterr().err

    assert said in err
    assert bool(said) == ("not kept" in err or "not in the summary" in err)
