from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackexp.errors import UsageError
from trackexp.evaluation import evaluate, evaluate_batches, merge_evaluations
from trackexp.evaluation.metrics import calibration as calibration_bins

COUNTED = ["accuracy", "balanced_accuracy", "mcc", "cohen_kappa", "f1_macro", "precision_weighted", "n", "n_absent"]


def parts_of(y, p, cuts, **options):
    """Evaluate the rows between cuts, each part for itself."""
    ends = sorted({0, *cuts, len(y)})
    return [evaluate(y[a:b], p[a:b], **options) for a, b in pairwise(ends)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 299), max_size=6), st.sampled_from([2, 3, 70]), st.booleans())
def test_parts_add_up_to_the_whole(generated, cuts, k, positive_only):
    """Parts of disjoint rows give every number of the whole: counts exactly, sums to rounding."""
    y, p = generated(81, 300, k, 3, 4)
    p = p[:, 1] if k == 2 and positive_only else p
    whole, merged = evaluate(y, p), merge_evaluations(parts_of(y, p, cuts))

    assert {n: whole[n] for n in COUNTED} == {n: merged[n] for n in COUNTED}
    assert pytest.approx(whole.numbers, abs=1e-9, nan_ok=True) == merged.numbers
    assert whole.predictions.equals(merged.predictions)


@pytest.mark.parametrize("k", [2, 5, 30])
def test_parts_without_rows_add_up_to_the_whole(generated, k):
    """Sums alone give the same numbers; areas come from counted scores, within a thousandth of a percent."""
    y, p = generated(82, 4000, k, 4, 5)
    whole = evaluate(y, p)
    merged = merge_evaluations(parts_of(y, p, [1000, 1500], keep_rows=False))
    near = ("auroc", "average_precision")
    same = {n for n in whole.numbers if not n.startswith(near)} - {"ece_equal_mass"}

    assert merged.rows is None
    assert pytest.approx({n: whole[n] for n in same}, abs=1e-9) == {n: merged[n] for n in same}
    assert pytest.approx(whole["auroc_ovr_macro"], abs=1e-5) == merged["auroc_ovr_macro"]
    assert pytest.approx(whole["average_precision_macro"], abs=1e-3) == merged["average_precision_macro"]
    assert np.isnan(merged["ece_equal_mass"])
    assert whole.reliability().equals(merged.reliability()) or np.allclose(
        whole.sums.top.gap, merged.sums.top.gap, equal_nan=True
    )


def test_one_vs_one_areas_of_sums_are_had_for_few_classes(generated):
    """Up to sixteen classes every pair is counted; beyond, its area is left out, not guessed."""
    few, many = (evaluate(*generated(83, 2000, k, 4, 5), keep_rows=False) for k in (5, 30))
    exact = evaluate(*generated(83, 2000, 5, 4, 5))

    assert pytest.approx(exact["auroc_ovo_macro"], abs=1e-5) == few["auroc_ovo_macro"]
    assert np.isnan(many["auroc_ovo_macro"])


def test_a_part_with_rows_and_one_without_add_up(generated):
    """A part that kept its rows joins one that did not: sums remain."""
    y, p = generated(84, 1000, 4, 4, 5)
    first, second = evaluate(y[:400], p[:400]), evaluate(y[400:], p[400:], keep_rows=False)

    for merged in (first + second, second + first):
        assert merged.rows is None
        assert pytest.approx(evaluate(y, p)["auroc_ovr_macro"], abs=1e-5) == merged["auroc_ovr_macro"]


def test_parts_travel_between_processes(generated):
    """A part of sums survives pickling, small and whole."""
    y, p = generated(85, 3000, 4, 4, 5)
    part = evaluate(y, p, keep_rows=False)
    again = pickle.loads(pickle.dumps(part))

    assert part.to_json() == again.to_json()


def test_ids_groups_and_inputs_join(digits_like):
    """Merged parts keep ids, groups and inputs in order; other parts' names do not survive."""
    halves = [
        evaluate(**{k: v if isinstance(v, (list, str)) else v[s] for k, v in digits_like.items()} | {"part": name})
        for s, name in ((slice(0, 1000), "valid"), (slice(1000, None), "test"))
    ]
    merged = halves[0] + halves[1]

    assert digits_like["ids"].tolist() == merged.data.ids.tolist()
    assert digits_like["groups"].tolist() == merged.data.groups.tolist()
    assert np.array_equal(digits_like["inputs"], merged.data.inputs)
    assert merged.part is None


def test_blocks_do_not_show(monkeypatch, generated):
    """The number of rows read at once changes nothing but rounding."""
    from trackexp.evaluation.metrics import blocks

    y, p = generated(86, 1000, 6, 4, 5)
    whole = evaluate(y, p)
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 64)

    assert pytest.approx(whole.numbers, abs=1e-9) == evaluate(y, p).numbers


def test_few_and_many_classes_are_read_alike(monkeypatch, generated):
    """The path of many classes gives the sums of the path of few."""
    from trackexp.evaluation.metrics import blocks

    y, p = generated(87, 1000, 8, 4, 5)
    for dtype in (np.float32, np.float64):
        few = evaluate(y, p.astype(dtype))
        monkeypatch.setattr(blocks, "_FEW_CLASSES", 1)
        many = evaluate(y, p.astype(dtype))
        monkeypatch.undo()

        assert pytest.approx(few.numbers, abs=1e-9) == many.numbers
        assert np.array_equal(few.sums.classwise.count, many.sums.classwise.count)
        assert np.array_equal(few.sums.classwise.hits, many.sums.classwise.hits)


def test_bins_count_every_row_once(generated):
    """Counts of bins sum to the rows, in every class."""
    y, p = generated(88, 500, 3, 4, 5)
    sums = evaluate(y, p).sums

    assert [500] * 3 == sums.classwise.count.sum(1).tolist()
    assert 500 == sums.top.count.sum()
    assert np.bincount(y).tolist() == sums.classwise.hits.sum(1).tolist()
    assert 15 == calibration_bins.check_bins(15)


@pytest.mark.parametrize("k", [2, 5, 20])
def test_a_stream_is_evaluated_without_being_held(generated, k):
    """Batches of any size give the numbers of all rows at once, from sums alone."""
    y, p = generated(89, 20_000, k, 4, 5)
    p = p[:, 1] if k == 2 else p
    sizes = np.cumsum(np.random.default_rng(0).integers(1, 900, 60))
    cuts = [0, *sizes[sizes < 20_000].tolist(), 20_000]
    stream = evaluate_batches(((y[a:b], p[a:b]) for a, b in pairwise(cuts)), part="test")
    whole = evaluate(y, p)
    same = {n for n in whole.numbers if not n.startswith(("auroc", "average"))} - {"ece_equal_mass"}

    assert stream.rows is None
    assert pytest.approx({n: whole[n] for n in same}, abs=1e-9) == {n: stream[n] for n in same}
    assert pytest.approx(whole["auroc_ovr_macro"], abs=1e-5) == stream["auroc_ovr_macro"]
    assert whole.top_k(2) == stream.top_k(2)


def test_a_stream_names_bad_rows_by_their_number_in_it():
    """The 10,001st row of a stream is row 10000, whatever batch it came in."""
    good, bad = np.full((100, 2), 0.5), np.full((1, 2), np.nan)
    batches = [(np.zeros(100, int), good)] * 100 + [([0], bad)]
    with pytest.raises(UsageError, match="10000"):
        evaluate_batches(batches)


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        ([], "no batches"),
        ([([0], [[0.5, 0.5]]), ([0], [[0.5, 0.3, 0.2]])], "columns"),
        ([([[1, 1]], [[0.5, 0.9]])], "several labels"),
        ([([0, 1], [[0.5, 0.5]])], "one target and one row"),
    ],
)
def test_streams_that_do_not_fit_are_usage_errors(batches, said):
    """Streams of nothing, of changing columns or of other tasks are refused."""
    with pytest.raises(UsageError, match=said):
        evaluate_batches(batches)
