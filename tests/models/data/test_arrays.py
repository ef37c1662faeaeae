from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.models.data import DataOptions, arrays, open_data


def gathered(source, size=7):
    """Return all rows of a source, put together."""
    batches = list(source.batches(size))
    return np.concatenate([b.inputs for b in batches]), np.concatenate([b.targets for b in batches])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_large_members_are_mapped_and_not_read(tmp_path, monkeypatch, save, order):
    """Stored or compressed, in either order: the same rows, and nothing in memory but what is looked at."""
    x = np.asarray(np.random.default_rng(0).normal(size=(50, 4)), order=order)
    save(tmp_path / "d.npz", x=x, y=np.arange(50) % 3)
    monkeypatch.setattr(arrays, "_IN_MEMORY", 100)
    source = open_data(str(tmp_path / "d.npz"))

    assert isinstance(source.inputs, np.memmap)
    assert np.array_equal(x, gathered(source)[0])
    assert np.array_equal(np.arange(50) % 3, gathered(source)[1])
    assert np.array_equal(x[[4, 40]], source.take(np.array([4, 40])))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of the process from /proc")
def test_memory_does_not_grow_with_a_mapped_file(tmp_path):
    """Going through 130 MB of rows leaves none of them in the memory of the process."""

    def resident():
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("RssFile")).split()[1]) / 1000

    np.savez(tmp_path / "d.npz", x=np.ones((1300, 100_000), np.uint8), y=np.zeros(1300))
    source = open_data(str(tmp_path / "d.npz"))
    before = resident()
    seen = [(int(batch.inputs.sum()), resident()) for batch in source.batches(100)]

    assert 130_000_000 == sum(total for total, _ in seen)
    assert max(megabytes for _, megabytes in seen) < before + 60


@pytest.mark.parametrize("names", [("x", "y"), ("images", "labels"), ("arr_0", "arr_1"), ("x_test", "y_test")])
def test_the_usual_names_are_known(tmp_path, names):
    """And parts, with --part."""
    np.savez(tmp_path / "d.npz", **{names[0]: np.zeros((3, 2)), names[1]: np.zeros(3)})

    assert 3 == open_data(str(tmp_path / "d.npz"), DataOptions(part="test")).n


def test_ids_groups_names_and_scale_are_read(tmp_path):
    """What the file says beside x and y."""
    np.savez(
        tmp_path / "d.npz", x=np.full((2, 2), 255), y=[0, 1], ids=["a", "b"], groups=[7, 8], class_names=["n", "ö"]
    )
    source = open_data(str(tmp_path / "d.npz"), DataOptions(scale=1 / 255))
    batch = next(source.batches(10))

    assert (["a", "b"], [7, 8], ("n", "ö")) == (list(batch.ids), list(batch.groups), source.class_names)
    assert np.allclose(1, batch.inputs)


@pytest.mark.parametrize(
    ("arrays_held", "part", "said"),
    [
        ({"a": [1], "b": [2]}, None, "holds a, b; expected the arrays x and y"),
        ({"x_test": [1], "y_test": [1], "x_train": [1], "y_train": [1]}, None, "--part test"),
        ({"x_test": [1], "y_test": [1]}, "tset", "did you mean 'test'"),
        ({"x": [1, 2], "y": [1]}, None, "x has 2 rows, y 1"),
        ({"x": np.empty((0, 2)), "y": []}, None, "holds no rows"),
        ({"y_true": [1], "y_prob": [0.2]}, None, "holds predictions"),
        ({"x": np.array([{}], dtype=object), "y": [1]}, None, "Python objects, which are not loaded"),
    ],
)
def test_what_is_no_data_is_said(tmp_path, arrays_held, part, said):
    """The message lists what the file holds."""
    np.savez(tmp_path / "d.npz", **arrays_held)

    with pytest.raises(UsageError, match=said):
        open_data(str(tmp_path / "d.npz"), DataOptions(part=part))


def test_places_that_are_no_data_are_said(tmp_path, monkeypatch):
    """A model, a broken file, a name that is nearly a dataset."""
    monkeypatch.chdir(tmp_path)
    for name in ("model.h5", "broken.npz", "notes.txt"):
        (tmp_path / name).write_bytes(b"nothing")

    for place, said in (
        ("model.h5", "is a model, not data"),
        ("broken.npz", "cannot be read as .npz"),
        ("notes.txt", "no data that is known"),
        ("mnits", "did you mean 'mnist'"),
        ("nowhere.npz", "no data at 'nowhere.npz'"),
    ):
        with pytest.raises(UsageError, match=said):
            open_data(place)
