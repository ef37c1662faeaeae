from __future__ import annotations

from typing import Any

import pytest

from trackexp.comparison.differences import data_differences, other_data
from trackexp.record import ArtifactRecord, RunRecord
from trackexp.testing import make_record


def run(name: str, *, inputs: str = "x", rows: int = 9, counts: dict[str, int] | None = None, **fit: Any) -> RunRecord:
    """Return a run trained on arrays of that hash, shape and classes."""
    facts = {
        "fit": {"source": "arrays", **fit},
        "data": {
            "rows": rows,
            "inputs": [{"shape": [rows, 2], "dtype": "float32", "hash": inputs}],
            "targets": [{"shape": [rows], "hash": "y", "class_counts": counts}],
        },
    }
    return make_record(name, facts=facts)


def test_hash_shape_and_classes_are_told():
    """Under the part of the data that they are of."""
    found = data_differences([run("a", inputs="1", counts={"0": 5}), run("b", inputs="2", rows=8, counts={"0": 4})])

    assert {
        "training inputs: shape": {"a": [9, 2], "b": [8, 2]},
        "training inputs: hash": {"a": "1", "b": "2"},
        "training targets: shape": {"a": [9], "b": [8]},
        "training targets: classes": {"a": {"0": 5}, "b": {"0": 4}},
        "rows trained on": {"a": 9, "b": 8},
    } == found


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([run("a"), run("b")], ""),
        ([run("a"), run("b", inputs="z")], "these two were not trained on the same data"),
        ([run("a"), run("b", inputs="z"), run("c")], "these 3 runs were not trained on the same data"),
        ([run("a"), make_record("b")], ""),
        ([run("a"), run("b", inputs="z", source="tf.data")], ""),
    ],
    ids=["same", "other", "of three", "unknown", "stream"],
)
def test_that_data_differ_is_said_where_it_is_known(runs: list[RunRecord], expected: str):
    """Silence and streams say nothing."""
    assert expected == other_data(runs)


def test_the_versions_of_datasets_count():
    """By their digest, of those that were used."""
    runs = [
        make_record(
            name,
            artifacts=(
                ArtifactRecord(f"digits:v{version}", "dataset", digest=f"d{version}", used=True),
                ArtifactRecord(f"made:v{version}", "dataset", digest=f"m{version}"),
                ArtifactRecord("same:v0", "dataset", digest="s", used=True),
            ),
        )
        for version, name in enumerate("ab")
    ]

    assert {"dataset digits": {"a": "d0", "b": "d1"}} == data_differences(runs)


def test_what_one_run_does_not_say_is_no_difference():
    """A run by plain wandb has no facts."""
    assert {} == data_differences([run("a"), make_record("b")])
