"""Several runs together: what a scatter and parallel coordinates need, and the comparison as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trackexp.record import RunRecord, best_value, canonical_name, direction_of, dotted
from trackexp.record.query import flattened, getter
from trackexp.reporting.formats import json_ready, printable
from trackexp.viewing.board import Entry

_MOST_NAMES = 400


def several_of(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return settings and metrics of some runs, to be drawn against each other.

    Returns:
        `runs`, each with key, title, state, group and its values in the order of `names`; and `names`, each with its
        kind (config, metric or time) and, of a metric, which way is better.
    """
    names = _names([entry.record for entry in entries])
    runs = [
        {
            "key": entry.key,
            "title": printable(entry.record.title),
            "state": str(entry.record.state),
            "group": printable(entry.record.group),
            "values": [_plain(_value(entry.record, name)) for name in names],
        }
        for entry in entries
    ]
    told = [{"name": name, "kind": _kind(name), "better": direction_of(name)} for name in names]
    return {"runs": runs, "names": told}


def comparison_html(records: Sequence[RunRecord], *, metric: str | None, group_by: Sequence[str] | None) -> str:
    """Return the page of `trackexp compare`.

    Raises:
        UsageError: Fewer than two runs, or a metric that no run has.
    """
    from trackexp.comparison import compare
    from trackexp.comparison.html.page import comparison_page

    return comparison_page(compare(records, metric=metric, group_by=list(group_by) if group_by else None)).to_html()


def models_of() -> list[dict[str, Any]]:
    """Return every model of the project's ledger: its versions, what was decided and why."""
    from trackexp.errors import LedgerError
    from trackexp.registry.ledger import LedgerFolder
    from trackexp.registry.overview import overview_of
    from trackexp.registry.places import ledger_folder

    ledgers = LedgerFolder(ledger_folder())
    found: list[dict[str, Any]] = []
    for name in ledgers.names():
        try:
            one = overview_of(ledgers.read_known(name))
            found.append({"name": name, "problem": "; ".join(one.conflicts), "versions": one.versions()})
        except LedgerError as error:  # edited, missing or doubled: said, and not shown
            found.append({"name": name, "problem": str(error), "versions": [[], []]})
    return found


def _names(records: Sequence[RunRecord]) -> list[str]:
    config: dict[str, set[Any]] = {}
    metrics: dict[str, None] = {}
    for record in records:
        for key, value in dotted(record.settings).items():
            if value is None or isinstance(value, bool | int | float | str):
                config.setdefault(f"config.{key}", set()).add(value)
        for key, value in record.summary.items():
            if isinstance(flattened(value, key), int | float) and not key.startswith("_"):
                metrics[canonical_name(key)] = None
    differing = [name for name, values in config.items() if len(values) > 1] or list(config)
    ordered = sorted((name for name in metrics if "/" in name), key=lambda name: (not name.startswith("val/"), name))
    return [*differing[:_MOST_NAMES], "runtime", *ordered[:_MOST_NAMES]]


def _value(record: RunRecord, name: str) -> Any:
    if "/" in name and not name.startswith("config."):
        best = best_value(record, name)
        return best.value if best is not None else None
    return getter(name)(record)


def _kind(name: str) -> str:
    return "config" if name.startswith("config.") else "time" if name == "runtime" else "metric"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return json_ready(value, nan_as_null=True)
    return printable(value)
