"""`partition`: rows into parts and folds, by shares, classes, groups, time, keys and an earlier partition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError, nearest
from trackexp.partitioning.balance import balance
from trackexp.partitioning.duplicates.rows import joined, near_duplicates
from trackexp.partitioning.earlier import fixed_parts
from trackexp.partitioning.hashed import assign_by_hash, folds_by_hash
from trackexp.partitioning.result import HELD_OUT, Partition
from trackexp.partitioning.table import Table, read_table
from trackexp.partitioning.timed import in_time_order, left_out_by_gap, left_out_by_group, time_blocks
from trackexp.partitioning.times import read_gap
from trackexp.partitioning.units import group_codes, units_of

By = Literal["balance", "hash"]
Rows = NDArray[np.int64]
_ROLES = ("target", "group", "time", "id")


def partition(
    frame: Any,
    parts: Mapping[str, float] | None = None,
    *,
    target: str | ArrayLike | None = None,
    group: str | ArrayLike | None = None,
    time: str | ArrayLike | None = None,
    gap: Any = None,
    id: str | ArrayLike | None = None,  # noqa: A002 - the field's word
    folds: int | None = None,
    by: By = "balance",
    duplicates: Literal["ignore", "together"] = "ignore",
    previous: Any = None,
    seed: int = 0,
) -> Partition:
    """Put every row into a part and, with `folds`, into a fold.

    Args:
        frame: A DataFrame (pandas, polars), a table of pyarrow, a mapping of arrays, or a number of rows.
        parts: Share of each part by name, with a sum of 1; None: folds alone.
        target: Classes, numbers (by their quantiles) or labels `(n, n_labels)`; here as below a column, or an array.
        group: Rows of one group stay in one part.
        time: The parts follow each other in time, training first, the test last.
        gap: How long before each cut is left out: `"7d"`, or a number where times are numbers.
        id: What names a row for good.
        folds: How many folds the rows that are not test are dealt into; under `time` they walk forward.
        by: `"balance"` weighs all rows; `"hash"` gives each key its part for good, also rows that come later.
        duplicates: `"together"` keeps equal and nearly equal rows in one part.
        previous: An earlier partition, its file, or its column: rows and groups that have a part keep it.
        seed: Of what is left to chance.

    Raises:
        UsageError: Something of it cannot be; the message says what was seen and what can be.

    >>> part = partition(10, {"train": 0.8, "test": 0.2}, target=[0, 1] * 5)
    >>> part["test"].size, part.sizes
    (2, {'train': 8, 'test': 2})
    """
    shares = _checked_shares(parts, folds)
    _check_words(by, duplicates, time, gap, previous)
    table = read_table(frame, target=target, group=group, time=time, id=id)
    _check_room(table, shares, folds)
    _check_ids(table)
    size = read_gap(gap, table.time) if table.time is not None else 0.0
    said = {"gap": None if gap is None else str(gap), "gap_size": size, "duplicates": duplicates, "seed": seed}
    rules = {"parts": shares, "folds": folds, "by": by, **{role: _said(role, table) for role in _ROLES}, **said}
    together = _together(table) if duplicates == "together" else None
    codes, out = _parts_of(table, shares, rules, together, previous)
    fold = None if folds is None else _folds_of(table, shares, rules, together, codes)
    return Partition(tuple(shares), codes, fold, rules, table, out)


def _together(table: Table) -> Rows:
    """Return the cluster of each row: its group, with the groups that near-duplicates join to it."""
    group = group_codes(table)
    return joined(near_duplicates(table), np.arange(table.n) if group is None else group)


def _parts_of(
    table: Table, shares: Mapping[str, float], rules: Mapping[str, Any], together: Rows | None, previous: Any
) -> tuple[Rows, dict[str, int]]:
    if not shares:
        return np.full(table.n, -1, dtype=np.int64), {}
    if table.time is not None:
        return _parts_in_time(table, shares, float(rules["gap_size"]), together)
    if rules["by"] == "hash":
        return assign_by_hash(_keys(table), shares, str(rules["seed"])), {}
    units = units_of(table, together, int(rules["seed"]))
    fixed = None if previous is None else fixed_parts(previous, table, units.of_row, shares, rules)
    _check_units(len(units.counts), len(shares), "parts", table)
    found = balance(units.counts, np.array(list(shares.values())), fixed)
    return found.parts[units.of_row], {}


def _parts_in_time(
    table: Table, shares: Mapping[str, float], gap: float, together: Rows | None
) -> tuple[Rows, dict[str, int]]:
    names, order = list(shares), in_time_order(list(shares))
    assert table.time is not None
    blocks = time_blocks(table.time, np.array([shares[name] for name in order]))
    codes = np.array([names.index(name) for name in order])[blocks]
    out: dict[str, int] = {}
    group = group_codes(table) if together is None else together
    spanning = np.zeros(table.n, dtype=bool) if group is None else left_out_by_group(group, blocks)
    near = left_out_by_gap(table.time, blocks, gap)
    for reason, rows in (("group on both sides of a cut", spanning), ("within the gap", near & ~spanning)):
        if rows.any():
            out[reason] = int(rows.sum())
    codes[spanning | near] = -1
    for name in names:
        if not (codes == names.index(name)).any():
            why = ", ".join(f"{count:,} rows left out: {reason}" for reason, count in out.items())
            raise UsageError(
                f"no row is left in {name!r} ({why}); expected a smaller gap, or groups that end before the next part."
            )
    return codes, out


def _folds_of(
    table: Table, shares: Mapping[str, float], rules: Mapping[str, Any], together: Rows | None, codes: Rows
) -> Rows:
    names, count = list(shares), int(rules["folds"])
    used = np.flatnonzero(np.array([name not in HELD_OUT for name in names] + [not names])[codes])
    if len(used) < count:
        raise UsageError(f"{len(used):,} rows are too few for {count} folds; expected at least one row a fold.")
    fold = np.full(table.n, -1, dtype=np.int64)
    if table.time is not None:
        fold[used] = time_blocks(table.time[used], np.full(count + 1, 1 / (count + 1))) - 1
        return fold
    if rules["by"] == "hash":
        fold[used] = folds_by_hash(_keys(table)[used], count, str(rules["seed"]))
        return fold
    target, group, key = (None if x is None else x[used] for x in (table.target, table.group, table.id))
    inner = Table(len(used), target=target, group=group, id=key, names=table.names)
    linked = None if together is None else np.unique(together[used], return_inverse=True)[1]
    units = units_of(inner, linked, int(rules["seed"]))
    _check_units(len(units.counts), count, "folds", table)
    fold[used] = balance(units.counts, np.full(count, 1 / count)).parts[units.of_row]
    return fold


def _keys(table: Table) -> NDArray[Any]:
    keys = table.group if table.group is not None else table.id
    if keys is None:
        raise UsageError("by='hash' gives a key its part; say which: id= (a row's) or group=.")
    return keys


def _said(role: str, table: Table) -> str | None:
    return table.names.get(role, "array") if getattr(table, role) is not None else None


def _checked_shares(parts: Mapping[str, float] | None, folds: int | None) -> dict[str, float]:
    if folds is not None and (isinstance(folds, bool) or not isinstance(folds, int | np.integer) or folds < 2):
        raise UsageError(f"folds={folds!r}; expected a whole number of at least 2.")
    if parts is None:
        if folds is None:
            raise UsageError(
                "neither parts nor folds; expected parts such as {'train': .8, 'test': .2}, folds=5, or both."
            )
        return {}
    try:
        shares = {str(name): float(share) for name, share in parts.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise UsageError(f"parts={parts!r}; expected shares by name, such as {{'train': .8, 'test': .2}}.") from error
    wrong = {name: share for name, share in shares.items() if not 0 < share < 1}
    if len(shares) < 2 or wrong or "" in shares:
        raise UsageError(f"parts={dict(parts)}; expected at least two named parts, each with a share between 0 and 1.")
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        nearest_valid = {name: round(share / total, 4) for name, share in shares.items()}
        raise UsageError(f"parts={dict(parts)} have a sum of {total:g}; expected 1, such as {nearest_valid}.")
    return {name: share / total for name, share in shares.items()}


def _check_words(by: str, duplicates: str, time: Any, gap: Any, previous: Any) -> None:
    for name, value, valid in (("by", by, ("balance", "hash")), ("duplicates", duplicates, ("ignore", "together"))):
        if value not in valid:
            raise UsageError(f"{name}={value!r}{nearest(str(value), valid)}; expected one of: {', '.join(valid)}.")
    if gap is not None and time is None:
        raise UsageError(f"gap={gap!r} is a time before each cut, and no time= is given.")
    if by == "hash" and time is not None:
        raise UsageError("by='hash' spreads rows over all times; leave out one of by='hash' and time=.")
    if by == "hash" and duplicates == "together":
        raise UsageError("by='hash' looks at one key at a time and cannot keep duplicates together; use by='balance'.")
    if previous is not None and (by == "hash" or time is not None):
        other = "by='hash'" if by == "hash" else "time="
        raise UsageError(f"previous= is not needed with {other}: rows keep their part there by themselves.")


def _check_room(table: Table, shares: Mapping[str, float], folds: int | None) -> None:
    if table.n < max(len(shares), folds or 0, 2):
        raise UsageError(
            f"{table.n} row(s) for {len(shares)} parts and {folds or 0} folds; expected at least one row each."
        )


def _check_ids(table: Table) -> None:
    if table.id is None:
        return
    texts = np.sort(table.id.astype(str))
    twice = texts[1:][texts[1:] == texts[:-1]]
    if len(twice):
        raise UsageError(
            f"id {table.names.get('id', 'id')!r} repeats in {len(twice):,} rows (such as {str(twice[0])!r}); an id "
            "names one row. Pass it as group= if its rows belong together."
        )


def _check_units(units: int, wanted: int, what: str, table: Table) -> None:
    if units < wanted:
        kind = "groups" if table.group is not None else "units"
        raise UsageError(f"{units} {kind} for {wanted} {what}; expected at most {units} {what}.")


def read_parts(text: str) -> dict[str, float]:
    """Read `train=.7,valid=.15,test=.15`.

    >>> read_parts("train=.8,test=20%")
    {'train': 0.8, 'test': 0.2}
    """
    found: dict[str, float] = {}
    for word in text.split(","):
        name, equals, share = word.partition("=")
        try:
            value = float(share.strip().rstrip("%")) / (100 if share.strip().endswith("%") else 1)
        except ValueError:
            equals = ""
        if not equals or not name.strip() or name.strip() in found:
            raise UsageError(f"--parts {text}: {word!r} is no part; expected such as train=.7,valid=.15,test=.15.")
        found[name.strip()] = value
    return found
