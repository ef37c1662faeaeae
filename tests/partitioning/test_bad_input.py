from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trackexp.errors import UsageError
from trackexp.partitioning import check_partition, partition, read_partition

PARTS = {"train": 0.7, "valid": 0.15, "test": 0.15}
HALVES = {"train": 0.5, "test": 0.5}


def mixed(frame: pd.DataFrame, column: str, row: int, value: Any) -> pd.DataFrame:
    """Return the frame with one value replaced."""
    return frame.assign(**{column: [value if i == row else old for i, old in enumerate(frame[column])]})


CASES: dict[str, tuple[str, Callable[[pd.DataFrame], Any]]] = {
    "sum": ("have a sum of 1.2; expected 1", lambda f: partition(f, {"train": 0.9, "test": 0.3})),
    "one part": ("at least two named parts", lambda f: partition(f, {"train": 1.0})),
    "negative": ("share between 0 and 1", lambda f: partition(f, {"train": 1.2, "test": -0.2})),
    "nothing asked": ("neither parts nor folds", lambda f: partition(f)),
    "folds": ("folds=1; expected a whole number", lambda f: partition(f, folds=1)),
    "column": ("did you mean 'mold'", lambda f: partition(f, HALVES, target="mould")),
    "missing target": ("'mold' is missing in 1 of 600 rows (row 3)",
                       lambda f: partition(mixed(f, "mold", 3, None), HALVES, target="mold")),
    "missing group": ("'red' is missing in 1", lambda f: partition(mixed(f, "red", 3, np.nan), HALVES, group="red")),
    "missing time": ("is missing in 1 rows (row 3)",
                     lambda f: partition(mixed(f, "taken_at", 3, pd.NaT), HALVES, time="taken_at")),
    "one group": ("1 groups for 2 parts", lambda f: partition(f, HALVES, group=np.zeros(600))),
    "more folds than groups": ("2 groups for 5 folds; expected at most 2 folds",
                               lambda f: partition(f, folds=5, group=np.arange(600) % 2)),
    "repeated id": ("repeats in 480 rows", lambda f: partition(f, HALVES, id="fruit")),
    "mixed texts": ("in one form throughout",
                    lambda f: partition(f[:4], HALVES, time=["2026-01-31", "31.12.2026 12", "soon", "2026-02-01"])),
    "mixed zones": ("has a time zone in 1 rows and none in others",
                    lambda f: partition(f[:2], HALVES, time=["2026-01-01T00:00Z", "2026-01-02T00:00"])),
    "gap without unit": ("has no unit", lambda f: partition(f, HALVES, time="taken_at", gap=7)),
    "gap": ("no duration; expected one such as '7d'", lambda f: partition(f, HALVES, time="taken_at", gap="soon")),
    "gap alone": ("no time= is given", lambda f: partition(f, HALVES, gap="7d")),
    "gap too long": ("no row is left in 'train'", lambda f: partition(f, HALVES, time="taken_at", gap="900d")),
    "no rows": ("0 rows", lambda f: partition(f[:0], HALVES)),
    "one row": ("1 row(s) for 2 parts", lambda f: partition(f[:1], HALVES)),
    "by": ("did you mean 'hash'", lambda f: partition(f, HALVES, by="hsh")),  # type: ignore[arg-type]
    "hash of nothing": ("say which: id=", lambda f: partition(f, HALVES, by="hash")),
    "other rules": ("parts train, test there and train, valid, test here; group=None there and 'fruit' here",
                    lambda f: partition(f, PARTS, group="fruit", id="id", previous=partition(f, HALVES, id="id"))),
    "lost key": ("by id= or group=", lambda f: partition(f, HALVES, previous=partition(f, HALVES))),
    "torn group": ("rows of one group in two parts",
                   lambda f: partition(f, HALVES, group="fruit", previous=np.resize(["train", "test"], 600))),
    "wrong part": ("no part 'tset' (did you mean 'test'?)", lambda f: partition(f, HALVES)["tset"]),
    "no folds": ("has no folds", lambda f: partition(f, HALVES).folds()),
    "check": ("is no column", lambda f: check_partition(f, "prat")),
    "check of one": ("names 1 part(s)", lambda f: check_partition(f.assign(part="train"), "part")),
    "file": ("is no file", lambda f: read_partition("nowhere.csv")),
    "matrix": ("expected a DataFrame", lambda f: partition(np.zeros((3, 2)), HALVES)),
    "lengths": ("different lengths", lambda f: partition({"a": [1], "b": [1, 2]}, HALVES)),
    "array length": ("expected one a row, 600", lambda f: partition(f, HALVES, target=[1, 2])),
    "other frame": ("apply it to the one it is of", lambda f: partition(f, HALVES).apply(f[:5])),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_is_told_with_what_can(lemons: pd.DataFrame, name: str):
    """What was seen, and what is expected instead."""
    said, call = CASES[name]

    with pytest.raises(UsageError, match=re.escape(said)):
        call(lemons)


def test_a_group_larger_than_its_part_is_placed_as_well_as_it_can(lemons: pd.DataFrame):
    """The report tells what is attainable."""
    group = np.where(np.arange(600) < 500, 0, np.arange(600))
    made = partition(lemons, HALVES, target="mold", group=group)

    assert {500, 100} == set(made.sizes.values())
    evidence = made.report().evidence
    assert evidence.attainable == pytest.approx(evidence.deviation)
    assert evidence.attainable > 1


def test_one_class_is_no_fault(lemons: pd.DataFrame):
    """There is nothing to balance but the sizes."""
    assert {"train": 300, "test": 300} == partition(lemons, HALVES, target=np.zeros(600, int)).sizes
