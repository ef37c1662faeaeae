"""Lightning and the Trainer of transformers, whose loops draw batches ahead and step with closures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackexp import read_runs

pytestmark = pytest.mark.heavy

LIGHTNING = """
import logging, warnings
warnings.simplefilter("ignore")
import lightning, torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from trackexp import track

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
lightning.seed_everything(0)
x = torch.randn(200, 4)
rows = TensorDataset(x, (x[:, 0] > 0).long())
held_out = TensorDataset(x[:100].clone(), (x[:100, 0] > 0).long())


class Net(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))

    def training_step(self, batch, index):
        loss = F.cross_entropy(self.body(batch[0]), batch[1])
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch, index):
        out = self.body(batch[0])
        self.log("val_loss", F.cross_entropy(out, batch[1]))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 1e-2)


with track(mode="offline", monitor="val/loss"):
    trainer = lightning.Trainer(
        max_epochs=3, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Net(), DataLoader(rows, 32, shuffle=True), DataLoader(held_out, 30))
    print(float(trainer.callback_metrics["train_loss"]), float(trainer.callback_metrics["val_loss"]))
"""

TRANSFORMERS = """
import warnings
warnings.simplefilter("ignore")
import torch, transformers
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments
from trackexp import track

transformers.logging.set_verbosity_error()
torch.manual_seed(0)
config = BertConfig(
    vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, num_labels=2
)
ids = torch.randint(0, 20, (96, 4))
rows = [{"input_ids": one, "labels": one[0] % 2} for one in ids]
arguments = TrainingArguments(
    "out", num_train_epochs=2, per_device_train_batch_size=16, per_device_eval_batch_size=16, report_to="none",
    eval_strategy="epoch", save_strategy="no", disable_tqdm=True, use_cpu=True,
)
with track(mode="offline", monitor="val/loss"):
    trainer = Trainer(BertForSequenceClassification(config), arguments, train_dataset=rows[:64], eval_dataset=rows[64:])
    trainer.train()
    trained = next(entry["train_loss"] for entry in trainer.state.log_history if "train_loss" in entry)
    evaluated = [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]
    print(trained, *evaluated)
"""


def test_lightnings_epochs_are_those_of_the_trainer(script: Callable[..., Any], tmp_path: Path) -> None:
    """One row an epoch, with the means that the trainer itself has; its check before the training is no epoch."""
    pytest.importorskip("lightning")
    done = script(LIGHTNING)
    (record,) = read_runs(tmp_path / "work" / "wandb")
    train_loss, val_loss = (float(word) for word in done.stdout.split()[-2:])

    assert [0, 1, 2] == record.history["epoch"].values.tolist()
    assert (train_loss, val_loss) == pytest.approx(
        (record.history["train/loss"].values[-1], record.history["val/loss"].values[-1]), rel=1e-4
    )
    assert ("torch", ["sparse_categorical_crossentropy"]) == (
        record.facts[0]["framework"],
        [loss["identifier"] for loss in record.facts[0]["compile"]["losses"]],
    )


def test_transformers_epochs_are_those_of_the_trainer(script: Callable[..., Any], tmp_path: Path) -> None:
    """A loader that draws one batch ahead ends its pass with its last update; the evaluation is that of the epoch."""
    pytest.importorskip("transformers")
    done = script(TRANSFORMERS)
    (record,) = read_runs(tmp_path / "work" / "wandb")
    train_loss, *val_losses = (float(word) for word in done.stdout.split()[-3:])

    assert [0, 1] == record.history["epoch"].values.tolist()
    assert train_loss == pytest.approx(record.history["train/loss"].values.mean(), rel=1e-3)
    assert val_losses == pytest.approx(record.history["val/loss"].values.tolist(), rel=1e-3)
