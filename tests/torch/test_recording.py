from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from trackexp.errors import DiagnosisError
from trackexp.reading import read_run, read_runs


def test_a_plain_loop_is_recorded_whole(parts: Any, tracked: Callable[..., Any]):
    """Losses, accuracies, rate and times of every epoch, of both parts, without a word in the script."""

    def train(_run: Any) -> None:
        for _ in range(3):
            parts.epoch()
            parts.evaluate()

    run = tracked(train)
    history = read_run(run.folder).history
    keys = {"train/loss", "val/loss", "train/accuracy", "val/accuracy", "train/learning_rate", "train/epoch_seconds"}

    assert keys <= set(history)
    assert [0, 1, 2] == history["epoch"].values.tolist()
    assert 3 == len(history["val/loss"])
    assert 0 == run.failures.count


def test_the_losses_are_the_means_over_the_rows(parts: Any, tracked: Callable[..., Any]):
    """A short last batch counts by its rows: the mean is that of the whole set."""
    parts.model.eval()
    with torch.no_grad():
        rows = functional.cross_entropy(parts.model(parts.x[160:]), parts.y[160:], reduction="none")

    def train(_run: Any) -> None:
        parts.optimizer = torch.optim.SGD(parts.model.parameters(), lr=0.0)
        parts.epoch()
        parts.evaluate()

    run = tracked(train, ignore="TX8")

    assert pytest.approx(float(rows.mean()), rel=1e-6) == run.state.rows[0]["val/loss"]


def test_the_facts_are_in_the_schema_of_every_framework(parts: Any, tracked: Callable[..., Any]):
    """Layers by their kinds with their wiring, the output's end, the loss, the optimizer, the data, the loop."""

    def train(_run: Any) -> None:
        parts.epoch()
        parts.evaluate()
        parts.epoch()

    (facts,) = tracked(train).state.facts
    layers = [(layer["name"], layer["layer"], layer["inputs"]) for layer in facts["model"]["layers"]]

    assert [
        ("input", "InputLayer", []), ("0", "Dense", ["input"]), ("1", "Activation", ["0"]), ("2", "Dropout", ["1"]),
        ("3", "Dense", ["2"]), ("logsoftmax_1", "Activation", ["3"]),
    ] == layers  # fmt: skip
    assert ("linear", "3", [None, 3]) == tuple(facts["model"]["outputs"][0][k] for k in ("activation", "head", "shape"))
    assert ("sparse_categorical_crossentropy", True) == tuple(
        facts["compile"]["losses"][0][key] for key in ("identifier", "from_logits")
    )
    assert ("adam", 0.01) == tuple(facts["compile"]["optimizer"][key] for key in ("identifier", "learning_rate"))
    assert (160, 32, True) == tuple(facts["loop"]["loader"][key] for key in ("rows", "batch_size", "shuffle"))
    assert [160, 6] == facts["data"]["inputs"][0]["shape"]
    assert [5, 0, 5] == [one["updates"] for one in facts["loop"]["passes"]]
    assert [(5, 5, 160), (0, 2, 80), (5, 5, 160)] == [
        (one["updates"], one["batches"], one["rows"]) for one in facts["fit"]["passes"]
    ]
    assert {"train_grad": 5} == facts["fit"]["passes"][0]["calls"]
    assert [(0, 0.01)] == facts["fit"]["rates"]
    assert (160, 32) == tuple(facts["fit"]["loader"][key] for key in ("rows", "batch_size"))
    assert "torch" == facts["framework"]


def test_a_loop_without_a_loader_counts_its_updates(parts: Any, tracked: Callable[..., Any]):
    """Whole-batch training: every update is an epoch, and far beyond a hundred they are logged ever more rarely."""

    def train(_run: Any) -> None:
        for _ in range(300):
            parts.optimizer.zero_grad()
            parts.loss(parts.model(parts.x), parts.y).backward()
            parts.optimizer.step()

    rows = tracked(train).state.rows

    assert 64 <= len(rows) < 250
    assert 0 == rows[0]["epoch"]
    assert rows[-1]["train/loss"] < rows[0]["train/loss"]


def test_what_the_script_logs_itself_is_not_doubled(parts: Any, tracked: Callable[..., Any]):
    """A key of ours that the script logs is logged once an epoch."""

    def train(run: Any) -> None:
        for epoch in range(3):
            parts.epoch()
            parts.evaluate()
            run.log({"train/loss": 7.0 - epoch, "epoch": epoch})

    run = tracked(train)

    assert [7.0, 6.0, 5.0] == read_run(run.folder).history["train/loss"].values.tolist()


def test_a_run_that_must_not_fail_ends_before_its_first_update(parts: Any, tracked: Callable[..., Any]):
    """What the graph and the first batch show is enough for `fail_on`: no weight has changed."""
    before = parts.model[0].weight.detach().clone()
    parts.model.append(torch.nn.Softmax(dim=1))

    with pytest.raises(DiagnosisError, match="softmax-with-from-logits"):
        tracked(lambda _run: parts.epoch(), fail_on="warning")

    assert torch.equal(before, parts.model[0].weight)


def test_a_failure_inside_switches_the_recording_off(
    parts: Any, tracked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    """The training goes on, what failed is said once and counted."""
    from trackexp.torch import looks

    monkeypatch.setattr(looks, "walk", lambda _node: 1 / 0)
    run = tracked(lambda _run: (parts.epoch(), parts.epoch()))

    assert 1 == run.failures.count
    assert 1 == capfd.readouterr().err.count("recording the PyTorch training")


def test_odd_models_and_targets_are_no_failure(tracked: Callable[..., Any]):
    """A function for a model, dictionaries, complex and sparse tensors, shared weights, a loss of several parts."""
    weight = torch.nn.Parameter(torch.randn(4, 2))
    shared = torch.nn.Linear(4, 4)

    class Odd(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ParameterList([torch.nn.Parameter(torch.ones(4))])
            self.one, self.two = shared, shared

        def forward(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            return {"y": self.two(self.one(batch["x"])) * self.parts[0]}

    def train(_run: Any) -> None:
        model, x = Odd(), torch.randn(8, 4)
        for optimizer, loss in (
            (torch.optim.SGD([weight], 0.1), lambda: ((x @ weight) ** 2).mean()),
            (torch.optim.Adam(model.parameters()), lambda: model({"x": x})["y"].abs().sum() + weight.norm()),
            (torch.optim.SGD([weight], 0.1), lambda: torch.view_as_real(torch.fft.fft(x @ weight)).square().sum()),
            (torch.optim.SGD([weight], 0.1), lambda: torch.sparse.mm(x.to_sparse(), weight).square().mean()),
        ):
            for _ in range(3):
                optimizer.zero_grad()
                loss().backward()
                optimizer.step()

    run = tracked(train)

    assert 0 == run.failures.count
    assert [] == [finding.name for finding in run.findings if finding.severity != "info"]


def test_a_run_that_the_script_ends_has_its_last_epoch(script: Callable[..., Any], tmp_path: Path):
    """The script's own init and finish: one run, whole, and none is begun for what was left."""
    source = """
import torch, wandb
from torch.utils.data import DataLoader, TensorDataset
from trackexp import track

x = torch.randn(60, 4)
loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=20)
model = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
with track(mode="offline"):
    run = wandb.init(project="mine")
    for _ in range(3):
        for a, b in loader:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(a), b).backward()
            optimizer.step()
    run.finish()
"""
    done = script(source)
    (record,) = read_runs(tmp_path / "work" / "wandb")

    assert 0 == done.returncode, done.stderr[-2000:]
    assert [0, 1, 2] == record.history["epoch"].values.tolist()


def test_a_closure_makes_its_backward_inside_the_step(parts: Any, tracked: Callable[..., Any]):
    """LBFGS calls the loss itself: neither a gradient carried over nor a step made twice."""

    def train(_run: Any) -> None:
        optimizer = torch.optim.LBFGS(parts.model.parameters(), lr=0.1, max_iter=4)

        def closure() -> Any:
            optimizer.zero_grad()
            loss = parts.loss(parts.model(parts.x), parts.y)
            loss.backward()
            return loss

        for _ in range(8):
            optimizer.step(closure)

    names = {finding.name for finding in tracked(train).findings}

    assert set() == names & {"double-step", "zero-grad-missing", "backward-missing", "optimizer-without-model"}
