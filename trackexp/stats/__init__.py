"""Numbers with uncertainty: intervals, tests of two or many, and their corrections."""

from __future__ import annotations

from trackexp.stats.adversarial import Adversarial, adversarial_validation
from trackexp.stats.bootstrap import bootstrap_interval, paired_bootstrap, resample
from trackexp.stats.digests import repeated, row_digests, set_digest, table_digests
from trackexp.stats.effect import POWER, hedges_g, paired_g, repetitions_needed, t_power
from trackexp.stats.interval import Interval, check_level, normal_quantile
from trackexp.stats.mcnemar import mcnemar_p_value
from trackexp.stats.means import (
    TestResult,
    five_by_two_f_test,
    nadeau_bengio_interval,
    nadeau_bengio_test,
    paired_t_test,
    single_case_test,
    t_interval,
    welch_test,
)
from trackexp.stats.multiple import benjamini_hochberg, holm
from trackexp.stats.paired import permutation_p_value, two_sample_permutation_p_value, wilcoxon_p_value
from trackexp.stats.proportions import difference_interval, rate_difference_p_value, wilson_interval
from trackexp.stats.roc_area import Auc, AucDifference, auc, delong_test, placements
from trackexp.stats.selection import (
    bootstrap_bias_corrected,
    corrected_standard_error,
    prediction_interval,
    tibshirani_bias,
)
from trackexp.stats.sketch import SKETCH_SIZE, Overlap, RowSketch

__all__ = [
    "POWER",
    "SKETCH_SIZE",
    "Adversarial",
    "Auc",
    "AucDifference",
    "Interval",
    "Overlap",
    "RowSketch",
    "TestResult",
    "adversarial_validation",
    "auc",
    "benjamini_hochberg",
    "bootstrap_bias_corrected",
    "bootstrap_interval",
    "check_level",
    "corrected_standard_error",
    "delong_test",
    "difference_interval",
    "five_by_two_f_test",
    "hedges_g",
    "holm",
    "mcnemar_p_value",
    "nadeau_bengio_interval",
    "nadeau_bengio_test",
    "normal_quantile",
    "paired_bootstrap",
    "paired_g",
    "paired_t_test",
    "permutation_p_value",
    "placements",
    "prediction_interval",
    "rate_difference_p_value",
    "repeated",
    "repetitions_needed",
    "resample",
    "row_digests",
    "set_digest",
    "single_case_test",
    "t_interval",
    "t_power",
    "table_digests",
    "tibshirani_bias",
    "two_sample_permutation_p_value",
    "welch_test",
    "wilcoxon_p_value",
    "wilson_interval",
]
