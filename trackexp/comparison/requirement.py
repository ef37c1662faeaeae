"""A threshold that a run must keep: one metric is optimised, any number of others only have to be good enough."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trackexp.comparison.entry import Entry
from trackexp.comparison.metrics import Metric, at_step, available_names, best_step
from trackexp.errors import UsageError, nearest
from trackexp.record import RunRecord, canonical_name, dotted
from trackexp.record.query import getter
from trackexp.reporting import number

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_FORM = re.compile(r"\s*(?P<name>[^<>=!]+?)\s*(?P<operator><=|>=|==|!=|<|>)\s*(?P<limit>[^<>=!\s]+)\s*")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A name, a comparison and a limit.

    Args:
        name: A metric in any dialect; or `config.…`, `summary.…`, `system.…`, `runtime`.
    """

    name: str
    operator: str
    limit: float

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {number(self.limit)}"

    def failure(self, entry: Entry) -> str:
        """Return why the run does not keep it; "" where it does.

        A metric is read in the row in which the deciding metric is best, because that is the model one would take;
        one that is not logged there by its best value.
        """
        value = _value(entry.record, self.name, best_step(entry.record, entry.best))
        if value is None or not math.isfinite(value):
            return f"it has no {self.name}, and {self} is required"
        return (
            "" if _OPERATORS[self.operator](value, self.limit) else f"its {self.name} of {number(value)} misses {self}"
        )


def requirements_of(asked: str | Iterable[str] | None, records: Sequence[RunRecord]) -> tuple[Requirement, ...]:
    """Read thresholds such as `"latency_ms < 20"`, several as a list or joined by `and`.

    Raises:
        UsageError: One does not parse, or names what no run has.
    """
    texts = [asked] if isinstance(asked, str) else list(asked or ())
    found = [_parsed(part) for text in texts for part in re.split(r"\s+and\s+|,", text)]
    for requirement in found:
        if all(_value(record, requirement.name, None) is None for record in records):
            names = sorted({*available_names(records), *(name for record in records for name in _others(record))})
            raise UsageError(
                f"require={str(requirement)!r}: none of the {len(records)} runs has {requirement.name}"
                f"{nearest(requirement.name, names)}; they have {', '.join(names[:30]) or 'no number at all'}."
            )
    return tuple(found)


def _parsed(text: str) -> Requirement:
    found = _FORM.fullmatch(text)
    try:
        limit = float(found["limit"]) if found else math.nan
    except ValueError:
        limit = math.nan
    if found is None or math.isnan(limit):
        raise UsageError(
            f"require={text!r} does not read as a threshold: expected a name, one of {' '.join(_OPERATORS)} and a "
            "number, such as 'latency_ms < 20' or 'val/accuracy >= 0.9'."
        )
    return Requirement(found["name"], found["operator"], limit)


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
