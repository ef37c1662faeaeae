from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trackexp.reporting.svg.thinning import pieces, thinned


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(4, 60))
def test_a_thinned_curve_keeps_its_ends_and_extremes(values: list[float], most: int):
    """Nothing that sticks out is lost, and no more is drawn than was asked for."""
    y = np.array(values)
    kept = thinned(np.arange(float(y.size)), y, most)

    assert len(kept) <= most
    assert sorted(set(kept.tolist())) == kept.tolist()
    assert (0, y.size - 1) == (kept[0], kept[-1])
    assert (y.min(), y.max()) == (y[kept].min(), y[kept].max())


def test_points_on_one_place_are_thinned_too():
    """A vertical line of a thousand points needs two."""
    kept = thinned(np.zeros(1000), np.arange(1000.0), 8)

    assert {0, 999} <= set(kept.tolist())
    assert len(kept) <= 8


@given(st.lists(st.sampled_from([0.0, np.nan, np.inf])))
def test_pieces_are_what_lies_between_gaps(values: list[float]):
    """Together they are exactly the finite points, and none touches the next."""
    y = np.array(values)
    parts = list(pieces(np.arange(float(y.size)), y))
    places = [place for part in parts for place in range(part.start, part.stop)]

    assert np.flatnonzero(np.isfinite(y)).tolist() == places
    assert all(a.stop < b.start for a, b in pairwise(parts))
