from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trackexp.errors import MissingExtraError, UsageError
from trackexp.models.data import DataOptions, open_data


@pytest.fixture
def frame():
    """Forty rows with an id, a group, two features and an answer."""
    rng = np.random.default_rng(1)
    numbers = {"a": rng.normal(size=40), "b": rng.integers(0, 9, 40)}
    return pd.DataFrame({"id": [f"r{i}" for i in range(40)], "group": "site", **numbers, "label": ["x", "ÿ"] * 20})


def test_a_table_is_read_piece_by_piece(tmp_path, frame):
    """Features are what is left of the columns; ids and groups are known by name."""
    frame.to_csv(tmp_path / "t.csv", index=False)
    source = open_data(str(tmp_path / "t.csv"))
    batches = list(source.batches(16))

    assert [16, 16, 8] == [len(batch.inputs) for batch in batches]
    assert ["a", "b"] == list(batches[0].inputs.columns)
    assert frame["label"].tolist() == [label for batch in batches for label in batch.targets]
    assert frame["id"].tolist() == [name for batch in batches for name in batch.ids]
    assert np.allclose(frame[["a", "b"]].iloc[[39, 0]], source.take(np.array([39, 0])))


def test_parquet_is_read_or_its_extra_named(tmp_path, frame, monkeypatch):
    """With pyarrow the same rows as from CSV; without it what to install."""
    path = tmp_path / "t.parquet"
    with monkeypatch.context() as without:
        without.setitem(__import__("sys").modules, "pyarrow.parquet", None)
        path.write_bytes(b"")
        with pytest.raises(MissingExtraError, match=r"trackexp\[parquet\]"):
            open_data(str(path))
    pytest.importorskip("pyarrow")
    frame.to_parquet(path)
    source = open_data(str(path))

    assert frame["label"].tolist() == [label for batch in source.batches(16) for label in batch.targets]


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda f: f.drop(columns="label"), {}, "no column target or label .*--target COLUMN"),
        (lambda f: f, {"target": "lable"}, "did you mean 'label'"),
        (lambda f: f, {"group": "iste"}, "no column iste"),
        (lambda f: f[["id", "label"]], {}, "expected columns of features"),
        (lambda f: f.assign(label=[None] + ["x"] * 39), {}, "no label in row 0"),
        (lambda f: f.iloc[:0], {}, "holds no rows"),
    ],
)
def test_tables_that_do_not_fit_are_usage_errors(tmp_path, frame, change, options, said):
    """The message names the columns that there are."""
    change(frame).to_csv(tmp_path / "t.csv", index=False)

    with pytest.raises(UsageError, match=said):
        list(open_data(str(tmp_path / "t.csv"), DataOptions(**options)).batches(10))
