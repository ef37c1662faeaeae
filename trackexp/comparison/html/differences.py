"""What differs between the runs: config, data, code and environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trackexp.comparison.differences import other_data, says_nothing
from trackexp.comparison.writing import by_merit
from trackexp.reporting import plural, shorten, value_text
from trackexp.reporting.html import Cell, Column, Content, Row, diff_block, element, folded, note, paragraph, table

if TYPE_CHECKING:
    from trackexp.comparison.entry import Entry
    from trackexp.comparison.result import Comparison

_MOST_COLUMNS = 6  # runs side by side; of more, the runs are told by value
_MOST_KEYS = 120
_MOST_NAMED = 12  # runs in one cell
_MOST_VALUES = 12  # of one key, a row each; of more their range
_MOST_DIFFS = 6
_LONGEST = 160  # characters of one value


def differences_content(comparison: Comparison) -> Content:
    """Return what differs, each kind under a heading of its own, and which kinds do not differ."""
    parts: list[Content] = []
    alike = []
    sections = {
        "Config": (comparison.differences, comparison.ratios),
        "Data": (comparison.data_differences, {}),
        "Code": (comparison.code_differences, {}),
        "Environment": (comparison.environment_differences, {}),
    }
    for title, (found, ratios) in sections.items():
        if not found:
            alike.append(title.lower())
            continue
        said = other_data(comparison.runs) if title == "Data" else ""
        content = [
            paragraph(element("strong", f"{said[0].upper()}{said[1:]}.")) if said else None,
            _values(comparison, title, found, ratios),
            list(_diffs(comparison)) if title == "Code" else None,
        ]
        if title == "Environment":
            parts.append(folded(f"{title}: {plural(len(found), 'difference')}", content))
        else:
            parts += [element("h3", title), content]
    if alike:
        parts.append(note(f"No difference known in {' and '.join(filter(None, (', '.join(alike[:-1]), alike[-1])))}."))
    return parts


def _values(
    comparison: Comparison,
    title: str,
    found: Mapping[str, Mapping[str, Any]],
    ratios: Mapping[str, Mapping[str, float]],
) -> Content:
    told = _told_once(found)
    shown = dict(list(told.items())[:_MOST_KEYS])
    entries = by_merit(comparison)
    caption = f"{title}: what is not the same in all runs"
    if len(entries) <= _MOST_COLUMNS:
        columns = [Column("key"), *(Column(entry.label, sortable=False) for entry in entries)]
        rows = [_in_columns(key, values, ratios.get(key, {}), entries) for key, values in shown.items()]
    else:
        columns = [Column("key"), Column("value"), Column("runs", numeric=True), Column("which", sortable=False)]
        silent = title != "Config"  # there a run that has no value has not set it; elsewhere it does not say
        known = [entry for entry in entries if not says_nothing(entry.record)]
        rows = [row for key, values in shown.items() for row in _by_value(key, values, known, silent=silent)]
    left = len(told) - len(shown)
    return [
        table(caption, columns, rows, hide_caption=True),
        note(f"… and {plural(left, 'key')} more.") if left else None,
    ]


def _told_once(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Leave out the facts of trackexp that only repeat what a key of the user has said."""
    own = [dict(values) for key, values in found.items() if not key.startswith("trackexp.")]
    return {key: values for key, values in found.items() if not key.startswith("trackexp.") or dict(values) not in own}


def _in_columns(key: str, values: Mapping[str, Any], ratios: Mapping[str, float], entries: Sequence[Entry]) -> Row:
    cells: list[Cell | str] = [Cell(element("code", shorten(key, _LONGEST)))]
    for entry in entries:
        ratio = ratios.get(entry.id, 1.0)
        times = element("span", f" × {ratio:.4g}", class_="note") if ratio != 1 else None
        cells.append(Cell([_text(values[entry.id]), times]) if entry.id in values else Cell("–"))
    return Row(cells)


def _by_value(key: str, values: Mapping[str, Any], entries: Sequence[Entry], *, silent: bool) -> Iterator[Row]:
    """Yield a row for each value, the one that most runs have first."""
    runs: dict[str, list[str]] = {}
    for entry in entries:
        if entry.id in values or not (silent or key.startswith("trackexp.")):
            runs.setdefault(_text(values[entry.id]) if entry.id in values else "–", []).append(entry.label)
    if len(runs) > _MOST_VALUES:
        yield Row([Cell(element("code", shorten(key, _LONGEST))), _range(values, list(runs)), str(len(values)), ""])
        return
    for text, labels in sorted(runs.items(), key=lambda item: -len(item[1])):
        named = ", ".join(labels[:_MOST_NAMED])
        more = f" and {len(labels) - _MOST_NAMED} more" if len(labels) > _MOST_NAMED else ""
        yield Row(
            [
                Cell(element("code", shorten(key, _LONGEST))),
                text,
                Cell(str(len(labels)), len(labels), True),
                f"{named}{more}",
            ]
        )


def _range(values: Mapping[str, Any], texts: Sequence[str]) -> str:
    """Return in short what many values are: of numbers the ends, of others the first."""
    numbers = [value for value in values.values() if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(values):
        return f"{len(texts)} values, from {value_text(min(numbers))} to {value_text(max(numbers))}"
    return f"{len(texts)} values, such as {', '.join(shorten(text, 40) for text in texts[:3])}"


def _text(value: Any) -> str:
    text = value_text(value)
    if re.fullmatch(r"[0-9a-f]{32,}", text):  # a hash: its beginning tells it apart
        return f"{text[:12]}…"
    return shorten(text, _LONGEST)


def _diffs(comparison: Comparison) -> Iterator[Content]:
    """Yield what leads from the code of the baseline, else of the best run, to that of the others, each diff once."""
    runs: dict[str, list[str]] = {}
    for entry in by_merit(comparison):
        if entry.id in comparison.code_diffs:
            runs.setdefault(comparison.code_diffs[entry.id], []).append(entry.label)
    reference = next(entry.label for entry in comparison.entries if entry.record is comparison.reference)
    for diff, labels in list(runs.items())[:_MOST_DIFFS]:
        more = f" and {len(labels) - _MOST_NAMED} more" if len(labels) > _MOST_NAMED else ""
        name = f"From {reference} to {', '.join(labels[:_MOST_NAMED])}{more}"
        yield folded(name, diff_block(diff, name), open_=len(runs) == 1)
    if (left := len(runs) - _MOST_DIFFS) > 0:
        yield note(f"… and {plural(left, 'other state')} of the code.")
