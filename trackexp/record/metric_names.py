"""One language of metrics: the dialects of Keras and W&B's callbacks mapped to ours, and which way is better."""

from __future__ import annotations

from typing import Literal

Direction = Literal["min", "max"]

# Published meanings: an error or a loss falls, a score or a share of right answers rises. Looked for as whole words
# of the name ("val/top_5_accuracy" → top, 5, accuracy), last word first, so that "accuracy_loss" is a loss.
_FALLING = frozenset(
    {
        "loss", "error", "mse", "mae", "rmse", "mape", "msle", "logcosh", "crossentropy", "perplexity", "kld",
        "divergence", "brier", "ece", "wer", "cer", "nll", "hinge", "poisson",
    }
)  # fmt: skip
_RISING = frozenset(
    {
        "accuracy", "acc", "auc", "auroc", "precision", "recall", "f1", "score", "iou", "dice", "r2", "ap", "map",
        "bleu", "rouge", "sensitivity", "specificity", "mcc", "kappa", "psnr", "ssim", "similarity",
    }
)  # fmt: skip


def canonical_name(key: str) -> str:
    """Return our name of a metric: `val_loss`, `epoch/val_loss` and `val/loss` are all `val/loss`.

    >>> canonical_name("val_loss"), canonical_name("epoch/val_loss"), canonical_name("loss")
    ('val/loss', 'val/loss', 'train/loss')
    >>> canonical_name("learning_rate"), canonical_name("epoch/learning_rate"), canonical_name("my/own")
    ('train/learning_rate', 'train/learning_rate', 'my/own')
    """
    name = key.removeprefix("epoch/")
    if "/" in name:
        return name
    for prefix in ("val", "test", "train"):
        if name.startswith(f"{prefix}_") and len(name) > len(prefix) + 1:
            return f"{prefix}/{name[len(prefix) + 1 :]}"
    return "epoch" if name == "epoch" else f"train/{name}"


def direction_of(key: str) -> Direction | None:
    """Return whether lower (`"min"`) or higher (`"max"`) is better, by the name alone; None when it says nothing.

    >>> direction_of("val/loss"), direction_of("val/top_5_accuracy"), direction_of("epoch")
    ('min', 'max', None)
    """
    for word in reversed(key.rsplit("/", 1)[-1].lower().replace("-", "_").split("_")):
        if word in _FALLING:
            return "min"
        if word in _RISING:
            return "max"
    return None
