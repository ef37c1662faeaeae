"""Runs without facts, as plain wandb records them: their curves by whatever name, and what their config says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from trackexp.diagnosis.evidence.curves import Values
from trackexp.diagnosis.evidence.losses import PROBABILITY, REGRESSION
from trackexp.record import RunRecord, Series, canonical_name

# Beside the names that Keras and W&B's callbacks use: Lightning's epoch means, Hugging Face's Trainer, fastai, timm.
_DIALECTS = {
    "train/loss": ("train_loss_epoch", "training_loss", "training/loss", "loss/train"),
    "val/loss": (
        "eval/loss", "eval_loss", "valid_loss", "valid/loss", "val_loss_epoch", "validation_loss", "validation/loss",
        "loss/val",
    ),
}  # fmt: skip
# Defaults of Keras 3's optimizers (their signatures, keras.optimizers), by identifier.
DEFAULT_RATES = {
    "sgd": 0.01, "adam": 0.001, "adamw": 0.004, "rmsprop": 0.001, "nadam": 0.001, "adamax": 0.001, "lion": 0.001,
    "adagrad": 0.001, "ftrl": 0.001, "lamb": 0.001, "muon": 0.001,
}  # fmt: skip
_RATES = ("lr", "learning_rate", "learning-rate", "base_lr")
_OPTIMIZERS = ("optimizer", "optim", "opt", "optimizer_config")
_LOSSES = ("loss", "loss_function", "loss_fn", "criterion")
_LOSS_ALIASES = {
    "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error", "bce": "binary_crossentropy", "mse_loss": "mean_squared_error",
    "l1_loss": "mean_absolute_error",
}  # fmt: skip


def plain_curve(record: RunRecord, metric: str) -> Series | None:
    """Return the series of a loss by our name of it, `train/loss` or `val/loss`; None where the run has none.

    >>> from trackexp.testing import make_record
    >>> plain_curve(make_record(metrics={"eval/loss": [2.0, 1.0]}), "val/loss").values.tolist()
    [2.0, 1.0]
    """
    keys = [key for key in record.metrics() if canonical_name(key) == metric]
    keys += [key for key in _DIALECTS.get(metric, ()) if key in record.history]
    return record.history[keys[0]] if keys else None


def aligned_losses(record: RunRecord) -> tuple[Values, Values]:
    """Return the training and the validation loss, one value of each per validation, shape (validations,) each.

    A training loss that was logged more often is averaged over the rows since the validation before. Both are empty
    where one is missing, or where a validation has no training loss of its own.
    """
    train, valid = plain_curve(record, "train/loss"), plain_curve(record, "val/loss")
    nothing = np.zeros(0)
    if train is None or valid is None or not len(valid):
        return nothing, nothing
    if len(train) == len(valid):
        return train.values, valid.values
    ends = np.searchsorted(train.steps, valid.steps, side="right")
    begins = np.concatenate([[0], ends[:-1]])
    if (ends <= begins).any():
        return nothing, nothing
    means = [float(train.values[begin:end].mean()) for begin, end in zip(begins, ends, strict=True)]
    return np.array(means), valid.values


def rate_in_config(record: RunRecord) -> float | None:
    """Return the learning rate that the user's config names, also inside `optimizer`; None where it names none.

    >>> from trackexp.testing import make_record
    >>> rate_in_config(make_record(config={"learning_rate": 0.1})), rate_in_config(make_record())
    (0.1, None)
    """
    for place in (record.settings, *(_described(record, key) for key in _OPTIMIZERS)):
        for key in _RATES:
            value = place.get(key)
            if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
                return float(value)
    return None


def optimizer_in_config(record: RunRecord) -> str:
    """Return Keras's identifier of the optimizer that the user's config names; "" for none or another one.

    >>> from trackexp.testing import make_record
    >>> optimizer_in_config(make_record(config={"optim": "adamw_torch"}))
    'adamw'
    """
    for key in _OPTIMIZERS:
        described = _described(record, key)
        named = record.settings.get(key) if not described else described.get("name", described.get("class_name"))
        for word in re.findall("[a-z]+", named.lower()) if isinstance(named, str) else []:
            if word in DEFAULT_RATES:
                return str(word)
    return ""


def loss_in_config(record: RunRecord) -> str:
    """Return Keras's identifier of the loss that the user's config names; "" for none or another one.

    >>> from trackexp.testing import make_record
    >>> loss_in_config(make_record(config={"loss": "mse"})), loss_in_config(make_record(config={"loss": 0.3}))
    ('mean_squared_error', '')
    """
    for key in _LOSSES:
        named = record.settings.get(key)
        if isinstance(named, str):
            snake = re.sub("(?<=[a-z])(?=[A-Z])", "_", named.strip()).lower()
            name = _LOSS_ALIASES.get(snake, snake.replace("cross_entropy", "crossentropy"))
            if name in PROBABILITY | REGRESSION:
                return name
    return ""


def rate_words(record: RunRecord) -> str:
    """Return the learning rate of the config for the beginning of a message: "with learning rate 0.1: ", or nothing."""
    rate, optimizer = rate_in_config(record), optimizer_in_config(record)
    return "" if rate is None else f"with {f'{optimizer} and ' if optimizer else ''}learning rate {rate:g}: "


def times_default_rate(record: RunRecord) -> float | None:
    """Return how many times its optimizer's default in Keras the config's learning rate is; None where it cannot be."""
    rate, default = rate_in_config(record), DEFAULT_RATES.get(optimizer_in_config(record))
    return None if rate is None or default is None else rate / default


def _described(record: RunRecord, key: str) -> Mapping[str, Any]:
    value = record.settings.get(key)
    return value if isinstance(value, Mapping) else {}
