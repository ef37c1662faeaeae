"""W&B's PyTorch form: watch, log in the loop, save and log the model."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import wandb

config = dict(epochs=2, batch_size=32, learning_rate=0.05, architecture="MLP")


def make(config):
    torch.manual_seed(0)
    x = torch.randn(256, 6)
    loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=config.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
    return model, loader, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=config.learning_rate)


def train(model, loader, criterion, optimizer, config):
    wandb.watch(model, criterion, log="all", log_freq=4)
    examples = 0
    for epoch in range(config.epochs):
        for inputs, labels in loader:
            loss = criterion(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            examples += len(inputs)
            wandb.log({"epoch": epoch, "loss": loss}, step=examples)
        print(f"Loss after {examples:05d} examples: {loss:.3f}")


def pipeline(hyperparameters):
    with wandb.init(project="pytorch-demo", config=hyperparameters):
        config = wandb.config
        model, loader, criterion, optimizer = make(config)
        train(model, loader, criterion, optimizer, config)
        torch.save(model.state_dict(), "model.pt")
        wandb.save("model.pt")
    return model


model = pipeline(config)
print(sorted(model.state_dict()), type(model).__name__, len(model._forward_hooks))
