"""Raises in the middle; Python's traceback and exit code are the script's."""

import wandb


def train():
    """Go wrong."""
    wandb.log({"x": 1})
    raise ValueError("the data is missing")


wandb.init(project="fails", name="broken")
train()
