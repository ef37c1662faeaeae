"""Runs begun in functions, a disabled one, a second init, and create_new."""

import wandb


def helper():
    """Give back the run that is open."""
    return wandb.init()


first = wandb.init(project="ways", name="first")
print(helper() is first, wandb.run is first)
wandb.log({"a": 1})
off = wandb.init(mode="disabled", reinit="create_new")
off.log({"nothing": 1})
off.finish()
second = wandb.init(project="ways", name="second", reinit="create_new")
second.log({"b": 2})
first.log({"a": 3})
second.finish()
first.finish()
wandb.init(project="other", name="third", tags="one-tag" and ["one"], group="g", job_type="j")
wandb.alert(title="hello", text="world")
wandb.log({"c": 3})
