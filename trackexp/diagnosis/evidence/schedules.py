"""What a learning rate schedule leaves of the rate at a step."""

from __future__ import annotations

import math
from typing import Any


def rate_share(schedule: dict[str, Any], step: int) -> float | None:
    """Return the rate at a step as a share of that at the first; None for a schedule that is not known.

    >>> rate_share({"identifier": "exponential_decay", "decay_steps": 1, "decay_rate": 0.5}, 2)
    0.25
    """
    steps, kind = schedule.get("decay_steps") or 0, schedule.get("identifier")
    start = schedule.get("initial_learning_rate") or 0.0
    if not steps or schedule.get("warmup_steps") or schedule.get("cycle"):
        return None
    passed = step / steps
    whole = math.floor(passed) if schedule.get("staircase") else passed
    rate = float(schedule.get("decay_rate") or 0.0)
    if kind == "exponential_decay":
        return rate**whole
    if kind == "inverse_time_decay":
        return 1 / (1 + rate * whole)
    if kind == "polynomial_decay" and start:
        end = (schedule.get("end_learning_rate") or 0.0) / start
        return float((1 - end) * (1 - min(1.0, passed)) ** (schedule.get("power") or 1.0) + end)
    if kind == "cosine_decay":
        alpha = schedule.get("alpha") or 0.0
        return float((1 - alpha) * 0.5 * (1 + math.cos(math.pi * min(1.0, passed))) + alpha)
    return None
