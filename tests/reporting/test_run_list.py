from __future__ import annotations

import pytest

from trackexp.record import RunRecord
from trackexp.reporting.run_list import default_columns
from trackexp.testing import make_record


def test_settings_that_differ_have_a_column():
    """Offline runs have no names: what tells them apart is what was set; what all share is left out."""
    runs = [
        make_record(
            f"run{place}",
            name=name,
            config={"lr": lr, "batch": 32, "model": {"units": 8 * place}, "layers": [place], "a": place, "b": place},
            summary={"val_loss": 0.5, "latency_ms": 3},
        )
        for place, (lr, name) in enumerate([(0.1, "one"), (0.01, "two")])
    ]

    assert [
        "id", "name", "state", "started_at", "runtime", "val/loss", "config.lr", "config.model.units", "config.a",
    ] == default_columns(runs)  # fmt: skip


@pytest.mark.parametrize("runs", [[], [make_record("a", config={"lr": 1})], [make_record("a"), make_record("b")]])
def test_runs_without_names_have_no_column_of_them(runs: list[RunRecord]):
    """It would say the id twice; and a single run differs from none."""
    assert ["id", "state", "started_at", "runtime"] == default_columns(runs)
