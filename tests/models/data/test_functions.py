from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trackexp.errors import UsageError
from trackexp.models.data import DataOptions, open_data
from trackexp.models.data.functions import rows_from

OPTIONS = DataOptions()


def test_a_function_of_the_working_folder_gives_rows(tmp_path, monkeypatch):
    """`package.module:function` is called, and its (x, y) are the data."""
    (tmp_path / "my_rows.py").write_text("def test():\n    return [[1.0], [2.0]], [0, 1]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    assert [0, 1] == next(open_data("my_rows:test").batches(10)).targets.tolist()


@pytest.mark.parametrize(
    "given",
    [
        (np.zeros((2, 3)), [0, 1]),
        {"x": np.zeros((2, 3)), "y": [0, 1], "ids": ["a", "b"], "class_names": ["n", "m"]},
        (pd.DataFrame({"a": [1, 2]}), pd.Series([0, 1])),
    ],
)
def test_arrays_mappings_and_frames_are_rows(given):
    """As people return them."""
    assert 2 == rows_from("f", given, OPTIONS).n


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "gives int; expected"),
        ({"x": [1]}, "mapping of x; expected x and y"),
        ((np.zeros((2, 3)), [0]), r"inputs \(2, 3\) and answers \(1,\)"),
        (([], []), "expected one target per row"),
    ],
)
def test_other_things_are_refused(given, said):
    """The message says what was given."""
    with pytest.raises(UsageError, match=said):
        rows_from("f", given, OPTIONS)


@pytest.mark.parametrize(("batch", "said"), [(3, "gives int as batch 0"), (([[1]], [0, 1]), "batch 0 has inputs")])
def test_batches_that_are_none_are_refused(batch, said):
    """Each batch is (x, y) with as many answers as rows."""
    with pytest.raises(UsageError, match=said):
        list(rows_from("f", iter([batch]), OPTIONS).batches(1))


def test_a_keras_dataset_has_two_parts(monkeypatch):
    """By default its test part; another name is refused, and a failing download says what to do instead."""
    from keras.datasets import mnist

    parts = (np.zeros((4, 28, 28)), np.arange(4)), (np.ones((2, 28, 28)), np.arange(2)[:, None])
    monkeypatch.setattr(mnist, "load_data", lambda: parts)
    source = open_data("mnist")
    assert (2, "keras.datasets.mnist test") == (source.n, source.name)
    assert 4 == open_data("mnist", DataOptions(part="train")).n
    with pytest.raises(UsageError, match="train and test, not 'valid'"):
        open_data("mnist", DataOptions(part="valid"))

    def fails():
        raise Exception("URL fetch failure")

    monkeypatch.setattr(mnist, "load_data", fails)
    with pytest.raises(UsageError, match=r"cannot be downloaded: URL fetch failure.*--data mnist\.npz"):
        open_data("mnist")
