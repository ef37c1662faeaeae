"""The program of a sweep, as `wandb agent` starts it: parameters from a file, defaults in the script."""

import os

import yaml

os.environ["WANDB_SWEEP_ID"] = "abcd1234"
os.environ["WANDB_SWEEP_PARAM_PATH"] = os.path.abspath("parameters.yaml")
with open("parameters.yaml", "w") as file:
    yaml.dump({"wandb_version": 1, "lr": {"value": 0.5}}, file)

import wandb  # noqa: E402


def main():
    run = wandb.init(project="sweeps", config={"lr": 0.1, "batch": 8})
    print(wandb.config.lr, wandb.config.batch)
    for step in range(3):
        wandb.log({"loss": wandb.config.lr / (step + 1)})
    run.finish()


main()
