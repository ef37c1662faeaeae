from __future__ import annotations

import pandas as pd
import pytest

from trackexp import read_run, track
from trackexp.errors import UsageError
from trackexp.reading.tables import read_table
from trackexp.testing import make_record


@pytest.fixture
def record(workspace):
    """A run with two tables, logged as plain W&B users log them."""
    import wandb

    with track("tables", mode="offline", autolog=False, best_model=None) as run:
        run.log({"notes": wandb.Table(columns=["a"], data=[[1]])})
        run.log_table("test/predictions", pd.DataFrame({"id": ["x"], "p": [0.5], "missing": [float("nan")]}))
    return read_run(run.folder)


def test_the_predictions_are_found_by_their_name(record):
    """Without a name the table of predictions, with one any table."""
    name, frame = read_table(record)

    assert ("test/predictions", [["x", 0.5, None]]) == (
        name,
        frame.astype(object).where(frame.notna(), None).values.tolist(),
    )
    assert [[1]] == read_table(record, "notes")[1].to_numpy().tolist()


def test_tables_that_are_not_there_are_said(record):
    """With those that are."""
    with pytest.raises(UsageError, match=r"no table 'note'.*did you mean 'notes'"):
        read_table(record, "note")
    with pytest.raises(UsageError, match="logged no tables"):
        read_table(make_record())
    for path in record.path.parent.rglob("*.table.json"):
        path.unlink()

    with pytest.raises(UsageError, match="is not on this disk"):
        read_table(record)
