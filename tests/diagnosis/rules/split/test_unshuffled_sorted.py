from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "unshuffled-sorted"
COUNTS = {"0": 150, "1": 150, "2": 150, "3": 150}
SORTED = {"class_counts": COUNTS, "change_rate": 3 / 599}


def test_it_counts_classes_and_runs(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """As many runs as classes."""
    assert ("warning: shuffle=False, and the rows are sorted: 4 classes in 4 runs over 600 target rows") == message_of(
        NAME, fit_of(target=SORTED, fit={"shuffle": False})
    )


@pytest.mark.parametrize(
    ("target", "fit"),
    [
        (SORTED, {"shuffle": True}),
        ({"class_counts": COUNTS, "change_rate": 4 / 599}, {"shuffle": False}),
        ({"class_counts": {"0": 25, "1": 24}, "change_rate": 1 / 48, "sampled_rows": 49}, {"shuffle": False}),
        (
            {"class_counts": {str(i): 9 for i in range(6)}, "change_rate": 5 / 53, "sampled_rows": 54},
            {"shuffle": False},
        ),
        (SORTED, {"shuffle": False, "batches": 1}),
        ({"class_counts": {str(i): 1 for i in range(600)}, "change_rate": 1.0}, {"shuffle": False}),
    ],
    ids=["shuffled", "one run more", "49 rows", "nine rows a class", "one batch", "a sorted quantity"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], target: Any, fit: Any):
    """Rows that come back to a class pass."""
    assert Status.PASSED == judge(NAME, fit_of(target=target, fit=fit)).status


STREAM = {"source": "tf.data", "shuffle": None, "batches": None}
SEEN = {"rows_seen": 6_000, "batches_seen": 188}


def test_the_order_of_a_stream_is_the_one_it_was_drawn_in(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """All rows of the first pass count, also those that were not kept."""
    facts = fit_of(target={**SORTED, "change_rate": 3 / 5_999}, fit=STREAM, data=SEEN)

    assert (
        "warning: nothing shuffles the stream, and the rows are sorted: 4 classes in 4 runs over 6,000 target rows"
    ) == message_of(NAME, facts)


def test_a_shuffled_stream_passes(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Its classes come back."""
    facts = fit_of(target={**SORTED, "change_rate": 0.75}, fit=STREAM, data=SEEN)

    assert Status.PASSED == judge(NAME, facts).status


@pytest.mark.parametrize(
    ("target", "fit"),
    [
        ({}, {"shuffle": False}),
        (SORTED, {"shuffle": None}),
        (SORTED, STREAM),
        (SORTED, {"source": "dataloader", "shuffle": False, "batch_size": 600}),
    ],
    ids=["no classes", "no order", "one batch of a stream", "one batch of a loader"],
)
def test_it_does_not_apply_to_what_has_no_order(
    fit_of: Callable[..., Any], judge: Callable[..., Any], target: Any, fit: Any
):
    """A regression has no classes; one batch may well be sorted in itself."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(target=target, fit=fit)).status
