"""W&B's quickstart: init, config, a loop of log, finish."""

import random

import wandb

random.seed(1)
wandb.login()
epochs, lr = 10, 0.01
run = wandb.init(project="my-awesome-project", config={"learning_rate": lr, "epochs": epochs})
offset = random.random() / 5
print(f"lr: {run.config.learning_rate}")
for epoch in range(2, epochs):
    acc = 1 - 2**-epoch - random.random() / epoch - offset
    loss = 2**-epoch + random.random() / epoch + offset
    print(f"epoch={epoch}, accuracy={acc}, loss={loss}")
    run.log({"accuracy": acc, "loss": loss})
run.finish()
