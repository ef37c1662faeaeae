from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LOOP = """
import hashlib, sys, torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
torch.set_num_threads(1)
torch.manual_seed(0)
x, y = torch.randn(256, 8), torch.randint(0, 3, (256,))
train, valid = DataLoader(TensorDataset(x, y), 32, shuffle=True), DataLoader(TensorDataset(x[:64], y[:64]), 32)
model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
loss_of = nn.CrossEntropyLoss()

def fit(kind):
    net = torch.compile(model, backend="eager") if kind == "compile" else model
    optimizer = torch.optim.LBFGS(net.parameters(), lr=0.1) if kind == "closure" else torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    scaler = torch.amp.GradScaler("cpu", enabled=kind == "amp")
    for epoch in range(3):
        net.train()
        for step, (a, b) in enumerate(train):
            def closure():
                optimizer.zero_grad()
                loss = loss_of(net(a), b)
                loss.backward()
                return loss
            if kind == "closure":
                optimizer.step(closure)
                continue
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=kind == "amp"):
                loss = loss_of(net(a), b) / (4 if kind == "accumulation" else 1)
            scaler.scale(loss).backward()
            if kind != "accumulation" or step % 4 == 3:
                scaler.step(optimizer)
                scaler.update()
                optimizer.zero_grad()
        schedule.step()
        net.eval()
        with torch.no_grad():
            for a, b in valid:
                loss_of(net(a), b)

def digest():
    state = [value.numpy().tobytes() for value in model.state_dict().values()]
    return hashlib.sha256(b"".join([*state, torch.rand(3).numpy().tobytes()])).hexdigest()
"""


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["plain", "accumulation", "closure", "amp", "compile"])
def test_the_weights_and_the_random_stream_are_those_without_track(script: Callable[..., Any], kind: str):
    """Bit for bit, whatever the loop does."""
    bare = script(f"{LOOP}\nfit({kind!r})\nprint(digest())", timeout=300)
    tracked = script(
        f"{LOOP}\nfrom trackexp import track\nwith track(mode='offline') as run:\n"
        f"    fit({kind!r})\n    print(digest())\n"
        "print(run.failures.count, file=sys.stderr)",
        timeout=300,
    )

    assert 64 == len(bare.stdout.strip()), bare.stderr[-2000:]
    assert bare.stdout == tracked.stdout
    assert "0" == tracked.stderr.strip().splitlines()[-1]
