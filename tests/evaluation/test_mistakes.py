from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackexp.errors import MissingExtraError, UsageError
from trackexp.evaluation import category_summary, evaluate
from trackexp.evaluation.mistakes import slice_errors


@pytest.fixture
def result(digits_like):
    """Return the evaluation of rows with a bad site."""
    return evaluate(**digits_like)


def test_the_predictions_table_has_every_column(result, digits_like):
    """One line a row: what was given, said and true, and an empty category."""
    table = result.predictions
    expected = [
        "row", "id", "input", "target", "prediction", "probability", "prediction != target", "target - probability",
        "entropy", "part", "group", "category",
    ]  # fmt: skip
    y, p = digits_like["y_true"], digits_like["y_prob"]

    assert expected == list(table.columns)
    assert (p.argmax(1) != y).tolist() == table["prediction != target"].tolist()
    assert np.allclose(1 - p[np.arange(3000), y], table["target - probability"])
    assert {""} == set(table["category"])
    assert {"valid"} == set(table["part"])


def test_target_minus_probability_is_signed_for_binary():
    """A positive row of 0.3 lacks 0.7, a negative one has 0.3 too much."""
    table = evaluate([1, 0], [0.3, 0.3]).predictions

    assert [0.7, -0.3] == pytest.approx(table["target - probability"].tolist())
    assert [0.7, 0.7] == pytest.approx(table["probability"].tolist())


def test_confident_errors_are_the_surest_wrong_rows(result, digits_like):
    """Only wrong rows, the surest first, fifty unless asked otherwise."""
    table = result.confident_errors()
    p, wrong = digits_like["y_prob"].max(1), digits_like["y_prob"].argmax(1) != digits_like["y_true"]

    assert 50 == len(table)
    assert table["prediction != target"].all()
    assert np.sort(p[wrong])[::-1][:50].tolist() == table["probability"].tolist()
    assert digits_like["ids"][table["row"]].tolist() == table["id"].tolist()


def test_unsure_errors_are_the_most_even_wrong_rows(result):
    """Wrong rows by falling entropy."""
    table = result.unsure_errors(10)

    assert 10 == len(table)
    assert table["prediction != target"].all()
    assert table["entropy"].is_monotonic_decreasing
    assert table["entropy"].iloc[0] > result.confident_errors(10)["entropy"].max()


def test_false_positives_come_by_the_class_they_were_taken_for(result):
    """Each class's false positives, the surest first; together they are all errors."""
    every, bags = result.false_positives(), result.false_positives("bag")

    assert int((result.outcomes.prediction != result.data.y_true).sum()) == len(every)
    assert {"bag"} == set(bags["prediction"])
    assert bags["probability"].is_monotonic_decreasing


def test_a_perfect_model_has_empty_tables():
    """Without errors every list of errors is empty, and nothing fails."""
    result = evaluate([0, 1], [[0.9, 0.1], [0.1, 0.9]])

    assert 0 == len(result.confident_errors()) == len(result.unsure_errors()) == len(result.false_positives())
    assert [] == result.error_clusters()
    assert 0 == len(result.suspect_labels("confident"))


def test_the_worst_slice_leads_and_is_significant(result):
    """The bad site stands first, with a corrected p-value that finds it and spares the others."""
    table = result.slices()

    assert "B" == table["value"].iloc[0]
    assert table["p_holm"].iloc[0] < 0.001
    assert table["error_rate"].iloc[0] > table["rate_of_others"].iloc[0]


def test_three_bad_rows_of_three_do_not_lead():
    """A slice of three errors in three rows stands behind one of eighty in a hundred."""
    wrong = np.r_[np.ones(3), np.ones(80), np.zeros(20), np.zeros(500)].astype(bool)
    site = np.repeat(["tiny", "bad", "good"], [3, 100, 500])

    assert ["bad", "tiny", "good"] == slice_errors(wrong, {"site": site})["value"].tolist()


def test_numbers_of_many_values_are_cut_at_their_quartiles():
    """A numeric attribute makes four slices, and one for what is missing."""
    values = np.r_[np.arange(200.0), np.nan]
    table = slice_errors(np.r_[values[:-1] > 150, False], {"age": values})

    assert 5 == len(table)
    assert "above 149.25" == table["value"].iloc[0]
    assert "missing" in set(table["value"])


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=60))
def test_slices_hold_every_row_once(rows):
    """Rows and errors of an attribute's slices add up to all."""
    wrong = np.array([r[1] for r in rows])
    table = slice_errors(wrong, {"x": [r[0] for r in rows]})

    assert (len(rows), int(wrong.sum())) == (table["n"].sum(), table["errors"].sum())
    assert (table["p_holm"].dropna() >= table["p_value"].dropna()).all()


def test_clusters_tell_what_their_members_share(result):
    """The errors of the bad site, which lie apart in the inputs, are a cluster that names the site."""
    clusters = result.error_clusters(n_clusters=2)
    wrong = int((result.outcomes.prediction != result.data.y_true).sum())
    site = next(cluster for cluster in clusters if cluster.shared and cluster.shared[0][:2] == ("group", "B"))

    assert wrong == sum(cluster.size for cluster in clusters)
    assert site.shared[0][2] > 0.95
    assert 5 == len(site.typical)
    assert "of group B" in str(site)
    assert clusters[0].size >= clusters[1].size


def test_the_number_of_clusters_is_found():
    """Three heaps of errors are three clusters."""
    rng = np.random.default_rng(0)
    centres = np.repeat([[0, 0], [20, 0], [0, 20]], 40, axis=0)
    vectors = centres + rng.normal(size=(120, 2))
    result = evaluate(np.zeros(120, int), np.tile([0.2, 0.8], (120, 1)))

    assert [40, 40, 40] == [cluster.size for cluster in result.error_clusters(vectors)]


def test_identical_errors_are_one_cluster():
    """Errors that cannot be told apart do not break the clustering."""
    result = evaluate([0, 0, 0], [[0.2, 0.8]] * 3)

    assert [3] == [cluster.size for cluster in result.error_clusters()]


def test_exchanged_labels_are_suspected(generated):
    """Of 40 exchanged labels most are found, and most of what is found is exchanged."""
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 1000)
    p = rng.dirichlet([1, 1, 1], 1000) * 0.15 + np.eye(3)[y] * 0.85
    swapped = rng.permutation(1000)[:40]
    y[swapped] = (y[swapped] + 1) % 3
    table = evaluate(y, p).suspect_labels("confident")
    found = set(table["row"]) & set(swapped)

    assert len(found) >= 34
    assert len(found) / len(table) >= 0.9
    assert (table["suggested"] != table["target"]).all()
    assert "confident" == table.attrs["method"]


@pytest.mark.skipif(find_spec("cleanlab") is not None, reason="cleanlab is installed")
def test_without_cleanlab_the_extra_is_named(result):
    """Asking for cleanlab without it says what to install; `auto` falls back and says so."""
    with pytest.raises(MissingExtraError, match=r'pip install "trackexp\[labels\]"'):
        result.suspect_labels("cleanlab")
    assert "confident" == result.suspect_labels().attrs["method"]


def test_categories_of_a_person_are_counted_and_costed(result):
    """Filled-in categories are counted, costed and ranked, the dearest first; empty ones are left out."""
    table = result.confident_errors(4)
    table["category"] = ["poor lighting", "blurred ", "poor lighting", None]
    by_count = category_summary(table)
    by_cost = category_summary(table, pd.Series([1.0, 9.0, 1.0, 0.0], index=table.index))

    assert [["poor lighting", 2], ["blurred", 1]] == by_count[["category", "n"]].to_numpy().tolist()
    assert ["blurred", "poor lighting"] == by_cost["category"].tolist()
    with pytest.raises(UsageError, match="did you mean 'categories'"):
        category_summary(table.rename(columns={"category": "categories"}))


def test_attributes_are_sliced_and_what_clusters_share_is_said(digits_like):
    """What else is known of each row names the slice that is worse, and stands in the cluster's sentence."""
    site = digits_like["groups"]
    options = {name: value for name, value in digits_like.items() if name not in ("groups", "y_true", "y_prob")}
    attributes = {"camera": np.where(site == "B", "old", "new"), "age": np.linspace(20, 60, 3000)}
    result = evaluate(digits_like["y_true"], digits_like["y_prob"], attributes=attributes, **options)
    worst = result.slices().iloc[0]

    assert ("camera", "old") == (worst["attribute"], worst["value"])
    assert 6 == len(result.slices())
    assert any("of camera old" in str(cluster) for cluster in result.error_clusters())
    part = result.take(np.arange(100))
    assert {"camera", "age"} == set((part + result.take(np.arange(100, 200))).slices()["attribute"])


def test_an_attribute_that_does_not_fit_is_a_usage_error():
    """One value a row."""
    with pytest.raises(UsageError, match=r"attribute 'camera' has shape \(1,\)"):
        evaluate([0, 1], [0.2, 0.8], attributes={"camera": ["old"]})
