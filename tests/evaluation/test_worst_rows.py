from __future__ import annotations

import numpy as np
import pytest

from trackexp.evaluation import evaluate, evaluate_batches, merge_evaluations
from trackexp.evaluation.worst_rows import MOST


@pytest.fixture
def many(generated):
    """Return 20,000 rows of four classes, of which a third are wrong."""
    return generated(201, 20_000, 4, 3, 5)


def test_a_stream_keeps_the_errors_that_tables_show(many):
    """The surest, the least sure, and the false positives of a class: those of all rows, under their numbers."""
    y, p = many
    whole = evaluate(y, p)
    stream = evaluate_batches([(y[i : i + 700], p[i : i + 700]) for i in range(0, len(y), 700)], part="test")

    assert whole.confident_errors(MOST)["id"].tolist() == stream.confident_errors(MOST)["id"].tolist()
    assert whole.unsure_errors(MOST)["id"].tolist() == stream.unsure_errors(MOST)["id"].tolist()
    mine, all_ = stream.false_positives(2), whole.false_positives(2)
    assert all_["id"].tolist()[:200] == mine["id"].tolist()[:200]
    assert {"test"} == set(stream.confident_errors()["part"])


def test_what_is_kept_does_not_grow_with_the_stream(many):
    """Ten times the rows keep no more than the bound."""
    y, p = many
    stream = evaluate_batches((y, p) for _ in range(10))

    assert stream.worst is not None
    assert len(stream.worst.data) <= 2 * MOST + 1000
    assert stream.rows is None


def test_parts_without_rows_put_their_worst_together(many):
    """Sums and errors of parts add up to those of all, whether a part kept its rows or not."""
    y, p = many
    ids = np.array([f"r{i}" for i in range(len(y))])
    cut = [slice(0, 9000), slice(9000, None)]
    parts = [evaluate(y[c], p[c], ids=ids[c], keep_rows=keep) for c, keep in zip(cut, (False, True), strict=True)]
    merged = merge_evaluations(parts)

    assert evaluate(y, p, ids=ids).confident_errors()["id"].tolist() == merged.confident_errors()["id"].tolist()
    assert len(y) == merged.n


@pytest.mark.parametrize("binary", [True, False])
def test_a_stream_without_errors_has_none_to_show(binary):
    """Empty tables, not an exception."""
    p = [[0.9, 0.1], [0.2, 0.8]]
    stream = evaluate_batches([([0, 1], [row[1] for row in p] if binary else p)])

    assert (0, 0, 0) == (len(stream.confident_errors()), len(stream.unsure_errors()), len(stream.false_positives()))
