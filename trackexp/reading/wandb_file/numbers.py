"""JSON text of many history items → float64, all of it at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trackexp.reading.wandb_file.bodies import HISTORY, Bodies, Places
from trackexp.reading.wandb_file.columns import Cells, numbers_in
from trackexp.reading.wandb_file.decimals import read_decimals
from trackexp.reading.wandb_file.items import Items, Path

_NUMBER, _WORD, _MAPPING = 1, 2, 3
_FIRST = np.zeros(256, np.uint8)
_FIRST[list(b"-0123456789NI")] = _NUMBER
_FIRST[list(b"tf")] = _WORD
_FIRST[list(b"{")] = _MAPPING
_IN_NUMBERS = np.zeros(256, np.bool_)
_IN_NUMBERS[list(b"+-.0123456789eENaInfity")] = True
_IS_DIGIT = np.zeros(256, np.bool_)
_IS_DIGIT[list(b"0123456789")] = True
_WIDEST = 32  # bytes; a double takes at most 24
_TRUE, _FALSE = (np.frombuffer(word.ljust(8, b"\0"), np.uint64) for word in (b"true", b"false"))
_STEP = ("_step",)
_EXACT = 15  # digits of a whole number that a double holds whatever they are

Mask = NDArray[np.bool_]


def read_cells(bodies: Bodies, items: Items) -> Cells:
    """Return the numbers of all proven history records whose step and values are plain."""
    is_row = items.proven & (bodies.kind == HISTORY)
    chosen = np.flatnonzero(is_row[items.record])
    record, key, start = items.record[chosen], items.key[chosen], items.start[chosen]
    length = items.stop[chosen] - start
    first = np.where(length > 0, _FIRST[bodies.data[start]], np.uint8(0))

    value = np.empty(len(chosen))
    wanted, is_step = _wanted(record, key, items.paths, len(is_row))
    number = (wanted | is_step) & (first == _NUMBER)
    value[number], plain, digits = _cast(bodies, start[number], length[number])
    is_row[record[number][~plain]] = False
    whole = is_step & number
    whole[number] &= digits
    steps = np.zeros(len(is_row), np.int64)
    steps[record[whole]] = value[whole]
    is_row &= np.bincount(record[is_step], minlength=len(is_row)) == 1
    is_row[record[is_step & ~whole]] = False
    number &= wanted
    word = np.flatnonzero(wanted & (first == _WORD))
    value[word], number[word] = _booleans(bodies, start[word], length[word])
    names = [".".join(path) for path in items.paths]
    mappings = chosen[wanted & (first == _MAPPING)]
    parts = _mappings(bodies, items, mappings, is_row, names) if len(mappings) else []

    number &= is_row[record]
    cells = (record[number], key[number], value[number])
    if parts:
        cells = _merged(cells, chosen[number], [part for part in parts if is_row[part[1]]])
    rows = np.flatnonzero(is_row)
    return Cells(rows, steps[rows], *cells, names)


def _matrix(bodies: Bodies, start: Places, length: Places, width: int) -> NDArray[np.uint8]:
    """Return the texts as rows of `width` bytes, zeros after their end."""
    windows = np.ndarray((len(bodies.buffer) - width,), f"V{width}", bodies.buffer, strides=(1,))
    matrix = windows[start].view(np.uint8).reshape(len(start), width)
    matrix *= np.arange(width) < length[:, None]
    return matrix


def _wanted(record: Places, key: Places, paths: list[Path], records: int) -> tuple[Mask, Mask]:
    """Return which items may be metrics, and which are steps; the parts of media objects are neither."""
    is_step: Mask = np.array([path == _STEP for path in paths], np.bool_)[key]
    wanted = ~is_step
    for place, path in enumerate(paths):
        if path[-1] == "_type":
            has_it = np.zeros(records, np.bool_)
            has_it[record[key == place]] = True
            inside = np.array([len(other) >= len(path) and other[: len(path) - 1] == path[:-1] for other in paths])
            if len(path) > 1:
                wanted &= ~(inside[key] & has_it[record])
    return wanted, is_step


def _cast(bodies: Bodies, start: Places, length: Places) -> tuple[NDArray[np.float64], Mask, Mask]:
    """Return the numbers, which of the texts were plain enough to be one, and which are a whole number, exact in it."""
    value, plain, digits = read_decimals(bodies, start, start + length)
    rest = np.flatnonzero(~plain)
    if not len(rest):
        return value, plain, digits
    width = min(_WIDEST, int(length[rest].max(initial=1)))
    texts = _matrix(bodies, start[rest], length[rest], width)
    numeric = _IN_NUMBERS[texts].sum(1) == length[rest]
    rest, texts = rest[numeric], texts[numeric]
    try:
        value[rest] = texts.view(f"S{width}").ravel().astype(np.float64)
        plain[rest] = True
        digits[rest] = (_IS_DIGIT[texts].sum(1) == length[rest]) & (length[rest] <= _EXACT)
    except ValueError:  # one of them looks like a number and is none
        pass
    return value, plain, digits


def _booleans(bodies: Bodies, start: Places, length: Places) -> tuple[NDArray[np.bool_], Mask]:
    """Return which words are `true`, and which are one of the two."""
    word = _matrix(bodies, start, length, 8).view(np.uint64).ravel()
    is_true = (word == _TRUE) & (length == 4)
    return is_true, is_true | ((word == _FALSE) & (length == 5))


def _mappings(
    bodies: Bodies, items: Items, chosen: Places, is_row: Mask, names: list[str]
) -> list[tuple[int, int, int, float]]:
    """Return place, record, name and value of the numbers in mappings, as clients before 0.17 write nested metrics."""
    known = {name: index for index, name in enumerate(names)}
    found = []
    for item in chosen.tolist():
        record = int(items.record[item])
        try:
            numbers = numbers_in(names[items.key[item]], bodies.buffer[items.start[item] : items.stop[item]])
        except (ValueError, RecursionError):
            is_row[record] = False
            continue
        for name, value in numbers.items():
            if name not in known:
                known[name] = len(names)
                names.append(name)
            found.append((item, record, known[name], value))
    return found


def _merged(
    cells: tuple[Places, Places, NDArray[np.float64]], place: Places, parts: list[tuple[int, int, int, float]]
) -> tuple[Places, Places, NDArray[np.float64]]:
    """Return numbers and parts of mappings in the order in which they were written."""
    order = np.argsort(np.concatenate([place, [part[0] for part in parts]]), kind="stable")
    record, name, value = (
        np.concatenate([column, np.array([part[number] for part in parts], column.dtype)])[order]
        for number, column in enumerate(cells, start=1)
    )
    return record, name, value
