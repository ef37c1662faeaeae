"""A loop with gradient accumulation, clipping, EMA and checkpoints that are read back; W&B's log with nested keys."""

import copy

import torch
from torch import nn

import wandb

torch.manual_seed(2)
wandb.init(project="accumulate", config={"steps": 8, "every": 2})
model = nn.Linear(4, 1)
ema = copy.deepcopy(model)
optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
x = torch.randn(64, 4)
for step in range(wandb.config.steps):
    batch = x[torch.randint(0, 64, (16,))]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.mse_loss(model(batch).float(), batch[:, :1])
    (loss / wandb.config.every).backward()
    if (step + 1) % wandb.config.every == 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        for a, b in zip(ema.parameters(), model.parameters()):
            a.data.lerp_(b.data, 0.1)
    wandb.log({"train": {"loss": loss.item(), "step": step}})
torch.save(model, "whole.pt")
again = torch.load("whole.pt", weights_only=False)
print(torch.equal(again.weight, model.weight), float(ema.weight.sum()), [n for n, _ in model.named_modules()], sorted(vars(model))[:3])
print(copy.deepcopy(model).weight.shape, model.state_dict().keys())
