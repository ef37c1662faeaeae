from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from trackexp.fit.data.arrays import array_facts
from trackexp.fit.data.samples import take_sample
from trackexp.record.facts import ArrayFacts


def target(values: Any) -> ArrayFacts:
    """Return the profile of targets."""
    return array_facts(take_sample(np.asarray(values)), target=True)


def inputs(values: Any) -> ArrayFacts:
    """Return the profile of inputs."""
    return array_facts(take_sample(np.asarray(values)))


@settings(deadline=None)
@given(
    hnp.arrays(
        hnp.scalar_dtypes() | hnp.unicode_string_dtypes() | hnp.byte_string_dtypes(),
        hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6),
    )
)
def test_any_array_has_a_profile_in_json(values: Any) -> None:
    """Every dtype and shape, empty ones among them, is profiled, and the profile is strict JSON."""
    facts = array_facts(take_sample(values), target=True)
    json.dumps(facts, allow_nan=False)

    assert list(values.shape) == facts["shape"]


@settings(deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 3)), elements=st.floats(-1e6, 1e6)))
def test_numbers_are_those_of_numpy(values: Any) -> None:
    """On an array that is sampled whole, the profile is exact."""
    facts = inputs(values)

    assert facts["minimum"] == values.min()
    assert facts["maximum"] == values.max()
    assert facts["mean"] == pytest.approx(values.mean(), abs=1e-6)
    assert facts["std"] == pytest.approx(values.std(), abs=1e-6)
    assert facts["distinct"] == np.unique(values).size


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.zeros(3, "float16"), "float"),
        (np.zeros(3, "uint8"), "integer"),
        (np.zeros(3, bool), "boolean"),
        (np.array(["a", "b"]), "text"),
        (np.array([b"a", b"b"]), "text"),
        (np.array(["a", "b"], dtype=object), "text"),
        (np.array([1, 2.5], dtype=object), "float"),
        (np.array([{}, None], dtype=object), "object"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "object"),
        (np.zeros(2, complex), "object"),
    ],
)
def test_the_kind_is_that_of_the_values(values: Any, kind: str) -> None:
    """Numbers and text kept as objects are taken for what they are."""
    assert kind == inputs(values)["kind"]


def test_exclusive_one_hot_rows_are_recognised() -> None:
    """Rows that sum to one, zeros and ones alone, the classes counted by their place."""
    facts = target(np.eye(3)[[0, 1, 2, 2]])

    assert (True, 1.0, {"0": 1, "1": 1, "2": 2}) == (facts["zero_one"], facts["row_sums_one"], facts["class_counts"])


def test_several_labels_a_row_are_not_one_hot() -> None:
    """Rows of differing sums name no classes."""
    facts = target([[1, 1, 0], [0, 0, 1], [0, 0, 0]])

    assert (pytest.approx(1 / 3), 0.0, 2.0, None) == (
        facts["row_sums_one"],
        facts["row_sum_minimum"],
        facts["row_sum_maximum"],
        facts["class_counts"],
    )


def test_probabilities_sum_to_one_and_are_no_classes() -> None:
    """Soft targets are told from one-hot ones."""
    facts = target(np.array([[0.2, 0.8], [0.5, 0.5]], dtype="float32"))

    assert (1.0, False, None) == (facts["row_sums_one"], facts["zero_one"], facts["class_counts"])


@pytest.mark.parametrize("values", [[1, 2, 2], [[1.0], [2.0], [2.0]]])
def test_whole_numbers_are_counted_as_classes(values: Any) -> None:
    """One class a row, as a vector or as one column, of integers or whole floats."""
    assert {"1": 1, "2": 2} == target(values)["class_counts"]


def test_broken_numbers_are_no_classes() -> None:
    """A regression target has no classes."""
    facts = target([0.5, 1.5])

    assert (None, False) == (facts["class_counts"], facts["integral"])


def test_sorted_classes_hardly_change() -> None:
    """The share of neighbours of another class tells sorted rows from shuffled ones, in large arrays too."""
    ids = np.arange(50_000) % 10
    ordered, mixed = target(np.sort(ids)), target(ids[np.random.default_rng(0).permutation(50_000)])

    assert ordered["change_rate"] is not None
    assert ordered["change_rate"] < 0.01
    assert mixed["change_rate"] == pytest.approx(0.9, abs=0.03)


def test_one_rare_value_is_not_missed_in_an_array_of_moderate_size() -> None:
    """Extremes, NaN and infinities are looked for in all rows up to 16 MB, not in the sample alone."""
    values = np.zeros((50_000, 4), dtype="float32")
    values[12_345, 1], values[44_444, 2], values[3, 0] = np.nan, np.inf, -7
    facts = inputs(values)

    assert (50_000, -7.0, 0.0, 1 / 200_000, 1 / 200_000) == (
        facts["scanned_rows"],
        facts["minimum"],
        facts["maximum"],
        facts["nan_share"],
        facts["infinite_share"],
    )


def test_all_nan_has_no_numbers() -> None:
    """Where nothing is finite, extremes are None and the share says why."""
    facts = inputs(np.full((5, 2), np.nan))

    assert (None, None, 1.0) == (facts["minimum"], facts["maximum"], facts["nan_share"])


def test_features_are_told_apart() -> None:
    """Constant columns are counted, and scales that lie far apart are seen."""
    rng = np.random.default_rng(0)
    facts = inputs(np.column_stack([np.ones(500), rng.normal(size=500), 1_000 * rng.normal(size=500)]))

    assert (3, 1) == (facts["features"], facts["constant_features"])
    assert facts["feature_std_minimum"] == pytest.approx(1, rel=0.1)
    assert facts["feature_std_maximum"] == pytest.approx(1_000, rel=0.1)


def test_equal_data_have_equal_hashes() -> None:
    """A copy has the same hash, another dtype, shape or value another one."""
    values = np.arange(20_000.0)
    other = values.copy()
    other[0] = 1
    hashes = [inputs(v)["hash"] for v in (values, values.copy(), values.astype("float32"), values[:-1], other)]

    assert (hashes[0], 4) == (hashes[1], len(set(hashes)))


def test_extension_types_are_numbers() -> None:
    """bfloat16 is profiled like any float."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    facts = inputs(np.array([1, 2, 3], dtype=ml_dtypes.bfloat16))

    assert ("bfloat16", "float", 3.0) == (facts["dtype"], facts["kind"], facts["maximum"])


@settings(deadline=None)
@given(hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_a_histogram_counts_every_finite_value(values: Any) -> None:
    """Its edges rise, from the 0.1 % to the 99.9 % quantile; without a spread there is none."""
    found = inputs(values).get("histogram")
    finite = values[np.isfinite(values)]

    assert found is None or sum(found["counts"]) == finite.size
    assert found is None or (np.diff(found["edges"]) > 0).all()
    assert (
        found is not None
        or not finite.size
        or np.ptp(finite) <= 1e-5 * np.abs(finite).max() + 1e-299
        or (np.abs(finite).max() >= 1e300)
    )
