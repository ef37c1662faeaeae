"""Decides for itself that it is offline, in each of the ways there are."""

import os

import wandb

with wandb.init(project="own-mode", name="argument", mode="offline") as run:
    run.log({"x": 1})
os.environ["WANDB_MODE"] = "offline"
with wandb.init(project="own-mode", name="variable", dir="elsewhere" if os.path.isdir("elsewhere") else None) as run:
    run.log({"x": 2})
with wandb.init(project="own-mode", name="settings", settings={"mode": "offline"}) as run:
    run.log({"x": 3})
wandb.setup(wandb.Settings(project="own-mode"))
with wandb.init(name="setup") as run:
    run.log({"x": 4})
    print(run.project, run.offline, sorted(os.environ.get("WANDB_MODE", "")) == sorted("offline"))
