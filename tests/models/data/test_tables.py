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


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    """What to install for `.parquet`."""
    path = tmp_path / "t.parquet"
    path.write_bytes(b"")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)

    with pytest.raises(MissingExtraError, match=r"trackexp\[parquet\]"):
        open_data(str(path))


def test_parquet_gives_the_rows_of_csv(tmp_path, frame):
    """Piece by piece across its row groups, with words as they are; single rows again by their place."""
    pytest.importorskip("pyarrow")
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=11)
    frame.to_csv(tmp_path / "t.csv", index=False)
    sources = [open_data(str(tmp_path / name)) for name in ("t.parquet", "t.csv")]
    batches = [list(source.batches(16)) for source in sources]

    assert np.allclose(*(np.concatenate([batch.inputs for batch in each]) for each in batches), rtol=1e-15)
    for name in ("targets", "ids", "groups"):
        one, other = ([value for batch in each for value in getattr(batch, name)] for each in batches)
        assert one == other
    assert np.allclose(*(source.take(np.array([39, 0, 17])) for source in sources))


@pytest.mark.parametrize(
    ("content", "said"), [(b"no parquet", "cannot be read as a table"), (None, "has no column target or label")]
)
def test_parquet_that_does_not_fit_is_said(tmp_path, frame, content, said):
    """A broken file, and one without answers."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "t.parquet"
    if content is None:
        frame.drop(columns="label").to_parquet(path)
    else:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=said):
        open_data(str(path))


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
