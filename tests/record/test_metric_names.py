from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.record import canonical_name, direction_of


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("loss", "train/loss"),
        ("val_loss", "val/loss"),
        ("epoch/loss", "train/loss"),
        ("epoch/val_loss", "val/loss"),
        ("val/loss", "val/loss"),
        ("test_accuracy", "test/accuracy"),
        ("train_loss", "train/loss"),
        ("learning_rate", "train/learning_rate"),
        ("epoch", "epoch"),
        ("epoch/epoch", "epoch"),
        ("batch/loss", "batch/loss"),
        ("probe/dense/kernel", "probe/dense/kernel"),
        ("val_", "train/val_"),
        ("valid", "train/valid"),
        ("train_loss_step", "batch/loss"),
        ("train_loss_epoch", "train/loss"),
        ("val_loss_epoch", "val/loss"),
        ("val_loss_step", "batch/val_loss"),
        ("val_loss/dataloader_idx_0", "val/loss/dataloader_idx_0"),
        ("lr-Adam", "train/learning_rate"),
        ("lr", "train/learning_rate"),
        ("trainer/global_step", "train/global_step"),
        ("train/global_step", "train/global_step"),
        ("eval/loss", "val/loss"),
        ("eval_loss", "val/loss"),
        ("train/loss", "train/loss"),
        ("train/epoch", "epoch"),
        ("eval/samples_per_second", "val/samples_per_second"),
        ("valid_loss", "val/loss"),
        ("valid_acc", "val/accuracy"),
        ("train/epoch/loss", "train/loss"),
        ("train/step/loss", "batch/loss"),
        ("validation/auc", "val/auc"),
        ("my/own", "my/own"),
        ("evaluate", "train/evaluate"),
        ("train/", "train/"),
        ("/", "/"),
    ],
)
def test_every_dialect_has_one_name(key: str, name: str) -> None:
    """Keras, W&B, Lightning, Hugging Face, skorch and DVCLive name the same metric alike."""
    assert name == canonical_name(key)


_WORDS = ["train", "val", "valid", "eval", "epoch", "step", "loss", "acc", "lr", "/", "_", "-", "x", "batch", "test"]


@given(st.text(min_size=1) | st.lists(st.sampled_from(_WORDS), min_size=1).map("".join))
def test_a_canonical_name_is_its_own(key: str) -> None:
    """Naming twice changes nothing, and a name of some words is never lost."""
    name = canonical_name(key)

    assert name == canonical_name(name)
    assert name


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        ("val/loss", "min"),
        ("val_loss", "min"),
        ("train/mean_absolute_error", "min"),
        ("val/accuracy", "max"),
        ("val/top_5_accuracy", "max"),
        ("test/AUC", "max"),
        ("f1", "max"),
        ("accuracy_loss", "min"),
        ("val/f1-score", "max"),
        ("epoch", None),
        ("train/learning_rate", None),
        ("glossary", None),
        ("loss/parts", None),
        ("val/loss/dataloader_idx_0", "min"),
    ],
)
def test_direction_is_told_by_the_last_known_word(key: str, direction: str | None) -> None:
    """Whole words of the last part of the name decide; a name that says nothing has none."""
    assert direction == direction_of(key)
