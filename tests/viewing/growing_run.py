"""A run that logs a loss for every number that it is given, and ends with its input."""

from __future__ import annotations

import sys

import wandb

settings = wandb.Settings(silent=True, x_disable_stats=True, x_transaction_log_flush_interval=0.5)
run = wandb.init(project="growing", id="growing", name="<b>growing</b>", settings=settings, config={"epochs": 9})
for epoch, line in enumerate(sys.stdin):
    run.log({"epoch": epoch, "val/loss": float(line)})
    sys.stdout.write("logged\n")
    sys.stdout.flush()
run.finish()
