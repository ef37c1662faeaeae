"""Lightning's WandbLogger, as its documentation has it."""

# needs: lightning
import logging

import lightning as L
import torch
from lightning.pytorch.loggers import WandbLogger
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Model(L.LightningModule):
    """A line."""

    def __init__(self, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.layer = nn.Linear(3, 1)

    def training_step(self, batch, _):
        loss = nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", nn.functional.mse_loss(self.layer(batch[0]), batch[1]))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


L.seed_everything(1, verbose=False)
x = torch.randn(64, 3)
loader = DataLoader(TensorDataset(x, x[:, :1]), batch_size=16)
logger = WandbLogger(project="lightning", name="line", log_model=False)
logger.experiment.config["extra"] = 3
trainer = L.Trainer(
    max_epochs=2, logger=logger, enable_progress_bar=False, enable_model_summary=False, log_every_n_steps=1, accelerator="cpu"
)
model = Model()
trainer.fit(model, loader, loader)
print(round(float(trainer.callback_metrics["val_loss"]), 5))
