"""Which metric to compare by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from trackexp.errors import UsageError, nearest
from trackexp.record import RunRecord, best_value, canonical_name, direction_in, metric_names


def chosen_metric(records: Sequence[RunRecord], metric: str | None) -> str:
    """Return our name of the metric that was asked for, or of the one that the runs themselves were judged by.

    Unasked: what most runs monitored, else a validation loss, else another validation metric, else what all have in
    common. A run without any metric has no say.

    Raises:
        UsageError: No run has the metric, no run says which way is better, or the runs have no metric in common.
    """
    return _unasked(records) if metric is None else _asked(records, metric)


def _asked(records: Sequence[RunRecord], metric: str) -> str:
    available = sorted({name for record in records for name in metric_names(record)})
    name = metric if metric in available else canonical_name(metric)
    having = [record for record in records if best_value(record, name)]
    if not having:
        raise UsageError(
            f"metric={metric!r}: none of the {len(records)} runs has it{nearest(metric, available)}; "
            f"they have {', '.join(available) or 'no metric at all'}."
        )
    if not any(direction_in(record, name) for record in having):
        judged = [other for other in available if any(direction_in(record, other) for record in records)]
        raise UsageError(
            f"metric={metric!r}: its name does not say whether lower or higher is better, and no run defined it; "
            f"expected one of {', '.join(judged) or 'none here'}, or a name such as val/loss or test/f1."
        )
    return name


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
