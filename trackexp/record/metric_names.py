"""One language of metrics: the dialects of the frameworks mapped to ours, and which way is better."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Direction = Literal["min", "max"]

# Published meanings: an error or a loss falls, a score or a share of right answers rises. Looked for as whole words
# of the name ("val/top_5_accuracy" → top, 5, accuracy), last word first, so that "accuracy_loss" is a loss.
_FALLING = frozenset(
    {
        "loss", "error", "mse", "mae", "rmse", "mape", "msle", "logcosh", "crossentropy", "perplexity", "kld",
        "divergence", "brier", "ece", "wer", "cer", "nll", "hinge", "poisson", "logloss", "rmsle", "smape", "mase",
        "bpc", "bpb", "fid", "deviance",
    }
)  # fmt: skip
_RISING = frozenset(
    {
        "accuracy", "acc", "auc", "auroc", "precision", "recall", "f1", "score", "iou", "dice", "r2", "ap", "map",
        "bleu", "rouge", "sensitivity", "specificity", "mcc", "kappa", "psnr", "ssim", "similarity", "auprc", "ndcg",
        "mrr", "jaccard",
    }
)  # fmt: skip


# What stands before a name for the part of the data that it was measured on.
_PARTS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "eval": "val",
    "dev": "val", "test": "test", "testing": "test", "predict": "test",
}  # fmt: skip
# Whole names that mean the same under two spellings.
_SAME = {"acc": "accuracy", "lr": "learning_rate", "ppl": "perplexity"}
_AXES = {"train/epoch": "epoch", "trainer/global_step": "train/global_step"}
_OF_LOADER = re.compile(r"/dataloader_idx_\d+$")  # Lightning's, where there are several loaders
_LONGEST = 1000  # characters; a key that nobody reads is left as it is
AXES = frozenset({"epoch", "train/global_step"})
"""Names that count, and measure nothing."""


@lru_cache(maxsize=4096)
def canonical_name(key: str) -> str:
    """Return our name of a metric, the same for every dialect that says the same.

    Keras: `loss`, `val_loss`. W&B's callback: `epoch/val_loss`, `batch/loss`. Lightning: `train_loss_epoch`,
    `train_loss_step`, `lr-Adam`. Hugging Face: `eval/loss`, `eval_loss`, `train/epoch`. skorch and fastai:
    `valid_loss`. DVCLive: `eval/loss`, `train/epoch/loss`, `train/step/loss`. Names of the user's own pass through.

    >>> canonical_name("val_loss"), canonical_name("epoch/val_loss"), canonical_name("eval/loss")
    ('val/loss', 'val/loss', 'val/loss')
    >>> canonical_name("loss"), canonical_name("train_loss_epoch"), canonical_name("train_loss_step")
    ('train/loss', 'train/loss', 'batch/loss')
    >>> canonical_name("valid_acc"), canonical_name("epoch/learning_rate"), canonical_name("my/own")
    ('val/accuracy', 'train/learning_rate', 'my/own')
    """
    while len(key) < _LONGEST and (name := _translated(key)) != key:
        key = name
    return key


def _translated(key: str) -> str:
    """Return a name one step nearer to ours; ours as it is."""
    if key in AXES or key in _AXES:
        return _AXES.get(key, key)
    first, slash, rest = key.partition("/")
    if slash and rest:
        if first == "epoch":
            return rest
        if first in _PARTS:
            return _of_part(_PARTS[first], rest)
        if not _OF_LOADER.search(key):
            return key
    if key.startswith("lr-"):  # Lightning's monitor, with the optimizer's name behind it
        return "train/learning_rate"
    first, underscore, rest = key.partition("_")
    if underscore and rest.strip("_") and first in _PARTS:
        return _of_part(_PARTS[first], rest)
    return key if slash else _of_part("train", key)


def _of_part(part: str, name: str) -> str:
    """Return the name of a metric of one part of the data: that of a batch, of an epoch, or just its own."""
    inside = {"step": "batch", "epoch": part}
    group, slash, rest = name.partition("/")
    if slash and rest and group in inside:
        return _grouped(inside[group], part, rest)
    for ending, home in inside.items():
        stem = name.removesuffix(f"_{ending}")
        if stem and stem != name and name not in ("global_step", "num_epoch"):
            return _grouped(home, part, stem)
    return f"{part}/{_SAME.get(name, name)}"


def _grouped(home: str, part: str, name: str) -> str:
    return f"{home}/{name}" if part in (home, "train") else f"{home}/{part}_{name}"


def direction_of(key: str) -> Direction | None:
    """Return whether lower (`"min"`) or higher (`"max"`) is better, by the name alone; None when it says nothing.

    >>> direction_of("val/loss"), direction_of("val/top_5_accuracy"), direction_of("epoch")
    ('min', 'max', None)
    """
    name = _OF_LOADER.sub("", key)
    for word in reversed(name.rsplit("/", 1)[-1].lower().replace("-", "_").split("_")):
        if word in _FALLING:
            return "min"
        if word in _RISING:
            return "max"
    return None
