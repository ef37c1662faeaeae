"""A plain PyTorch script with workers, validation and a scheduler; no W&B."""

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split


class Points(Dataset):
    """Points in a plane."""

    def __init__(self):
        generator = torch.Generator().manual_seed(1)
        self.x = torch.randn(200, 2, generator=generator)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], (self.x[index].sum() > 0).float()


def main():
    torch.manual_seed(5)
    train, valid = random_split(Points(), [160, 40])
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.9)
    train_loader = DataLoader(train, batch_size=16, shuffle=True, num_workers=2)
    valid_loader = DataLoader(valid, batch_size=40)
    loss_fn = nn.BCEWithLogitsLoss()
    for epoch in range(3):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x).squeeze(1), y)
            loss.backward()
            optimizer.step()
        scheduler.step()
        model.eval()
        with torch.no_grad():
            correct = sum(((model(x).squeeze(1) > 0) == (y > 0.5)).sum().item() for x, y in valid_loader)
        print(f"epoch {epoch} loss {loss.item():.4f} accuracy {correct / 40:.3f} lr {scheduler.get_last_lr()[0]:.4f}")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, "checkpoint.pt")
    print(torch.rand(2).tolist())


if __name__ == "__main__":
    main()
