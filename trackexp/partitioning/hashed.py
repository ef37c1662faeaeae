"""Parts that a row has by its key alone: the same on every machine, in every order, whatever rows are added.

A key's number u is the first 64 bits of MD5 over the salt, the unit separator (ASCII 31) and the key, over 2⁶⁴. MD5 is
what Python, DuckDB, Postgres, Spark and BigQuery have in common. Test lies at the low end of u, validation at the high
end and the rest between: when shares change, rows move between training and the others, never from validation to test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError

SEPARATOR = "\x1f"
LOW_END = ("test", "holdout")
HIGH_END = ("valid", "validation", "val", "dev")
DIALECTS = {
    "duckdb": ("md5({text})", "CAST({column} AS VARCHAR)"),
    "postgres": ("md5({text})", "CAST({column} AS TEXT)"),
    "spark": ("md5({text})", "CAST({column} AS STRING)"),
    "bigquery": ("TO_HEX(MD5({text}))", "CAST({column} AS STRING)"),
}


def key_numbers(keys: Iterable[Any], salt: str) -> NDArray[np.uint64]:
    """Return the first 64 bits of the MD5 of each key `(n,)`.

    >>> int(key_numbers(["g0"], "s")[0])
    5300042102725673875
    """
    prefix, md5 = (salt + SEPARATOR).encode(), hashlib.md5
    values = keys.tolist() if isinstance(keys, np.ndarray) else list(keys)
    if all(type(value) is str for value in values):
        raw = b"".join([md5(prefix + value.encode()).digest() for value in values])
    else:
        raw = b"".join([md5(prefix + key_text(value).encode()).digest() for value in values])
    return np.frombuffer(raw, ">u8")[::2].astype(np.uint64)


def key_text(value: Any) -> str:
    """Return a key as SQL casts it to text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def ordered_along_u(parts: Sequence[str]) -> list[str]:
    """Return the parts from the low end of u to the high end."""
    low = [name for name in parts if name in LOW_END]
    high = [name for name in parts if name in HIGH_END]
    return low + [name for name in parts if name not in low and name not in high] + high


def cuts(shares: Mapping[str, float]) -> list[tuple[str, int]]:
    """Return each part with the number that its keys lie below, along u; the last one's is 2⁶⁴."""
    found, reached = [], 0.0
    names = ordered_along_u(list(shares))
    for name in names[:-1]:
        reached += shares[name]
        found.append((name, min(round(reached * 2**64), 2**64 - 1)))
    return [*found, (names[-1], 2**64)]


def assign_by_hash(keys: Iterable[Any], shares: Mapping[str, float], salt: str) -> NDArray[np.int64]:
    """Return the part of each key, as its place in `shares` `(n,)`."""
    numbers, names = key_numbers(keys, salt), list(shares)
    along = cuts(shares)
    place = np.searchsorted(np.array([cut for _, cut in along[:-1]], dtype=np.uint64), numbers, side="right")
    return np.array([names.index(name) for name, _ in along])[place]


def fold_salt(salt: str) -> str:
    """Return the salt of the folds: a key's fold says nothing about its part."""
    return f"{salt}{SEPARATOR}fold"


def folds_by_hash(keys: Iterable[Any], folds: int, salt: str) -> NDArray[np.int64]:
    """Return the fold of each key `(n,)`."""
    return assign_by_hash(keys, {str(i): 1 / folds for i in range(folds)}, fold_salt(salt))


def sql_of(column: str, shares: Mapping[str, float], salt: str, dialect: str) -> str:
    """Return the expression that gives a row's part in SQL.

    Hexadecimal texts are compared: those of the digests are in the order of the numbers.

    Raises:
        UsageError: The dialect is not known.
    """
    if dialect not in DIALECTS:
        raise UsageError(f"dialect {dialect!r} is not known; there are: {', '.join(DIALECTS)}.")
    md5, cast = DIALECTS[dialect]
    quote = "`" if dialect in ("spark", "bigquery") else '"'
    named = quote + column.replace(quote, quote * 2) + quote
    character = "CODE_POINTS_TO_STRING([31])" if dialect == "bigquery" else "chr(31)"
    text = f"{_quoted(salt)} || {character} || {cast.format(column=named)}"
    digest = md5.format(text=text)
    lines = [f"WHEN {digest} < '{cut:016x}' THEN {_quoted(name)}" for name, cut in cuts(shares)[:-1]]
    return f"CASE {' '.join(lines)} ELSE {_quoted(cuts(shares)[-1][0])} END"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
