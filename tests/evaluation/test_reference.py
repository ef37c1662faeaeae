from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.evaluation import evaluate, profit_from_rates
from trackexp.evaluation.metrics.calibration import ece_equal_mass
from trackexp.evaluation.metrics.reliability import noise_floor

MULTICLASS = ["calibrated", "underconfident", "k100", "edges_2col", "single_class", "tie_argmax"]
BINARY = ["bin_over", "bin_one_exact", "bin_single_class"]

# our name of each of the reference's metrics; those with a number of bins are looked up without it
NAMES = {
    "f1_macro_seen_classes": "f1_macro",
    "f1_weighted_seen_classes": "f1_weighted",
    "average_precision_macro_present": "average_precision_macro",
    "ece_top_width": "ece",
    "ece_pos_width": "ece",
    "mce_top_width": "mce",
    "mce_pos_width": "mce",
    "rmsce_top_width": "rmsce",
    "ace_bin_mean_width": "ace_bin_mean",
    "debiased_l2sq_top_width": "debiased_l2sq",
    "ece_classwise_mean_width": "ece_classwise",
}


def bins_of(case):
    """Return the number of bins that a case's names end in."""
    return next(int(name[-2:]) for name in case["expected"] if "width" in name)


def ours(case, metric, bins):
    """Return our value of one of the reference's metrics."""
    result = evaluate(case["y"], case["p"], calibration_bins=bins)
    name = metric.removesuffix(str(bins))
    if metric in ("smece", "smece_top"):
        return result.smooth_ece
    if metric == "ks_calibration_stat_mapie":
        return result.largest_cumulative_difference
    if name == "ece_toplabel_of_2col_width":
        return evaluate(case["y"], np.stack([1 - case["p"], case["p"]], 1), calibration_bins=bins).ece
    if name == "ece_top_mass":  # the reference cuts through ties in the order of the rows; ours merges them
        hit = result.outcomes.prediction == case["y"]
        return ece_equal_mass(result.outcomes.confidence, hit, bins, merge_ties=False)[0]
    return result[NAMES.get(name, NAMES.get(metric, metric))]


def undefined(expected):
    """Whether the reference's own formula, or scikit-learn, says NaN, and one library counts a 0 instead."""
    return expected["value"] == 0.0 and ("NaN" in expected["by"].values() or list(expected["by"]) == ["torchmetrics"])


@pytest.mark.parametrize("name", MULTICLASS + BINARY)
def test_every_reference_value_is_met(reference, number, name):
    """Each metric of each case equals the reference to 1e-6; an undefined area is NaN, never 0."""
    case = reference[name]
    bins = bins_of(case)
    off = {}
    for metric, expected in case["expected"].items():
        value = math.nan if metric.startswith("auroc") and undefined(expected) else number(expected["value"])
        seen = ours(case, metric, bins)
        if seen != pytest.approx(value, abs=1e-6, nan_ok=True):
            off[metric] = (value, seen)

    assert {} == off


@pytest.mark.parametrize("name", MULTICLASS + BINARY)
def test_the_inputs_are_those_of_the_reference(reference, name):
    """Labels and probabilities have the reference's hash, bit by bit."""
    case = reference[name]
    digest = hashlib.sha256(case["y"].astype("<i8").tobytes() + np.ascontiguousarray(case["p"], "<f8").tobytes())

    assert case["sha256_16"] == digest.hexdigest()[:16]


@pytest.mark.parametrize("name", MULTICLASS)
def test_confusion_counts_are_met(reference, name):
    """The confusion matrix equals the reference where it gives one."""
    expected = reference[name]["confusion_rows_true"]
    if expected is not None:
        result = evaluate(reference[name]["y"], reference[name]["p"])

        assert expected == result.confusion.to_numpy().tolist()


def test_the_nan_case_is_an_error_that_names_the_row(reference):
    """Where three libraries print a number for a NaN row, ours names the row."""
    case = reference["nan"]
    with pytest.raises(UsageError, match=r"NaN or infinite in id 'second'"):
        evaluate(case["y"], case["p"], ids=["first", "second", "third"])


def test_the_lemon_sheet_from_rates():
    """The printed rates give 101,686.35, and their flag-all and flag-none costs."""
    sheet = profit_from_rates(
        false_positive_rate=0.0164, false_negative_rate=0.148, prevalence=0.129,
        false_positive=0.25, false_negative=1.50, units=1_500_000, baseline=0.10,
    )  # fmt: skip

    assert "101686.35" == f"{sheet.total_saving:.2f}"
    assert pytest.approx((0.21775, 0.1935)) == (sheet.flag_all, sheet.flag_none)


@pytest.fixture
def lemons():
    """Return 210 lemons of which 27 are mouldy, with 3 false positives and 4 false negatives at 0.3."""
    y = np.repeat([1, 1, 0, 0], [23, 4, 3, 180])
    p = np.concatenate(
        [np.linspace(0.3, 0.99, 23), np.linspace(0.05, 0.29, 4), [0.3, 0.4, 0.5], np.linspace(0, 0.2, 180)]
    )
    return evaluate(y, p, class_names=["healthy", "mouldy"])


def test_the_lemon_sheet_from_counts(lemons):
    """The counts give the printed total, 101,785.71."""
    profit = lemons.profit(false_positive=0.25, false_negative=1.50, units=1_500_000, baseline=0.10)
    sheet = profit.at(0.3)

    assert (3, 4, 27, 183) == (sheet.false_positives, sheet.false_negatives, sheet.positives, sheet.negatives)
    assert "101785.71" == f"{sheet.total_saving:.2f}"
    assert 6.75 / 210 == sheet.average_cost


def test_the_lemon_sheet_has_an_interval(lemons):
    """Four misses of 27 leave the saving between about 51 and 128 thousand, and both rates a little more."""
    sheet = lemons.profit(0.25, 1.50, units=1_500_000, baseline=0.10).at(0.3)

    assert (51_000, 128_000) == pytest.approx(tuple(sheet.interval_of_misses), abs=600)
    assert sheet.interval.low < sheet.interval_of_misses.low
    assert sheet.interval.high > sheet.interval_of_misses.high


def test_a_calibrated_model_shows_the_error_of_chance(reference):
    """The calibrated case's ECE of 0.0156 is what calibrated labels show: the noise floor says so."""
    result = evaluate(reference["calibrated"]["y"], reference["calibrated"]["p"])
    floor = result.noise_floor()

    assert result.ece in floor.interval
    assert floor.p_value > 0.05


def test_the_noise_floor_finds_a_model_that_is_off(reference):
    """An underconfident model's ECE is far above the floor."""
    case = reference["underconfident"]
    result = evaluate(case["y"], case["p"])

    assert result.ece > 5 * noise_floor(result.outcomes.confidence, result.ece, 15).mean
    assert result.noise_floor().p_value < 0.01
