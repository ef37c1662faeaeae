from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from trackexp import track


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """The same sums in the same order, and no fight over two cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


class Parts:
    """A classifier of three classes with its data, in parts that a test puts together."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(240, 6, generator=generator)
        y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
        self.x, self.y = x, y
        self.train = DataLoader(TensorDataset(x[:160], y[:160]), batch_size=32, shuffle=True, generator=generator)
        self.valid = DataLoader(TensorDataset(x[160:], y[160:]), batch_size=40)
        self.model: torch.nn.Module = torch.nn.Sequential(
            torch.nn.Linear(6, 16), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 3)
        )
        self.loss = torch.nn.CrossEntropyLoss()
        self.optimizer: Any = torch.optim.Adam(self.model.parameters(), lr=0.01)

    def epoch(self, *, clear: bool = True, mode: bool = True, step: bool = True) -> None:
        """Train over the loader once."""
        if mode:
            self.model.train()
        for x, y in self.train:
            if clear:
                self.optimizer.zero_grad()
            self.loss(self.model(x), y).backward()
            if step:
                self.optimizer.step()

    def evaluate(self, *, mode: bool = True) -> None:
        """Go over the validation loader once."""
        if mode:
            self.model.eval()
        with torch.no_grad():
            for x, y in self.valid:
                self.loss(self.model(x), y)


@pytest.fixture
def parts() -> Parts:
    """A fresh model with its data."""
    return Parts()


@pytest.fixture
def tracked(workspace: Path) -> Callable[..., Any]:
    """Runs a training under `track` and returns the run, which has ended."""

    def run(train: Callable[[Any], object], **options: Any) -> Any:
        with track("torch", mode="offline", **options) as opened:
            train(opened)
        return opened

    return run
