"""How long a cross-validation may take."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from trackexp.errors import UsageError


def read_budget(given: Any) -> float | None:
    """Return a budget in seconds; None for no end.

    Raises:
        UsageError: It is no duration, or not positive.

    >>> read_budget("2h"), read_budget("90min"), read_budget(30)
    (7200.0, 5400.0, 30.0)
    """
    if given is None:
        return None
    try:
        seconds = pd.Timedelta(given).total_seconds() if isinstance(given, str) else float(given)
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"budget={given!r} is no duration; expected seconds, or one such as '2h' or '90min'."
        ) from error
    if not seconds > 0 or not math.isfinite(seconds):
        raise UsageError(f"budget={given!r} is not positive; expected seconds, or one such as '2h' or '90min'.")
    return seconds
