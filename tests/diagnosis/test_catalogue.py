from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = {
    "wine_as_yes_or_no": "bce-on-categorical",
    "one_unit_of_categories": "cce-on-single-unit",
    "class_numbers_for_columns": "cce-with-integer-labels",
    "squared_error_of_digits": "mse-on-classification",
    "cultivar_as_a_number": "regression-on-class-ids",
    "several_tags_compete": "cce-on-multilabel",
    "logits_taken_for_classes": "linear-without-from-logits",
    "softmax_of_a_softmax": "double-activation",
    "sigmoid_for_large_numbers": "output-range-too-small",
    "softmax_of_three_quantities": "softmax-on-regression",
    "softmax_inside": "softmax-hidden",
    "softmax_over_time": "softmax-wrong-axis",
    "softmax_of_one_unit": "softmax-single-unit",
    "deep_and_linear": "missing-nonlinearity",
    "ninety_percent_by_saying_no": "binary-metric-on-multiclass",
    "logits_cut_at_a_half": "metric-threshold-on-logits",
    "one_target_for_every_pixel": "missing-flatten",
    "an_answer_at_every_step": "return-sequences-broadcast",
    "one_unit_in_the_middle": "bottleneck",
    "dropout_of_nearly_all": "dropout-too-high",
    "dropout_of_the_answer": "dropout-on-output",
    "statistics_of_two_rows": "batchnorm-tiny-batch",
    "everything_frozen": "nothing-trainable",
    "share_of_exact_numbers": "accuracy-on-regression",
    "missing_measurements": "nan-in-inputs",
    "unanswered_questions": "nan-in-labels",
    "divided_by_255_twice": "double-scaling",
    "channels_before_rows": "channels-first-data",
    "comparison_that_is_never_true": "constant-labels",
    "answer_among_the_columns": "target-leakage",
    "oversampled_before_the_split": "train-val-leakage",
    "scaler_on_one_part_only": "val-distribution-shift",
    "one_digit_after_the_other": "unshuffled-sorted",
    "cultivars_in_order": "sorted-validation-split",
    "minus_one_and_one": "labels-out-of-range",
    "nine_units_for_ten_digits": "too-few-output-units",
    "vocabulary_without_the_last_word": "index-out-of-vocab",
    "clipped_to_nothing": "gradient-clipped-to-zero",
    "nobody_validates": "monitor-missing",
    "stops_when_it_gets_better": "early-stopping-misconfigured",
}
TWINS = ("wine_as_yes_or_no", "deep_and_linear", "missing_measurements", "scaler_on_one_part_only")


@pytest.fixture(scope="module")
def said() -> dict[str, list[str]]:
    """What the runs of all programs said, by program; trained in one process, which imports TensorFlow once."""
    repository = Path(__file__).parents[2]
    script = Path(__file__).with_name("catalogue_programs.py")
    programs = [*PROGRAMS, *(f"{name}:fixed" for name in TWINS)]
    answer = subprocess.run(
        [sys.executable, str(script), str(repository / "benchmarks"), *programs],
        capture_output=True,
        text=True,
        timeout=1800,
        check=True,
        env={**os.environ, "WANDB_MODE": "offline", "WANDB_SILENT": "true", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    lines = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
    return {line["program"]: line["found"] for line in lines}


@pytest.mark.heavy
@pytest.mark.parametrize(("program", "name"), PROGRAMS.items())
def test_a_live_fit_names_the_fault(said: dict[str, list[str]], program: str, name: str):
    """From the facts that a real model, real data and a real training give."""
    assert name in said[program]


@pytest.mark.heavy
@pytest.mark.parametrize("program", TWINS)
def test_a_repaired_program_raises_no_alarm(said: dict[str, list[str]], program: str):
    """The same program without the fault."""
    assert [] == said[f"{program}:fixed"]
