"""CSV as programs of every country write it: encoding, delimiter, decimal comma, percentages; inferred, and said."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trackexp.errors import UsageError, first_line

MOST_COLUMNS = 100_000  # the widest sets of classes that are published have a fifth of it
MOST_VALUES = 10_000_000  # read at once
_HEADER = 16_000_000  # bytes; a longer first line is no header
_SAMPLE = 50  # lines by which the delimiter is chosen
_BLOCK = 1 << 20
_DELIMITERS = ",;\t|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_COMMA = re.compile(r"\s*-?\d+,\d+\s*%?\s*")
_POINT = re.compile(r"\s*-?\d+\.\d+\s*%?\s*")
_PERCENT = r"\s*-?\d+(?:[.,]\d+)?\s*%\s*"
_EXCEL = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
# Columns that hold names, where NA and null may be names too.
_TEXTS = frozenset({"id", "row_id", "target", "label", "y_true", "class", "prediction", "y_pred", "predicted", "group",
                    "category"})  # fmt: skip
_MISSING = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip  # as pandas has them
_READING = (ValueError, OSError, csv.Error)  # what pandas and csv raise for a file that is no table


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a file is written.

    Args:
        encoding: As Python names it.
        delimiter: Between cells.
        decimal: "." or ",".
        skipped: Lines before the header, such as Excel's `sep=;`.
        columns: The names in the header.
        notes: What of it is not plain.
    """

    encoding: str
    delimiter: str
    decimal: str
    skipped: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]


def csv_form(path: Path, encoding: str | None = None) -> CsvForm:
    """Return how a file is written; `encoding` overrides what is inferred.

    Raises:
        UsageError: It is no text, has no header, or more columns than a table can have.
    """
    try:
        stat = path.stat()
        return _form(path, encoding, stat.st_size, stat.st_mtime_ns)
    except (*_READING, LookupError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{path} cannot be read as a table: {first_line(error)}") from error


@lru_cache(maxsize=32)
def _form(path: Path, encoding: str | None, _size: int, _changed: int) -> CsvForm:
    encoding, notes = (encoding, []) if encoding else _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(_HEADER)
        told = _EXCEL.fullmatch(first)
        header = file.readline(_HEADER) if told else first
        if len(header) >= _HEADER:
            raise UsageError(f"{path} begins with a line of more than {_HEADER // 10**6} MB; expected a header.")
        lines = [header, *islice(iter(lambda: file.readline(_HEADER), ""), _SAMPLE)]
    delimiter = told[1] if told else _delimiter(lines)
    rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    columns = _unique(rows[0]) if rows else ()
    if len(columns) > MOST_COLUMNS:
        raise UsageError(f"{path} has {len(columns):,} columns; expected at most {MOST_COLUMNS:,}.")
    decimal = _decimal(rows[1:])
    if delimiter != ",":
        notes.append(f"cells are separated by {'tabs' if delimiter == chr(9) else delimiter}")
    if decimal == ",":
        notes.append("numbers have a decimal comma")
    if any(re.fullmatch(_PERCENT, cell) for row in rows[1:] for cell in row[:1000]):
        notes.append("numbers with a percent sign were divided by 100")
    return CsvForm(encoding, delimiter, decimal, int(told is not None), columns, tuple(notes))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return names without blanks around them; one that occurs again gets a number, as pandas does it."""
    seen: Counter[str] = Counter()
    found = []
    for name in map(str.strip, names):
        found.append(f"{name}.{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return tuple(found)


def _encoding(path: Path) -> tuple[str, list[str]]:
    """Return the encoding: by its mark, else UTF-8 if all of the file is, else UTF-16 by its zeros, else cp1252."""
    with path.open("rb") as file:
        begin = file.read(4096)
        for mark, name in _BOMS:
            if begin.startswith(mark):
                return name, [] if name == "utf-8-sig" else [f"read as {name.upper()}, by its first bytes"]
        zeros = [begin[side::2].count(0) for side in (0, 1)]
        if max(zeros) > len(begin) // 5:
            name = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
            return name, [f"read as {name.upper()}, by its bytes of 0"]
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", ["read as Windows-1252, because it is not UTF-8; --encoding NAME says another"]
    return "utf-8", []


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that gives the most cells a line, and as many in nearly every line as in the header."""

    def worth(delimiter: str) -> tuple[float, int]:
        try:
            rows = [len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
        except csv.Error:
            return 0.0, 0
        if not rows or rows[0] < 2:
            return 0.0, 0
        return sum(width == rows[0] for width in rows) / len(rows), rows[0]

    best = max(_DELIMITERS, key=worth)
    return best if worth(best)[1] else ","


def _decimal(rows: Iterable[list[str]]) -> str:
    seen = Counter(
        "," if _COMMA.fullmatch(cell) else "." for row in rows for cell in row[:1000]
        if _COMMA.fullmatch(cell) or _POINT.fullmatch(cell)
    )  # fmt: skip
    return "," if seen[","] > seen["."] else "."


def csv_pieces(path: Path, form: CsvForm, size: int, texts: Iterable[str] = ()) -> Iterator[pd.DataFrame]:
    """Yield a table, at most `size` rows at a time, numbered through.

    Args:
        path: The file.
        form: How it is written.
        size: Rows; fewer where the table is wide.
        texts: Columns beside the usual ones that hold names, where NA, None and null are names too.

    Raises:
        UsageError: A line does not fit the header, or the text is not of that encoding.
    """
    named = _TEXTS | set(texts)
    options: Any = {
        "sep": form.delimiter, "encoding": form.encoding, "decimal": form.decimal, "skiprows": form.skipped,
        "keep_default_na": False, "skipinitialspace": True, "header": 0, "names": list(form.columns),
    }  # fmt: skip
    wide = len(form.columns) > 2000  # a list for each column would cost more than the values
    options["na_values"] = (
        _MISSING if wide else {name: [""] if name in named else list(_MISSING) for name in form.columns}
    )
    rows = max(1, min(size, MOST_VALUES // max(len(form.columns), 1)))
    try:
        with pd.read_csv(path, chunksize=rows, **options) as pieces:
            for piece in pieces:
                yield _with_numbers(_without_guards(piece), form)
    except _READING as error:
        raise UsageError(f"{path} cannot be read as a table: {first_line(error)}") from error


def _with_numbers(piece: pd.DataFrame, form: CsvForm) -> pd.DataFrame:
    """Turn percentages, and answers that are numbers beside missing ones, from text into numbers."""
    for name in [name for name in piece.columns if piece[name].dtype.kind == "O"]:
        column = piece[name].str.strip() if name in _TEXTS else piece[name]
        piece[name] = column
        known = column.dropna().astype(str)
        if len(known) and known.str.fullmatch(_PERCENT).all():
            numbers = known.str.replace("%", "").str.strip().str.replace(form.decimal, ".", regex=False)
            piece[name] = numbers.astype(np.float64).reindex(column.index) / 100
        elif name in _TEXTS and known.isin(_MISSING).any() and not known.isin(form.columns).any():
            numbers = pd.to_numeric(column.where(~column.isin(_MISSING)), errors="coerce")
            if numbers.notna().sum() == (~known.isin(_MISSING)).sum() and numbers.notna().any():
                piece[name] = numbers
    return piece


def _without_guards(piece: pd.DataFrame) -> pd.DataFrame:
    """Take off the apostrophe that keeps a spreadsheet from running a text as a formula."""
    for name in [name for name in piece.columns if piece[name].dtype.kind == "O"]:
        guarded = piece[name].str.match(r"'[=+\-@\t\r]", na=False)
        if guarded.any():
            piece.loc[guarded, name] = piece.loc[guarded, name].str[1:]
    return piece.rename(columns=lambda name: name[1:] if re.match(r"'[=+\-@\t\r]", name) else name)


def read_csv(path: Path, texts: Iterable[str] = (), encoding: str | None = None) -> pd.DataFrame:
    """Return a whole table of modest size, such as one that a person edited in a spreadsheet.

    Raises:
        UsageError: It cannot be read as a table.
    """
    form = csv_form(path, encoding)
    pieces = list(csv_pieces(path, form, MOST_VALUES, texts))
    return pd.concat(pieces) if pieces else pd.DataFrame(columns=list(form.columns))
