from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from trackexp.fit.data import data_facts
from trackexp.record.facts import DataFacts

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(20_000, 5)).astype("float32")


def validated(train: Any, valid: Any) -> DataFacts:
    """Return the facts of two sets of rows."""
    return data_facts(train, None, None, (valid, None))


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_training_rows_in_the_validation_are_found_one_by_one(share: float) -> None:
    """Among all training rows, not only the sampled ones, and whatever the dtype of the copy."""
    leaked = int(400 * share)
    valid = np.concatenate([ROWS[7_000 : 7_000 + leaked], RNG.normal(size=(400 - leaked, 5)).astype("float32")])
    facts = validated(ROWS, valid.astype("float64"))

    assert (share, leaked) == (facts["validation_overlap"], facts["validation_overlap_rows"])


def test_where_rows_cannot_be_looked_up_the_overlap_is_estimated() -> None:
    """Beyond a quarter of a million rows, samples stand for the whole."""
    train = RNG.normal(size=(300_000, 3)).astype("float32")
    facts = validated(train, train[:60_000])

    assert facts["validation_overlap"] == pytest.approx(1.0, abs=0.6)
    assert 0 < (facts["validation_overlap_rows"] or 0)
    assert 0.0 == validated(train, train[:60_000] + 1)["validation_overlap"]


def test_rows_that_come_twice_are_counted() -> None:
    """Of 20,000 rows written down twice, half repeat an earlier one."""
    facts = data_facts(np.concatenate([ROWS, ROWS]))

    assert facts["duplicate_rows"] == pytest.approx(0.5, abs=0.03)
    assert 0.0 == data_facts(ROWS)["duplicate_rows"]


def test_rows_with_nan_are_equal_to_their_copies() -> None:
    """A gap in a row hides no leak."""
    train = ROWS[:1_000].copy()
    train[:, 2] = np.nan

    assert 1.0 == validated(train, train[:100].copy())["validation_overlap"]


def test_text_rows_are_compared() -> None:
    """Strings are rows like any other."""
    words = np.array([f"word {i}" for i in range(300)])

    assert 1.0 == validated(words, words[:50])["validation_overlap"]


def test_a_moved_validation_is_seen() -> None:
    """Features whose mean moved by more than a standard deviation, and another scale, are told."""
    moved = ROWS[:2_000] * 10
    moved[:, 0] += 50
    facts = validated(ROWS, moved)

    assert 0.2 == facts["shifted_features"]
    assert facts["validation_scale"] == pytest.approx(10, rel=0.1)


def test_a_split_compares_the_last_rows_with_the_others() -> None:
    """The part that Keras splits off is the end, its classes may be missing before."""
    labels = np.sort(np.arange(1_000) % 4)
    facts = data_facts(ROWS[:1_000], labels, validation_split=0.25)

    assert (750, {"0", "1", "2"}, {"3"}) == (
        facts["rows"],
        set(facts["targets"][0]["class_counts"] or {}),
        set(facts["validation_targets"][0]["class_counts"] or {}),
    )


@pytest.mark.parametrize("kind", ["binary", "classes", "one_hot", "regression"])
def test_a_feature_that_tells_the_target_is_named(kind: str) -> None:
    """The one column that gives the answer away is found among others, for every kind of target."""
    x = RNG.normal(size=(2_000, 6))
    labels = RNG.integers(0, 2 if kind == "binary" else 3, 2_000)
    x[:, 4] = x[:, 4] * 0.001 + (labels == 1)
    y = {"binary": labels, "classes": labels, "one_hot": np.eye(3)[labels % 3], "regression": x[:, 4] * 2 + 1}[kind]
    found = data_facts(x, y)["strongest_feature"]

    assert found is not None
    assert (4, None if kind == "regression" else 1.0) == (found["index"], found["auc"])
    assert found["correlation"] > 0.99


def test_features_without_a_tale_have_chance_level() -> None:
    """Noise stays near an AUC of one half."""
    found = data_facts(ROWS[:4_000], np.arange(4_000) % 2)["strongest_feature"]

    assert found is not None
    assert found["auc"] is not None
    assert 0.5 <= found["auc"] < 0.6


def test_tables_are_compared_too() -> None:
    """Pandas rows are looked up like arrays."""
    table = pd.DataFrame(ROWS[:9_000])

    assert 1.0 == validated(table, table.iloc[:200])["validation_overlap"]
