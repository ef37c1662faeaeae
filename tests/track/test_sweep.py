from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp import track
from trackexp.record import RunRecord

Records = Callable[[], list[RunRecord]]

# wandb leaves the sweep's file to the garbage collector.
OF_WANDB = pytest.mark.filterwarnings("ignore:.*sweep.yaml:ResourceWarning")


@pytest.fixture
def sweep(offline: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `wandb agent` gives to a run of a sweep: the sweep's id, and a file of its parameters."""
    parameters = offline / "sweep.yaml"
    parameters.write_text(
        "wandb_version: 1\nlr:\n  value: 0.25\nextra:\n  value: 7\nlayers:\n  value: [8, 4]\nseed:\n  value: 3\n"
    )
    monkeypatch.setenv("WANDB_SWEEP_ID", "sweep123")
    monkeypatch.setenv("WANDB_SWEEP_PARAM_PATH", str(parameters))
    return offline


@OF_WANDB
def test_a_sweep_beats_the_defaults(sweep: Path, records: Records):
    """Under `wandb agent` the sweep's value replaces the default of an argument, in the call and in the config."""
    seen = []

    @track
    def train(lr=0.1, epochs=5, *, layers=(2, 2), seed=None):
        seen.append((lr, epochs, list(layers), seed))

    train()

    (record,) = records()
    assert [(0.25, 5, [8, 4], 3)] == seen
    assert {"lr": 0.25, "epochs": 5, "extra": 7, "layers": [8, 4], "seed": 3} == record.settings


@OF_WANDB
def test_every_rank_of_a_sweep_trains_alike(sweep: Path, monkeypatch: pytest.MonkeyPatch):
    """A process of another rank records nothing, and gets the sweep's values all the same."""
    monkeypatch.setenv("RANK", "1")

    @track
    def train(lr=0.1, layers=(2, 2)):
        return lr, list(layers)

    assert (0.25, [8, 4]) == train()


@OF_WANDB
def test_what_is_passed_beats_a_sweep(sweep: Path, records: Records, capfd: pytest.CaptureFixture[str]):
    """An argument that was passed stays, and the contradiction is said: W&B keeps the sweep's value in the config."""
    seen = []

    @track
    def train(lr=0.1):
        seen.append(lr)

    train(lr=0.5)

    (record,) = records()
    assert ([0.5], 0.25) == (seen, record.settings["lr"])
    assert "lr=0.5 was passed, the sweep's lr is 0.25" in capfd.readouterr().err
