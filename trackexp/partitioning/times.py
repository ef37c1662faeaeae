"""Times as numbers: of a column, and of a gap."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError

_NAMED = 5
_SECOND = 1e9
_UNITS = {
    "ms": 1e6, "s": _SECOND, "sec": _SECOND, "m": 60 * _SECOND, "min": 60 * _SECOND, "h": 3_600 * _SECOND,
    "d": 86_400 * _SECOND, "day": 86_400 * _SECOND, "days": 86_400 * _SECOND, "w": 7 * 86_400 * _SECOND,
    "weeks": 7 * 86_400 * _SECOND,
}  # fmt: skip


def read_times(values: NDArray[Any], name: str = "time") -> NDArray[Any]:
    """Return times as int64 nanoseconds, or numbers as float64.

    Raises:
        UsageError: One is missing or no time, texts are of mixed forms, or some have a time zone and some have none.
    """
    if values.dtype.kind in "iufb":
        numbers = values.astype(np.float64)
        _refuse(~np.isfinite(numbers), name, "missing or not finite")
        return numbers
    if values.dtype.kind != "M":
        values = _parsed(values, name)
    _refuse(np.isnat(values), name, "missing")
    return values.astype("datetime64[ns]").astype(np.int64)


def read_gap(gap: Any, times: NDArray[Any]) -> float:
    """Return a gap in the unit of the times: nanoseconds where these are dates, else plain numbers.

    Raises:
        UsageError: It is of another kind than the times, or negative.

    >>> read_gap("7d", np.array([0], np.int64)) == 7 * 86_400 * 10**9
    True
    """
    if gap is None:
        return 0.0
    dates = times.dtype.kind == "i"
    if isinstance(gap, int | float) and not isinstance(gap, bool):
        found = float(gap)
        if dates and found:
            raise UsageError(f"gap={gap!r} has no unit, and the times are dates; expected a duration such as '7d'.")
    else:
        if isinstance(gap, str) and not dates and re.fullmatch(r"\s*[\d.]+\s*", gap):
            return float(gap)
        try:
            found = _nanoseconds(gap)
        except (ValueError, TypeError) as error:
            raise UsageError(f"gap={gap!r} is no duration; expected one such as '7d', '12h' or '30min'.") from error
        if not dates:
            raise UsageError(f"gap={gap!r} is a duration, and the times are plain numbers; expected a number.")
    if not found >= 0:
        raise UsageError(f"gap={gap!r} is negative; expected how long is left out before each cut.")
    return found


def _nanoseconds(gap: Any) -> float:
    match = re.fullmatch(r"\s*([\d.]+)\s*([a-z]+)\s*", gap.lower()) if isinstance(gap, str) else None
    if match and match[2] in _UNITS:
        return float(match[1]) * _UNITS[match[2]]
    return float(pd.Timedelta(gap).value)


def _parsed(values: NDArray[Any], name: str) -> NDArray[Any]:
    missing = np.asarray(pd.isna(values))
    _refuse(missing, name, "missing")
    zoned = np.array([_has_zone(value) for value in values.tolist()])
    if zoned.any() and not zoned.all():
        rows = np.flatnonzero(~zoned)[:_NAMED].tolist()
        raise UsageError(
            f"time {name!r} has a time zone in {int(zoned.sum()):,} rows and none in others (row {rows[0]}); "
            "give all of them one, or none."
        )
    try:
        parsed = pd.to_datetime(pd.Series(values), utc=bool(zoned.any()))
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"time {name!r} cannot be read in one form throughout ({str(error).splitlines()[0][:120]}); "
            "write all of them alike, as 2026-01-31 or 2026-01-31T12:00."
        ) from error
    if zoned.any():
        parsed = parsed.dt.tz_localize(None)
    return parsed.to_numpy(dtype="datetime64[ns]")


def _has_zone(value: Any) -> bool:
    if isinstance(value, str):
        return bool(re.search(r"(Z|[+-]\d{2}:?\d{2})\s*$", value)) and ":" in value
    return getattr(value, "tzinfo", None) is not None


def _refuse(wrong: NDArray[np.bool_], name: str, what: str) -> None:
    if wrong.any():
        rows = np.flatnonzero(wrong)
        named = ", ".join(map(str, rows[:_NAMED].tolist()))
        raise UsageError(f"time {name!r} is {what} in {len(rows):,} rows (row {named}); mend or leave these rows out.")
