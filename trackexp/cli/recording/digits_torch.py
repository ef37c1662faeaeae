"""Handwritten digits in PyTorch, three times: a sound run, one with a softmax too many, and one that forgets zero_grad.

    python examples/digits_torch.py

Nothing in the loops knows of trackexp. Without a W&B key the runs are recorded in `wandb/`.
"""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from trackexp import compare, read_run, track
from trackexp.comparison import Comparison

RUNS = {"linear-end": {}, "softmax-end": {"softmax": True}, "no-zero-grad": {"clear": False}}


def loaders() -> tuple[DataLoader[tuple[torch.Tensor, ...]], DataLoader[tuple[torch.Tensor, ...]]]:
    """Return the training and the validation rows, in batches."""
    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    x, y = torch.tensor(images, dtype=torch.float32)[order] / 16, torch.tensor(labels)[order]
    train, valid = TensorDataset(x[:1400], y[:1400]), TensorDataset(x[1400:], y[1400:])
    return DataLoader(train, batch_size=50, shuffle=True), DataLoader(valid, batch_size=200)


def fit(*, softmax: bool = False, clear: bool = True, epochs: int = 8) -> None:
    """Train one classifier."""
    torch.manual_seed(0)
    train, valid = loaders()
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10), *([nn.Softmax(dim=1)] if softmax else []))
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(epochs):
        model.train()
        for x, y in train:
            if clear:
                optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            for x, y in valid:
                criterion(model(x), y)


def train() -> Comparison:
    """Train the three, read them back from disk and compare them."""
    folders = []
    for name, config in RUNS.items():
        with track(project="digits-torch", name=name, config=config, monitor="val_loss") as run:
            fit(**config)
        folders.append(run.folder)
    return compare(map(read_run, folders))


if __name__ == "__main__":
    train().show()
