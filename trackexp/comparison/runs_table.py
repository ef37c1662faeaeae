"""The runs of a comparison as a table that fits the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from trackexp.comparison.comparing import Comparison
from trackexp.comparison.entry import Entry
from trackexp.comparison.ranking import ranking
from trackexp.reporting import STYLES, SYMBOLS, duration, number, printable, table

_NUMBERS = ("epochs", "best", "epoch", "time")
_DISPENSABLE = ("id", "epochs", "time", "epoch", "name of findings", "state")  # the first to go first
_GAP, _INDENT = 2, 2


def show_runs(out: Console, comparison: Comparison) -> None:
    """Print the runs in the order of their merit; where it is narrow without the columns that matter least."""
    left_out: set[str] = set()
    rows = _rows(comparison, left_out)
    for column in _DISPENSABLE:
        if _least_width(rows) <= out.width:
            break
        left_out.add(column)
        rows = _rows(comparison, left_out)
    columns = list(rows[0])
    # The metric stands above the table too: where its name is wider than there is room for, "best" will do.
    rows_fit = _least_width([{**row, "best": Text(comparison.metric)} for row in rows]) <= out.width
    titles = {"mark": "", "best": comparison.metric if rows_fit else "best"}
    right = [place for place, column in enumerate(columns) if column in _NUMBERS]
    table(out, [titles.get(column, column) for column in columns], [tuple(row.values()) for row in rows], right=right)


def _rows(comparison: Comparison, left_out: set[str]) -> list[dict[str, Text]]:
    cells = [_cells(comparison, entry, left_out) for entry in _by_merit(comparison)]
    return [{name: cell for name, cell in row.items() if name not in left_out} for row in cells]


def _least_width(rows: list[dict[str, Text]]) -> int:
    """Return the columns of the terminal below which a word would break: only findings may take several lines."""
    widths = []
    for column in rows[0]:
        cells = [row[column].plain for row in rows]
        words = [word for cell in cells for word in (cell.split() if column == "findings" else [cell])]
        title = "" if column == "mark" else column
        widths.append(max(map(len, [title, *words])))
    return _INDENT + sum(widths) + _GAP * (len(widths) - 1)


def _by_merit(comparison: Comparison) -> list[Entry]:
    verdict = comparison.verdict
    disqualified = [excluded.entry for excluded in verdict.disqualified]
    apart = [excluded.entry for excluded in verdict.not_comparable]
    out_of_it = {entry.id for entry in (*disqualified, *apart)}
    return [*ranking(row for row in comparison.rows if row.id not in out_of_it), *disqualified, *apart]


def _cells(comparison: Comparison, entry: Entry, left_out: set[str]) -> dict[str, Text]:
    best = entry.best
    return {
        "mark": _mark(comparison, entry),
        "run": Text(printable(entry.label if "id" in left_out else entry.record.title)),
        "id": Text(entry.id, "dim"),
        "state": Text(str(entry.record.state)),
        "epochs": Text(number(entry.epochs)),
        "best": Text(number(best.value) if best else "–"),
        "epoch": Text(number(best.epoch) if best else "–"),
        "time": Text(duration(entry.record.runtime)),
        "findings": _findings(entry, names="name of findings" not in left_out),
    }


def _mark(comparison: Comparison, entry: Entry) -> Text:
    verdict = comparison.verdict
    if entry.id in {row.id for row in (verdict.best, *verdict.tied) if row}:
        return Text("✓", "bold green")
    if entry.errors:
        return Text("✗", "bold red")
    return Text("–" if entry.id in {excluded.entry.id for excluded in verdict.not_comparable} else "", "dim")


def _findings(entry: Entry, *, names: bool) -> Text:
    seen = dict.fromkeys((finding.code, finding.name, finding.severity) for finding in entry.findings)
    texts = [
        Text(f"{SYMBOLS[severity]} {code} {name}" if names else f"{SYMBOLS[severity]} {code}", STYLES[severity])
        for code, name, severity in seen
    ]
    findings = Text(", ").join(texts)
    if entry.record.damage:
        return Text.assemble(findings, ", " if findings else "", ("damaged", "yellow"))
    return findings
