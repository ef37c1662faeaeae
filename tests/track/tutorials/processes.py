"""A pool of processes, spawned and forked, beside a run."""

import multiprocessing as mp
import os

import wandb


def square(number):
    """Work in a child."""
    return number * number, wandb.run is None


def main():
    run = wandb.init(project="pools", config={"n": 4})
    for method in ("spawn", "fork"):
        with mp.get_context(method).Pool(2) as pool:
            print(method, pool.map(square, range(4))[:2])
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    run.log({"done": 1})
    print("end")


if __name__ == "__main__":
    main()
