"""A threshold that a run must keep: one metric is optimised, any number of others only have to be good enough."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackexp.comparison.entry import Entry
from trackexp.comparison.metrics import Metric, at_step, available_names, best_step
from trackexp.errors import UsageError, nearest
from trackexp.record import RunRecord, canonical_name, dotted
from trackexp.record.query import Threshold, getter, parse_threshold
from trackexp.reporting import number


def failed_requirement(requirement: Threshold, entry: Entry) -> str:
    """Return why a run does not keep a threshold; "" where it does.

    A metric is read in the row in which the deciding metric is best, because that is the model one would take; one that
    is not logged there by its best value.
    """
    value = _value(entry.record, requirement.name, best_step(entry.record, entry.best))
    if value is None or not math.isfinite(value):
        return f"it has no {requirement.name}, and {requirement} is required"
    return "" if requirement.holds(value) else f"its {requirement.name} of {number(value)} misses {requirement}"


def requirements_of(asked: str | Iterable[str] | None, records: Sequence[RunRecord]) -> tuple[Threshold, ...]:
    """Read thresholds such as `"latency_ms < 20"`, several as a list or joined by `and`.

    A name is a metric in any dialect; or `config.…`, `summary.…`, `system.…`, `runtime`.

    Raises:
        UsageError: One does not parse, or names what no run has.
    """
    texts = [asked] if isinstance(asked, str) else list(asked or ())
    parts = [part for text in texts for part in re.split(r"\s+and\s+|,", text)]
    requirements = tuple(parse_threshold(part, "require=", "latency_ms < 20") for part in parts)
    for requirement in requirements:
        if all(_value(record, requirement.name, None) is None for record in records):
            names = sorted({*available_names(records), *(name for record in records for name in _others(record))})
            raise UsageError(
                f"require={str(requirement)!r}: none of the {len(records)} runs has {requirement.name}"
                f"{nearest(requirement.name, names)}; they have {', '.join(names[:30]) or 'no number at all'}."
            )
    return requirements


def _value(record: RunRecord, name: str, step: int | None) -> float | None:
    found = at_step(record, Metric(name), step)
    if found is None:
        found = at_step(record, Metric(canonical_name(name)), step)
    if found is None and name.startswith("summary."):  # under any of its names, and also where W&B keeps a mapping
        value = getter(name)(record)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return _others(record).get(name) if found is None else found


def _others(record: RunRecord) -> dict[str, float]:
    """Return the numbers of a run that are no metric, under the names by which W&B filters them."""
    parts: Mapping[str, Mapping[str, Any]] = {
        "config": record.settings, "summary": record.summary, "system": record.system
    }  # fmt: skip
    found = {f"{part}.{key}": value for part, values in parts.items() for key, value in dotted(values).items()}
    found["runtime"] = record.runtime
    return {
        key: float(value)
        for key, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
