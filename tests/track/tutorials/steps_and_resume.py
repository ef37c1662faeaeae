"""An id of one's own, resume="allow", steps by hand, and settings."""

import wandb

run = wandb.init(
    project="resume", id="my-run-id", resume="allow", settings=wandb.Settings(console="off", init_timeout=30), save_code=False
)
print(run.id, run.resumed, run.starting_step)
for step in range(0, 10, 2):
    wandb.log({"value": step * step}, step=step)
wandb.log({"value": 1}, step=3)
print(run.step, wandb.run.summary["value"])
wandb.finish(exit_code=0)
