from __future__ import annotations

from collections.abc import Callable

import pytest

from trackexp.comparison import Comparison, compare
from trackexp.testing import make_record


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
