"""What does recording cost a PyTorch loop: an MLP of about 0.4 ms a step and a CNN of about 20 ms, against bare loops?

    python benchmarks/torch_overhead.py

Candidates take turns in one process: the bare loop, the loop under `track`, `wandb.watch` with one `log` a step, and
hooks as Comet sets them (a hook on every module, `.item()` of every tenth loss). Goals: 1.03 × and 1.01 ×.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
import wandb
from pairs import alternate, ratio, spread
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from trackexp import track

os.environ["WANDB_SILENT"] = "true"
torch.set_num_threads(1)


def mlp() -> tuple[nn.Module, torch.Tensor]:
    """Return a model of about 0.4 ms a step, with its rows."""
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)), torch.randn(
        16_000, 64
    )


def cnn() -> tuple[nn.Module, torch.Tensor]:
    """Return a model of about 20 ms a step, with its rows."""
    layers: list[nn.Module] = []
    for given, made in ((3, 24), (24, 32), (32, 32)):
        layers += [nn.Conv2d(given, made, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)), torch.randn(800, 3, 24, 24)


def loop(make: Callable[[], tuple[nn.Module, torch.Tensor]], epochs: int, around: Callable[[nn.Module], Any]) -> float:
    """Return the seconds that the epochs after the first take."""
    torch.manual_seed(0)
    model, x = make()
    y = torch.randint(0, 10, (len(x),))
    loader = DataLoader(TensorDataset(x, y), batch_size=32)
    optimizer, criterion = torch.optim.SGD(model.parameters(), lr=0.01), nn.CrossEntropyLoss()
    after = around(model)
    began = 0.0
    for epoch in range(epochs + 1):
        began = time.perf_counter() if epoch == 1 else began
        for step, (a, b) in enumerate(loader):
            optimizer.zero_grad()
            loss = criterion(model(a), b)
            loss.backward()
            optimizer.step()
            after(step, loss)
    return time.perf_counter() - began


def nothing(_model: nn.Module) -> Callable[[int, torch.Tensor], None]:
    """Return what a bare loop does after a step."""
    return lambda _step, _loss: None


def comet_like(model: nn.Module) -> Callable[[int, torch.Tensor], None]:
    """Hook every module, and read every tenth loss."""
    for part in model.modules():
        part.register_forward_hook(lambda *_: None)
    return lambda step, loss: None if step % 10 else float(loss) and None


def measures(make: Callable[[], tuple[nn.Module, torch.Tensor]], epochs: int) -> dict[str, Callable[[], float]]:
    """Return the candidates."""

    def tracked() -> float:
        with track(project="bench", mode="offline"):
            return loop(make, epochs, nothing)

    def watched() -> float:
        with wandb.init(project="bench", mode="offline") as run:

            def watch(model: nn.Module) -> Callable[[int, torch.Tensor], None]:
                run.watch(model)
                return lambda _step, loss: run.log({"loss": float(loss)})

            return loop(make, epochs, watch)

    def hooked() -> float:
        with nullcontext():
            return loop(make, epochs, comet_like)

    return {"bare": lambda: loop(make, epochs, nothing), "track": tracked, "watch + log": watched, "comet-like": hooked}


def main() -> None:
    """Print a table of ratios."""
    os.chdir(tempfile.mkdtemp())
    for name, make, epochs, rounds in (("MLP", mlp, 6, 7), ("CNN", cnn, 3, 5)):
        costs = alternate(measures(make, epochs), rounds=rounds)
        steps = epochs * -(-len(make()[1]) // 32)
        print(f"{name}: {sorted(costs['bare'])[rounds // 2] / steps * 1e3:.2f} ms a step")
        for candidate in list(costs)[1:]:
            low, high = spread(costs, candidate, "bare")
            print(f"  {candidate:12} {ratio(costs, candidate, 'bare'):.3f} ×  ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
