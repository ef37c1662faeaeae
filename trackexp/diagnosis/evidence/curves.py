"""What the curves of a finished training say; of several fits in one run none can be told from another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trackexp.diagnosis.fit import Fit
from trackexp.record import RunRecord, canonical_name

Values = NDArray[np.float64]


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
    """Return the training loss of a fit that is the run's only one; empty for one of several."""
    return curve(fit.record, "train/loss") if len(fit.record.facts) == 1 else np.zeros(0)


def is_complete(fit: Fit) -> bool:
    """Tell whether every epoch that was asked for has been logged."""
    facts = fit.facts.get("fit", {})
    planned = facts.get("epochs", 0) - facts.get("initial_epoch", 0)
    return 0 < planned <= len(loss_of(fit))


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
