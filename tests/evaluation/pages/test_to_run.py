from __future__ import annotations

import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.errors import UsageError
from trackexp.evaluation import evaluate, evaluate_multilabel, evaluate_regression
from trackexp.evaluation.pages import to_run
from trackexp.reading.tables import read_table, table_files


def logged(result, **options):
    """Log an evaluation to a real offline run and read it back."""
    with track("evaluations", mode="offline", autolog=False, best_model=None) as run:
        result.log(run, **options)
    assert 0 == run.failures.count
    return read_run(run.folder)


def test_numbers_tables_and_curves_are_in_the_run(workspace, generated, monkeypatch):
    """Numbers in the summary, the bounded predictions table with its errors first, curves of at most 512 vertices."""
    monkeypatch.setattr(to_run, "MOST_ROWS", 500)
    y, p = generated(221, 3000, 3, 3, 3)
    inputs = np.random.default_rng(0).random((3000, 6, 6))
    result = evaluate(y, p, class_names=["a", "b", "ç"], inputs=inputs, part="test")
    profit = result.profit(1, 3, class_name="b")
    record = logged(result, profit=profit)

    assert record.summary["test/accuracy"] == pytest.approx(result.accuracy)
    assert record.summary["test/profit/average_cost"] == pytest.approx(profit.best.average_cost)
    _, predictions = read_table(record, "test/predictions")
    assert 500 == len(predictions)
    assert predictions["prediction != target"].sum() == min(500, int(result.predictions_are_wrong.sum()))
    assert {"p_a", "p_b", "p_ç", "target", "id"} <= set(predictions.columns)
    roc = next(read_table(record, key)[1] for key in table_files(record) if key.startswith("test/roc"))
    assert 512 >= roc.groupby("class").size().max()
    # W&B's word in the run's own file; the pictures are in the artifact of the table
    assert "Image" == read_table(record, "test/confident_errors")[1]["input"].iloc[0]


def test_other_evaluations_are_logged_too(workspace, generated):
    """Several labels a row, and regression."""
    _, p = generated(222, 100, 3, 3, 3)
    labels, numbers = evaluate_multilabel(p > 0.3, p), evaluate_regression(p[:, 0], p[:, 1])

    assert labels["f1_micro"] == pytest.approx(logged(labels).summary["evaluation/f1_micro"])
    record = logged(numbers, prefix="valid")
    assert numbers["rmse"] == pytest.approx(record.summary["valid/rmse"])
    assert 100 == len(read_table(record, "valid/residuals")[1])


def test_another_run_is_refused_with_the_reason(generated):
    """What has no such methods is said to be none."""
    with pytest.raises(UsageError, match=r"expected the run of `with track"):
        evaluate([0, 1], [0.2, 0.8]).log(object())
