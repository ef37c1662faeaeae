"""W&B's documented block, its run passed on to a function, and module-level calls."""

import wandb


def train(run):
    """Log ten rows."""
    for step in range(10):
        run.log({"loss": 1 / (step + 1)})
    run.summary["best_loss"] = 0.1


with wandb.init(project="blocks", name="first", config=dict(lr=0.01, layers=[32, 64]), tags=["a", "b"], notes="n") as run:
    train(run)
    print(wandb.run is run, wandb.config["lr"], dict(run.summary)["best_loss"])
print(wandb.run is None)
