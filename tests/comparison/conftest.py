from __future__ import annotations

from collections.abc import Callable

import pytest

from trackexp.comparison import Comparison, compare
from trackexp.record import Finding, RunRecord, Severity
from trackexp.testing import make_record


@pytest.fixture
def wrong_loss() -> Finding:
    """An error-level finding."""
    return Finding("TX101", "bce-on-categorical", Severity.ERROR, "loss=binary_crossentropy on 10 classes", "change it")


@pytest.fixture
def three(wrong_loss: Finding) -> list[RunRecord]:
    """A sound run, a better one, and one whose best number is not to be believed."""
    return [
        make_record("aaa", name="dense", metrics={"val/loss": [0.5, 0.2, 0.3]}, config={"lr": 0.001}, runtime=8.25),
        make_record("bbb", name="cnn", metrics={"val/loss": [0.4, 0.3, 0.1]}, config={"lr": 0.003}, runtime=75.0),
        make_record(
            "ccc",
            name="dense-bce",
            metrics={"val/loss": [0.05, 0.03, 0.04]},
            config={"lr": 0.001, "loss": "binary_crossentropy"},
            findings=[wrong_loss],
            runtime=7.5,
        ),
    ]


@pytest.fixture
def seeds() -> Callable[..., Comparison]:
    """Compare groups of runs, by the learning rate's values over seeds 0, 1, 2, …; a name of its own for each run."""

    def compared(key: str = "seed", metric: str = "val/loss", **groups: list[float]) -> Comparison:
        records = [
            make_record(f"{name}{index}", metrics={metric: [value]}, config={"arch": name, key: index})
            for name, values in groups.items()
            for index, value in enumerate(values)
        ]
        return compare(records, metric=metric)

    return compared
