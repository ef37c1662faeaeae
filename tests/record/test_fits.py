from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trackexp.record.fits import with_fit


def fit(index: int, loss: str = "mse", name: str = "dense", **data: Any) -> Any:
    """Return the facts of a fit."""
    return {
        "fit": {"index": index, "initial_epoch": index},
        "compile": {"loss": loss, "optimizer": {"learning_rate": 1 / (index + 1)}},
        "model": {"name": name},
        "data": {"seconds": index / 7, **data},
    }


def test_the_same_fit_grows_and_another_is_added() -> None:
    """What is known of a fit gives way to more of it; a fit that is set up otherwise is one more."""
    known = with_fit(with_fit([], fit(0)), fit(0, rows=8))

    assert [fit(0, rows=8), fit(1, "mae")] == with_fit(known, fit(1, "mae"))


def test_its_like_is_not_repeated() -> None:
    """A fit that differs in its count, its rate and Keras's numbering alone is the one that is there."""
    known = [fit(0, name="dense_1"), fit(1, "mae")]

    assert known == with_fit(known, fit(7, name="dense_12"))


@given(st.lists(st.integers(0, 1000), max_size=60))
def test_their_number_is_bounded(losses: list[int]) -> None:
    """However many fits differ, the first five and the latest are there, and no more than eleven."""
    known: list[Any] = []
    for index, loss in enumerate(losses):
        known = with_fit(known, fit(index, f"loss {loss} of its own"))
    distinct = list(dict.fromkeys(losses))

    assert len(known) <= 11
    assert [f"loss {loss} of its own" for loss in distinct[:5]] == [entry["compile"]["loss"] for entry in known[:5]]
