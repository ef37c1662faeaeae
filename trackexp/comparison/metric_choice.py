"""Which metric to compare by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from trackexp.errors import UsageError, nearest
from trackexp.record import RunRecord, best_value, canonical_name, direction_in, key_of, metric_names


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that is compared.

    Args:
        name: Ours.
        direction: Which way is better, where it was asked for; None where the runs know it themselves.
    """

    name: str
    direction: Literal["min", "max"] | None = None


def chosen_metrics(records: Sequence[RunRecord], asked: str | Iterable[str] | None) -> tuple[Metric, ...]:
    """Return the metrics that were asked for, the deciding one first; unasked, the one that runs were judged by.

    Args:
        records: The runs.
        asked: In any dialect, one or several, also with commas; `"latency_ms:min"` says which way is better.

    Raises:
        UsageError: No run has the metric, no run says which way is better, or the runs have no metric in common.
    """
    texts = [asked] if isinstance(asked, str) else list(asked or ())
    words = [word.strip() for text in texts for word in text.split(",")]
    if not words:
        return (Metric(_unasked(records)),)
    metrics = tuple(_asked(records, word) for word in words)
    for metric in metrics:
        if [other.name for other in metrics].count(metric.name) > 1:
            raise UsageError(f"metric {metric.name} was asked for twice: name it once.")
    return metrics


def available_names(records: Iterable[RunRecord]) -> list[str]:
    """Return our names of all metrics in the histories, and the numbers that a summary alone holds."""
    found: set[str] = set()
    for record in records:
        logged = set(metric_names(record))
        found |= logged
        found |= {key for key in record.summary if _is_number(record.summary[key]) and not _is_known(key, logged)}
    return sorted(found)


def _is_number(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_is_number(value.get(word)) for word in ("min", "max", "last", "mean"))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_known(key: str, logged: set[str]) -> bool:
    return key.startswith("_") or canonical_name(key) in logged or key in ("epoch", *logged)


def _asked(records: Sequence[RunRecord], asked: str) -> Metric:
    metric, way = (asked[:-4], asked[-3:]) if asked.endswith((":min", ":max")) else (asked, "")
    available = available_names(records)
    name = metric if metric in available else canonical_name(metric)
    if name not in available and (own := key_of(name, available)) is not None:
        name = canonical_name(own)
    having = [record for record in records if best_value(record, name)]
    if not metric or not having:
        raise UsageError(
            f"metric={metric!r}: none of the {len(records)} runs has it{nearest(metric, available)}; "
            f"they have {', '.join(available) or 'no metric at all'}."
        )
    if way == "min" or way == "max":
        return Metric(name, "min" if way == "min" else "max")
    if not any(direction_in(record, name) for record in having):
        judged = [other for other in available if any(direction_in(record, other) for record in records)]
        raise UsageError(
            f"metric={metric!r}: its name does not say whether lower or higher is better, and no run defined it; "
            f"write {metric}:min or {metric}:max, or take one of {', '.join(judged) or 'none here'}."
        )
    return Metric(name, next(known for record in having if (known := direction_in(record, name))))


def _unasked(records: Sequence[RunRecord]) -> str:
    names = [{name for name in metric_names(record) if direction_in(record, name)} for record in records]
    speaking = [found for found in names if found]
    common = set.intersection(*speaking) if speaking else set()
    if not common:
        listed = "; ".join(
            f"{record.title}: {', '.join(sorted(metric_names(record))) or 'none'}" for record in records[:5]
        )
        raise UsageError(
            "the runs have no metric in common whose better direction is known: name one with metric=… (--metric), and "
            f"the runs that lack it are listed as not comparable. They have {listed}."
        )
    monitored = Counter(_monitor(record) for record in records)
    return min(common, key=lambda name: (-monitored[name], _preference(name), name))


def _monitor(record: RunRecord) -> str:
    best = record.summary.get("best")
    return canonical_name(str(best.get("metric", ""))) if isinstance(best, Mapping) else ""


def _preference(name: str) -> int:
    wanted = ("val/loss", "val/", "test/", "train/loss")
    return next((rank for rank, begin in enumerate(wanted) if name.startswith(begin)), len(wanted))
