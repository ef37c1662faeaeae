"""Functions taken out of W&B before anything else happens, with partial and defaults."""

from functools import partial

from wandb import Settings, finish, init

begin = partial(init, project="early", job_type="train", settings=Settings(disable_git=True))


class Trainer:
    """Keeps the function as a default."""

    def __init__(self, begin=begin):
        self.run = begin(config={"lr": 0.2}, name="bound")

    def train(self):
        for step in range(4):
            self.run.log({"x": step})


trainer = Trainer()
print(trainer.run.config.lr, trainer.run.name)
trainer.train()
finish()
