"""One language of metrics: the dialects of the frameworks mapped to ours, and which way is better."""

from __future__ import annotations

import re
from collections.abc import Collection
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
# What a training logs without saying so, although the name tells no direction: rates and Keras's counts.
_OF_TRAINING = re.compile(r"lr|learning_rate|global_step|(true|false)_(positives|negatives)(_\d+)?")
_NUMBERED = re.compile(r"(_\d+)?(_step|_epoch)?$")  # Keras's second metric of a name, Lightning's two means
# Words that end names of anything: behind others than these, as in `anomaly_score`, they are the user's own.
_VAGUE = frozenset({"error", "score", "map", "ap", "similarity", "divergence", "precision", "recall"})
_BEFORE_VAGUE = _FALLING | _RISING | {
    "mean", "median", "root", "absolute", "squared", "percentage", "logarithmic", "symmetric", "cosine", "kl", "fbeta",
    "average", "balanced", "macro", "micro", "weighted", "binary", "at",
}  # fmt: skip
_NO_RATES = ("-momentum", "-weight_decay")  # what else Lightning's monitor of rates notes
_LONGEST = 1000  # characters; a key that nobody reads is left as it is
AXES = frozenset({"epoch", "train/global_step"})
"""Names that count, and measure nothing."""


@lru_cache(maxsize=1 << 16)  # every rule asks for every name of a run
def canonical_name(key: str) -> str:
    """Return our name of a metric, the same for every dialect that says the same.

    Keras: `loss`, `val_loss`. W&B's callback: `epoch/val_loss`, `batch/loss`. Lightning: `train_loss_epoch`,
    `train_loss_step`, `lr-Adam`. Hugging Face: `eval/loss`, `eval_loss`, `train/epoch`. skorch and fastai:
    `valid_loss`. DVCLive: `eval/loss`, `train/epoch/loss`, `train/step/loss`. A bare name
    of a loss or metric that frameworks know is the training's. Names of the user's own pass through.

    >>> canonical_name("val_loss"), canonical_name("epoch/val_loss"), canonical_name("eval/loss")
    ('val/loss', 'val/loss', 'val/loss')
    >>> canonical_name("loss"), canonical_name("train_loss_epoch"), canonical_name("train_loss_step")
    ('train/loss', 'train/loss', 'batch/loss')
    >>> canonical_name("valid_acc"), canonical_name("epoch/learning_rate"), canonical_name("latency_ms")
    ('val/accuracy', 'train/learning_rate', 'latency_ms')
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
        if first == "epoch":  # W&B's callback writes what Keras calls it
            return rest if _part_of(rest) or rest == "epoch" else _of_part("train", rest)
        if first in _PARTS:
            return _of_part(_PARTS[first], rest)
        if not _OF_LOADER.search(key):
            return key
    if key.startswith("lr-") and not key.endswith(_NO_RATES):  # Lightning's monitor, with the optimizer's name behind
        return "train/learning_rate"
    if part := _part_of(key):
        return _of_part(_PARTS[part], key[len(part) + 1 :])
    return _of_part("train", key) if not slash and _is_of_training(key) else key


def _part_of(key: str) -> str:
    """Return the word for a part of the data that a name such as `val_loss` begins with; "" for none."""
    first, _, rest = key.partition("_")
    return first if first in _PARTS and rest.strip("_") else ""


def _is_of_training(key: str) -> bool:
    """Return whether a bare name is one that frameworks give to what they measure while they train."""
    if key.startswith("best_"):  # a summary of the user's, or of W&B's old callback
        return False
    if _OF_TRAINING.fullmatch(key) or key in _SAME:
        return True
    *before, last = _words(_NUMBERED.sub("", key))
    if last in _VAGUE:
        return all(word in _BEFORE_VAGUE or word.isdigit() for word in before)
    return last in _FALLING or last in _RISING


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


def key_of(metric: str, keys: Collection[str]) -> str | None:
    """Return the key under which a metric is kept, asked for by any of its names; None where there is none.

    Keras leaves out that a metric is the training's, and for a name of the user's own nothing tells whether it is one:
    `train/gain` finds `gain`, and `gain` finds `train/gain`, where the name itself is not there.

    >>> key_of("val/loss", ["val_loss"]), key_of("train/gain", ["gain"]), key_of("gain", ["train/gain", "gain"])
    ('val_loss', 'gain', 'gain')
    """
    return KeyIndex(keys).key_of(metric)


class KeyIndex:
    """The keys of one run by our names: finding one of many thousands takes no walk over the others."""

    def __init__(self, keys: Collection[str]) -> None:
        self._keys = keys
        self._by_name: dict[str, str] | None = None

    def key_of(self, metric: str) -> str | None:
        """Return what the function of this name does."""
        if metric in self._keys:
            return metric
        if self._by_name is None:
            self._by_name = {}
            for key in self._keys:
                self._by_name.setdefault(canonical_name(key), key)
        name = canonical_name(metric)
        bare = name.removeprefix("train/")
        other = "" if "/" in bare else f"train/{name}" if name == bare else bare
        return self._by_name.get(name, self._by_name.get(other))


def direction_of(key: str) -> Direction | None:
    """Return whether lower (`"min"`) or higher (`"max"`) is better, by the name alone; None when it says nothing.

    >>> direction_of("val/loss"), direction_of("val/top_5_accuracy"), direction_of("epoch")
    ('min', 'max', None)
    """
    name = _OF_LOADER.sub("", key)
    for word in reversed(_words(name.rsplit("/", 1)[-1])):
        if word in _FALLING:
            return "min"
        if word in _RISING:
            return "max"
    return None


def _words(name: str) -> list[str]:
    """Return the words of a name, in small letters; two that Keras takes apart in one."""
    return name.lower().replace("-", "_").replace("io_u", "iou").replace("log_cosh", "logcosh").split("_")
