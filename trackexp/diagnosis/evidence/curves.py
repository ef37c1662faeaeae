"""What the curves of a training say, one fit at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trackexp.diagnosis.evidence.losses import constant_loss
from trackexp.diagnosis.fit import Fit
from trackexp.record import RunRecord, canonical_name

Values = NDArray[np.float64]
MIN_EPOCHS = 5


def curve(record: RunRecord, metric: str) -> Values:
    """Return a metric's values by our name of it, shape (epochs,); empty where the run has none.

    >>> from trackexp.testing import make_record
    >>> curve(make_record(metrics={"val_loss": [2.0, 1.0]}), "val/loss").tolist()
    [2.0, 1.0]
    """
    for key in record.metrics():
        if canonical_name(key) == metric:
            return record.history[key].values
    return np.zeros(0)


def loss_of(fit: Fit) -> Values:
    """Return the training loss of a fit, empty where it cannot be told from that of others."""
    return curve_of(fit, "train/loss")


def curve_of(fit: Fit, metric: str) -> Values:
    """Return the values of a metric that belong to one fit, shape (epochs,).

    Of several fits in a run each has its own stretch of the axis `epoch`. One of fewer than 5 epochs is part of a
    training that goes on in the next, as in a loop over `fit(epochs=1)`: it is not judged by itself.
    """
    record = fit.record
    if record.fits == 1:
        return curve(record, metric)
    facts = fit.facts.get("fit", {})
    first, count = facts.get("first_epoch"), facts.get("epochs_done", 0)
    key = next((key for key in record.metrics() if canonical_name(key) == metric), None)
    if first is None or count < MIN_EPOCHS or key is None or "epoch" not in record.history:
        return np.zeros(0)
    series, axis = record.history[key], record.history["epoch"]
    places = np.searchsorted(axis.steps, series.steps).clip(max=len(axis) - 1)
    epochs = np.where(axis.steps[places] == series.steps, axis.values[places], np.nan)
    return np.asarray(series.values[(epochs >= first) & (epochs < first + count)])


def is_complete(fit: Fit) -> bool:
    """Tell whether every epoch that was asked for has been logged."""
    facts = fit.facts.get("fit", {})
    planned = facts.get("epochs", 0) - facts.get("initial_epoch", 0)
    return 0 < planned <= len(loss_of(fit))


def has_ended(fit: Fit) -> bool:
    """Tell whether the training is over: all epochs are logged, or EarlyStopping, the user or an error ended it."""
    return bool(fit.facts.get("fit", {}).get("ended")) or is_complete(fit)


def constant_of(fit: Fit) -> float | None:
    """Return what the training loss would be for the best constant; None where the curve holds anything else too.

    Weights of classes, rows or outputs, label smoothing, regularisation and losses that a model adds itself are in the
    curve and not in the targets: with any of them the two cannot be compared.
    """
    heads, facts = list(fit.heads()), fit.facts.get("fit", {})
    if len(heads) != 1 or fit.own_step or facts.get("class_weight") or facts.get("sample_weight"):
        return None
    loss, model = heads[0].loss, fit.facts.get("model", {})
    adds = any(key.endswith("_regularizer") for layer in fit.layers for key in layer.get("config", {}))
    adds = adds or model.get("kind") == "subclassed" or "call" in model.get("overrides", [])
    if adds or loss.get("weight") not in (None, 1.0) or loss.get("config", {}).get("label_smoothing"):
        return None
    return constant_loss(heads[0])


def never_learnt(fit: Fit, constant: float | None, share: float) -> str:
    """Return, in words, that the complete training did not get below a share of the constant's loss; else ""."""
    values = loss_of(fit)
    if not len(values):
        return ""
    if not np.isfinite(values[-1]):
        return f"the loss is {values[-1]:g} after {len(values)} epochs"
    if constant is None or not is_complete(fit) or values[-1] <= share * constant:
        return ""
    return f"after {len(values)} epochs the loss is {values[-1]:.4g}, and a constant prediction has {constant:.4g}"
