"""Numbers, sizes, times and foreign text, as people read them."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_BARS = "▁▂▃▄▅▆▇█"
LONGEST_TEXT = 4000  # characters of a foreign text that are shown
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


def number(value: float | None) -> str:
    """Return a number with four significant digits, those before the point in full; "–" for none.

    >>> number(0.031234), number(1797), number(2.0), number(14190.3), number(1.5e-9), number(float("nan")), number(None)
    ('0.03123', '1797', '2', '14190', '1.5e-09', 'nan', '–')
    """
    if value is None:
        return "–"
    if math.isfinite(value) and value == int(value) and abs(value) < 1e9:
        return str(int(value))
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.4g}"


def size(count: float) -> str:
    """Return bytes in the unit that people would choose.

    >>> size(0), size(35_200), size(1.5e9)
    ('0 B', '35.2 kB', '1.5 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def shorten(text: str, most: int, *, keep_end: bool = False) -> str:
    """Return a text of at most `most` characters, an ellipsis in place of what was cut.

    Args:
        text: Without line breaks.
        most: Characters, at least one.
        keep_end: Cut the middle instead of the end: names of runs differ at either end.

    >>> shorten("resnet-50-augmented-lr-0.001-seed-17", 20), shorten("resnet-50", 20)
    ('resnet-50-augmented…', 'resnet-50')
    >>> shorten("resnet-50-augmented-lr-0.001-seed-17", 20, keep_end=True)
    'resnet-50-…1-seed-17'
    """
    if len(text) <= most:
        return text
    kept = max(most - 1, 0)
    tail = kept // 2 if keep_end else 0
    return f"{text[: kept - tail]}…{text[len(text) - tail :]}"


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """Return a curve of at most `width` characters, each the mean of its share of the finite values.

    >>> sparkline([0, 1, 2, 3, 4, 5, 6, 7]), sparkline([1.0, float("nan"), 0.5]), sparkline([2, 2]), sparkline([])
    ('▁▂▃▄▅▆▇█', '█ ▁', '▄▄', '')
    """
    count = min(width, len(values))
    means = []
    for place in range(count):
        part = values[place * len(values) // count : (place + 1) * len(values) // count]
        finite = [value for value in part if math.isfinite(value)]
        means.append(math.fsum(finite) / len(finite) if finite else math.nan)
    known = [mean for mean in means if math.isfinite(mean)]
    if not known:
        return " " * count
    low, high = min(known), max(known)
    top = len(_BARS) - 1
    bars = (
        " " if not math.isfinite(mean) else _BARS[round((mean - low) / (high - low) * top) if high > low else top // 2]
        for mean in means
    )
    return "".join(bars)


def duration(seconds: float | None) -> str:
    """Return a time span in its two largest units.

    >>> duration(0.42), duration(8.21), duration(75), duration(3725), duration(200_000), duration(None)
    ('0.4 s', '8.2 s', '1 min 15 s', '1 h 2 min', '2 d 7 h', '–')
    """
    if seconds is None:
        return "–"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, smaller, smaller_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if whole >= unit:
            return f"{whole // unit} {name} {whole % unit // smaller} {smaller_name}"
    return f"{whole // 60} min {whole % 60} s"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "run"), plural(1200, "run")
    ('1 run', '1,200 runs')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def printable(text: object) -> str:
    r"""Return foreign text in one line that cannot steer the terminal: control characters are written out.

    Of a text of more than 4,000 characters the beginning is shown, and how long it is.

    >>> printable("a\x1b[31mred\n"), printable("x" * 5000)[-22:]
    ('a\\x1b[31mred\\n', 'xx… (5,000 characters)')
    """
    text = str(text)
    if len(text) > LONGEST_TEXT:
        return f"{printable(text[:LONGEST_TEXT])}… ({len(text):,} characters)"
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def value_text(value: object) -> str:
    """Return a config value as it would be typed; floats with the seven digits that float32 keeps.

    >>> value_text(1e-4), value_text(0.0010000000474974513), value_text("adam"), value_text([1, 2]), value_text(None)
    ('0.0001', '0.001', 'adam', '[1, 2]', 'null')
    """
    if isinstance(value, float):
        return f"{value:.7g}"
    return printable(value if isinstance(value, str) else json.dumps(json_ready(value), ensure_ascii=False))


def json_ready(value: Any, *, nan_as_null: bool = False) -> Any:
    """Return data that every JSON reader takes: what is not finite becomes "NaN" or "Infinity", as W&B writes it.

    Args:
        value: Anything; NumPy's numbers and arrays become Python's.
        nan_as_null: What is not finite becomes None instead: a number that is undefined.

    >>> json_ready({"loss": float("nan"), "shape": (2, 3)}), json_ready([float("nan")], nan_as_null=True)
    ({'loss': 'NaN', 'shape': [2, 3]}, [None])
    """
    if isinstance(value, Mapping):
        return {str(key): json_ready(item, nan_as_null=nan_as_null) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_ready(item, nan_as_null=nan_as_null) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        if nan_as_null:
            return None
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):  # a number or array of NumPy's
        return json_ready(value.tolist(), nan_as_null=nan_as_null)
    return str(value)


def to_json(data: Mapping[str, Any], *, nan_as_null: bool = False) -> str:
    """Return the data as indented JSON text, names of every language as they are."""
    return json.dumps(json_ready(data, nan_as_null=nan_as_null), indent=2, ensure_ascii=False, allow_nan=False)


def guarded(cell: Any) -> Any:
    """Return a cell of CSV; a text that a spreadsheet would run as a formula gets an ' before it, a number does not.

    >>> guarded("=1+1"), guarded("-1.5"), guarded("-x"), guarded(-1)
    ("'=1+1", '-1.5', "'-x", -1)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) and not _is_number(cell) else cell


def guarded_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts, its column names among them, no spreadsheet runs as formulas."""
    safe = table.set_axis([guarded(str(name)) for name in table.columns], axis=1)
    for place, dtype in enumerate(table.dtypes):
        if dtype.kind not in "fiub":
            safe.isetitem(place, table.iloc[:, place].map(guarded).to_numpy())
    return safe


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text[0] not in "\t\r"


def csv_line(cells: Iterable[object]) -> str:
    """Return a row of CSV with its line end; a text that a spreadsheet would run as a formula is quoted by an '.

    >>> csv_line(["=1", -1, None]).rstrip()
    "'=1,-1,"
    """
    line = StringIO(newline="")
    # before Python 3.13 only this end has both quoted in texts
    csv.writer(line, lineterminator="\r\n").writerow(map(guarded, cells))
    return line.getvalue().removesuffix("\r\n") + "\n"
