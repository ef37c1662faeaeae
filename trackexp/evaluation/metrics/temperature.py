"""Temperature scaling: fitted on one part, checked on another, never on the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from trackexp.errors import UsageError
from trackexp.evaluation.metrics.calibration import binned
from trackexp.evaluation.predictions import FloatArray, Predictions
from trackexp.stats import Interval, paired_bootstrap

_LIMITS = (np.log(0.02), np.log(50.0))
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class TemperatureScaling:
    """What one number does to the probabilities.

    Args:
        temperature: Logits are divided by it; above 1 the model was overconfident.
        fitted_on: Rows and part it was fitted on.
        checked_on: Rows and part it was checked on.
        log_loss: Before and after, on the checked rows.
        ece: Before and after, on the checked rows.
        gain: Log loss before minus after, a row; above 0 is better.
        interval: Of the gain.
    """

    temperature: float
    fitted_on: str
    checked_on: str
    log_loss: tuple[float, float]
    ece: tuple[float, float]
    gain: float
    interval: Interval

    @property
    def helps(self) -> bool:
        """Whether the whole interval of the gain is above 0."""
        return self.interval.low > 0

    def apply(self, y_prob: FloatArray) -> NDArray[np.float64]:
        """Return scaled probabilities, of the shape that was given."""
        return scale(y_prob, self.temperature)


def scale(y_prob: FloatArray, temperature: float) -> NDArray[np.float64]:
    """Return softmax(log p / T), or for one column its two-class form.

    >>> import numpy as np
    >>> scale(np.array([0.8]), 1.0).round(6).tolist()
    [0.8]
    """
    scaled: NDArray[np.float64] = np.exp(log_softmax(_logs(y_prob) / temperature, axis=1))
    return scaled[:, 1] if y_prob.ndim == 1 else scaled


def fit_temperature(fit: Predictions, check: Predictions, n_bins: int = 15) -> TemperatureScaling:
    """Fit the temperature on one part by its log loss, and say what it gains on another.

    Raises:
        UsageError: The parts share rows, or differ in classes.

    References:
        C. Guo, G. Pleiss, Y. Sun, K. Weinberger, On calibration of modern neural networks, ICML 2017.
    """
    for part in (fit, check):
        if part.task == "multilabel":
            raise UsageError("temperature scaling needs mutually exclusive classes, not several labels per row.")
    if fit.class_names != check.class_names:
        raise UsageError(f"fitted on classes {fit.class_names}, checked on {check.class_names}; expected the same.")
    refuse_shared_rows(fit, check)
    logs = _logs(fit.y_prob)
    found = minimize_scalar(
        lambda t: float(_losses(logs, fit.y_true, np.exp(t)).mean()), bounds=_LIMITS, method="bounded"
    )
    temperature = float(np.exp(found.x))
    logs = _logs(check.y_prob)
    before, after = (_losses(logs, check.y_true, t) for t in (1.0, temperature))
    gain, interval = paired_bootstrap(before, after, n_resamples=1000)
    return TemperatureScaling(
        temperature,
        _described(fit),
        _described(check),
        (float(before.mean()), float(after.mean())),
        (_ece(check, check.y_prob, n_bins), _ece(check, scale(check.y_prob, temperature), n_bins)),
        gain,
        interval,
    )


def refuse_shared_rows(fit: Predictions, check: Predictions) -> None:
    """Raise when two parts hold the same rows: by their ids, or without ids by answer and probabilities together."""
    if fit.ids is not None and check.ids is not None:
        shared = np.intersect1d(fit.ids, check.ids)
        n, example = shared.size, f", for example id {shared.tolist()[0]!r}" if shared.size else ""
    else:
        n, example = _equal_rows(fit, check), ""
        n = n if n > min(len(fit), len(check)) // 2 else 0  # a few equal predictions are chance or ties
    if n:
        raise UsageError(
            f"{n} rows are in both parts{example}: a fit looks better on its own rows. Fit on one, check on another."
        )


def _equal_rows(fit: Predictions, check: Predictions) -> int:
    if fit.y_prob.shape[1:] != check.y_prob.shape[1:]:
        return 0
    direction = np.random.default_rng(0).random(fit.y_prob[0].size)  # equal rows have equal projections
    rows = [part.y_true + part.y_prob.reshape(len(part), -1).astype(np.float64) @ direction for part in (fit, check)]
    return int(np.intersect1d(*rows).size)


def _described(data: Predictions) -> str:
    return f"{len(data)} rows{f' of {data.part}' if data.part else ''}"


def _logs(y_prob: FloatArray) -> NDArray[np.float64]:
    columns = np.stack([1 - y_prob, y_prob], axis=1) if y_prob.ndim == 1 else y_prob
    return np.log(np.maximum(columns.astype(np.float64), _TINY))


def _losses(logs: NDArray[np.float64], y: NDArray[np.integer], temperature: float) -> NDArray[np.float64]:
    losses: NDArray[np.float64] = -log_softmax(logs / temperature, axis=1)[np.arange(len(y)), y]
    return losses


def _ece(data: Predictions, y_prob: FloatArray, n_bins: int) -> float:
    if y_prob.ndim == 1:
        return float(binned(y_prob.astype(np.float64), data.y_true == 1, n_bins).ece())
    prediction = y_prob.argmax(axis=1)
    top = y_prob[np.arange(len(prediction)), prediction].astype(np.float64)
    return float(binned(top, prediction == data.y_true, n_bins).ece())
