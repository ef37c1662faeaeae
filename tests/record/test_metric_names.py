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
    ],
)
def test_every_dialect_has_one_name(key: str, name: str) -> None:
    """Keras, W&B's callbacks and trackexp name the same metric alike."""
    assert name == canonical_name(key)


@given(st.text(min_size=1))
def test_a_canonical_name_is_its_own(key: str) -> None:
    """Naming twice changes nothing, unless a name hides another dialect's prefix."""
    name = canonical_name(key)

    assert name == canonical_name(name) or name.startswith("epoch/")


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
    ],
)
def test_direction_is_told_by_the_last_known_word(key: str, direction: str | None) -> None:
    """Whole words of the last part of the name decide; a name that says nothing has none."""
    assert direction == direction_of(key)
