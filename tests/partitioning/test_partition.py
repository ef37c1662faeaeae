from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.partitioning import partition, read_partition

PARTS = {"train": 0.7, "valid": 0.15, "test": 0.15}


@given(st.integers(20, 80), st.integers(0, 9), st.booleans())
def test_parts_are_disjoint_and_cover_every_row(n: int, seed: int, grouped: bool):
    """Whatever is asked for, and groups stay whole."""
    group = np.random.default_rng(seed).integers(0, 8, n) if grouped else None
    made = partition(n, PARTS, group=group, seed=seed)

    assert list(range(n)) == sorted(np.concatenate([made[name] for name in PARTS]).tolist())
    if group is not None:
        assert all(len(np.unique(made.codes[group == name])) <= 1 for name in range(8))


def test_classes_groups_and_sizes_are_kept_at_once(lemons: pd.DataFrame):
    """A fifth of every part is moldy, no fruit is in two parts, and the sizes are the shares."""
    made = partition(lemons, PARTS, target="mold", group="fruit")
    split = made.apply(lemons)

    assert {"train": 420, "valid": 90, "test": 90} == made.sizes
    assert dict.fromkeys(("test", "train", "valid"), pytest.approx(0.2, abs=0.04)) == {
        name: (rows.mold == "yes").mean() for name, rows in split.groupby("part")
    }
    assert (split.groupby("fruit").part.nunique() == 1).all()


def test_the_order_of_the_rows_and_the_names_of_the_classes_do_not_matter(lemons: pd.DataFrame):
    """With an id, a partition is a function of the set of rows."""
    made = partition(lemons, PARTS, target="mold", group="fruit", id="id", folds=3)
    shuffled = lemons.sample(frac=1, random_state=1)
    renamed = lemons.assign(mold=lemons.mold.map({"yes": "a", "no": "z"}))

    again = partition(shuffled, PARTS, target="mold", group="fruit", id="id", folds=3)

    assert made.digest == again.digest
    np.testing.assert_array_equal(made.codes[shuffled.index], again.codes)
    np.testing.assert_array_equal(
        made.codes, partition(renamed, PARTS, target="mold", group="fruit", id="id", folds=3).codes
    )


def test_the_seed_draws(lemons: pd.DataFrame):
    """Another seed, another partition; the same, the same."""
    first, again, other = (partition(lemons, PARTS, target="mold", seed=seed).digest for seed in (0, 0, 1))

    assert first == again != other


def test_folds_are_a_cv_of_scikit_learn_and_leave_the_test_out(lemons: pd.DataFrame):
    """Every row that is not test is validated once, and its group never trained on then."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    made = partition(lemons, PARTS, target="mold", group="fruit", folds=5)
    validated = np.concatenate([valid for _, valid in made.folds()])
    x, y = lemons[["red", "green"]].to_numpy(), (lemons.mold == "yes").to_numpy()

    assert sorted(validated.tolist()) == sorted([*made["train"].tolist(), *made["valid"].tolist()])
    for train, valid in made.folds():
        assert set() == set(lemons.fruit[train]) & set(lemons.fruit[valid])
        assert 0.15 < y[valid].mean() < 0.25
    assert 5 == len(cross_val_score(LogisticRegression(), x, y, cv=made.folds()))


def test_numbers_are_balanced_by_their_quantiles(lemons: pd.DataFrame):
    """The parts' means differ by a fraction of what chance would do."""
    made = partition(lemons, PARTS, target="red")

    assert abs(lemons.red[made["train"]].mean() - lemons.red[made["test"]].mean()) < 0.05


def test_several_labels_a_row_are_balanced():
    """Each label has its share in each part."""
    labels = (np.random.default_rng(0).random((400, 6)) < 0.3).astype(int)
    made = partition(400, PARTS, target=labels)

    assert np.abs(labels[made["test"]].mean(axis=0) - labels.mean(axis=0)).max() < 0.02


def test_rows_that_were_placed_before_stay_and_new_ones_restore_the_balance(lemons: pd.DataFrame, tmp_path: Path):
    """From the earlier file: rows by id, new rows of an old fruit with their fruit."""
    old = partition(lemons, PARTS, target="mold", group="fruit", id="id")
    old.save(tmp_path / "parts.csv")
    new = lemons.assign(id=lemons.id + 600, fruit=lemons.fruit + 60)
    both = pd.concat([lemons, new], ignore_index=True)

    for previous in (old, tmp_path / "parts.csv", [*old.column, *[""] * 600]):
        made = partition(both, PARTS, target="mold", group="fruit", id="id", previous=previous)
        np.testing.assert_array_equal(old.column, made.column[:600])
        assert (both.assign(part=made.column).groupby("fruit").part.nunique() == 1).all()
        assert {"train": 840, "valid": 180, "test": 180} == made.sizes


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("time", [None, "taken_at"])
def test_a_partition_survives_its_file(lemons: pd.DataFrame, tmp_path: Path, suffix: str, time: str | None):
    """Parts, folds, rules and digest; identifiers with leading zeros too."""
    lemons["id"] = [f"{i:05d}" for i in lemons.id]
    made = partition(lemons, PARTS, target="mold", time=time, gap="1d" if time else None, id="id", folds=3)
    again = read_partition(made.save(tmp_path / f"parts{suffix}"))

    np.testing.assert_array_equal(made.column, again.column)
    assert made.digest == again.digest
    for own, other in zip(made.folds(), again.folds(), strict=True):
        np.testing.assert_array_equal(own[0], other[0])
        np.testing.assert_array_equal(own[1], other[1])


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "mapping"])
def test_any_table_is_partitioned_alike_and_gets_its_fields(lemons: pd.DataFrame, kind: str):
    """The same rows in each library's table have the same parts, and come back as that library's table."""
    made = {
        "pandas": lambda: lemons,
        "polars": lambda: pl.from_pandas(lemons),
        "pyarrow": lambda: pa.Table.from_pandas(lemons),
        "mapping": lambda: {name: lemons[name].to_numpy() for name in lemons},
    }[kind]()
    found = partition(made, PARTS, target="mold", group="fruit", id="id", folds=3)
    applied = found.apply(made)

    assert type(made) is type(applied)
    assert partition(lemons, PARTS, target="mold", group="fruit", id="id", folds=3).digest == found.digest
    assert list(found.column) == list(np.asarray(applied["part"]))
    assert list(found.fold) == list(np.asarray(applied["fold"]))


def test_the_report_is_json_with_schema_parts_and_findings(lemons: pd.DataFrame):
    """What other programs read."""
    found = json.loads(json.dumps(partition(lemons, PARTS, target="mold", group="fruit").report().to_dict()))

    assert {"name": "train", "rows": 420, "classes": {"no": 335, "yes": 85}} in found["parts"]
    assert 1 == found["schema"]
    assert all({"code", "name", "severity", "message", "evidence"} <= set(one) for one in found["findings"])


def test_the_page_of_a_report_holds_its_findings(lemons: pd.DataFrame, tmp_path: Path):
    """One self-contained file."""
    report = partition(lemons, {"train": 0.9, "test": 0.1}, target="mold").report()
    report.to_html(tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text("utf-8")

    assert "part-too-small" in text
    assert "Between parts" in text
    assert report.findings[0].message in str(report).replace("\n             ", " ")


def test_equal_and_nearly_equal_rows_stay_together(lemons: pd.DataFrame):
    """Copies, with and without noise, lie with their originals."""
    rows = lemons[["red", "green", "mold"]]
    copies = rows[:100].assign(red=rows.red[:100] + 1e-7)
    made = partition(pd.concat([rows, copies], ignore_index=True), PARTS, target="mold", duplicates="together")

    np.testing.assert_array_equal(made.codes[:100], made.codes[600:])


def test_what_a_run_records_of_a_partition_is_json(lemons: pd.DataFrame):
    """Digest, rules and sizes."""
    facts = json.loads(json.dumps(partition(lemons, PARTS, target="mold").facts()))

    assert {"train": 420, "valid": 90, "test": 90} == facts["rows"]
    assert 16 == len(facts["digest"])
