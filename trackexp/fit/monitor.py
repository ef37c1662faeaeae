"""The metric that the best model is chosen by: found in the logs in either dialect, with its direction."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trackexp.errors import UnknownMonitorError, UsageError, nearest
from trackexp.record.metric_names import Direction


def keras_key(monitor: str) -> str:
    """Return Keras's own key of a metric: `val/loss` and `val_loss` are `val_loss`, `train/loss` is `loss`.

    >>> keras_key("val/loss"), keras_key("train/accuracy"), keras_key("loss")
    ('val_loss', 'accuracy', 'loss')
    """
    return monitor.replace("val/", "val_", 1).removeprefix("train/")


def run_key(key: str) -> str:
    """Return the run's key of one in the logs; a key that says its part already stays as it is.

    >>> run_key("val_loss"), run_key("loss"), run_key("train/learning_rate")
    ('val/loss', 'train/loss', 'train/learning_rate')
    """
    if key.startswith(("train/", "val/")):
        return key
    return f"val/{key[4:]}" if key.startswith("val_") else f"train/{key}"


DirectionOf = Callable[[str], Direction | None]


class Monitor:
    """Follows one metric, and says when it is better than ever.

    Args:
        monitor: Its name in either dialect.
        mode: `"min"`, `"max"`, or `"auto"` to ask the metric.
        baseline: The value that must be passed; None for no such value.
        min_delta: By how much, at least, a value must pass the best one, ≥ 0.
    """

    def __init__(self, monitor: str, mode: str, baseline: float | None = None, min_delta: float = 0.0) -> None:
        self.key = keras_key(monitor)
        self._mode = mode
        self._min_delta = abs(min_delta)
        self._direction: Direction | None = None
        self.best = baseline
        self._closed = False

    def choose(self, direction_of: DirectionOf, logs: Mapping[str, Any]) -> str | None:
        """Settle the metric by the logs of an epoch; returns what to say where it is not the one asked for.

        Args:
            direction_of: Which way a metric is better, by its name without `val_`.
            logs: Of the first epoch that has all its metrics.

        Raises:
            UsageError: `mode="auto"`, and the direction of the metric is not known.
        """
        if self.key in logs:
            self.resolve_direction(direction_of)
            return None
        asked, substitute = self.key, self._substitute(direction_of, logs)
        missing = asked.startswith("val_") and not any(name.startswith("val_") for name in logs)
        reason = "there is no validation data" if missing else f"the training reports {', '.join(sorted(logs))}"
        said = f"monitor={asked!r}: {reason}{'' if missing else nearest(asked, logs)}"
        if substitute is None:
            self.close()
            return f"{said}; no best model is kept"
        self.key = substitute
        self.resolve_direction(direction_of)
        return f"{said}; watching {substitute!r} instead"

    def resolve_direction(self, direction_of: DirectionOf) -> None:
        """Find out which way is better.

        Raises:
            UsageError: `mode="auto"`, and neither the metric nor its name says.
        """
        direction = direction_of(self.key.removeprefix("val_")) if self._mode == "auto" else self._mode
        if direction not in ("min", "max"):
            raise UsageError(
                f"monitor={self.key!r}: neither the metric nor its name says which way is better; "
                "pass monitor_mode='max' (higher is better) or 'min'"
            )
        self._direction = "max" if direction == "max" else "min"

    def close(self) -> None:
        """Let nothing improve from now on."""
        self._closed = True

    def _substitute(self, direction_of: DirectionOf, logs: Mapping[str, Any]) -> str | None:
        """Return what to watch instead: the same metric in training, else a loss, else what has a known direction."""
        for key in (self.key.removeprefix("val_"), "val_loss", "loss"):
            if key in logs:
                return key
        return next((key for key in logs if self._mode != "auto" or direction_of(key.removeprefix("val_"))), None)

    def improves(self, value: float) -> bool:
        """Return whether the value is the best so far, and keep it if so; NaN never is."""
        if self._closed or math.isnan(value):
            return False
        gain = math.inf if self.best is None else self.best - value if self._direction == "min" else value - self.best
        if gain <= self._min_delta:
            return False
        self.best = value
        return True


def check_monitor(monitor: str, names: Iterable[str], *, validation: bool) -> None:
    """Raise where the metric can be none of those that the training will report.

    Args:
        monitor: The metric's name, in either dialect.
        names: Keras's keys without `val_`.
        validation: Whether the fit has validation data; without it a `val_` metric is allowed, and replaced later.

    Raises:
        UnknownMonitorError: With what exists, and the nearest of it.
    """
    known = list(names)
    key = keras_key(monitor)
    if key.removeprefix("val_") in known:
        return
    told = [name for name in known if name != "learning_rate"]
    valid = [*told, *(f"val_{name}" for name in told if validation)]
    raise UnknownMonitorError(f"monitor={monitor!r}: the training reports {', '.join(valid)}{nearest(key, valid)}")
