"""Names that thresholds of rules bore before: by rule, the old name and the one of today."""

from __future__ import annotations

from collections.abc import Mapping

RENAMED: Mapping[str, Mapping[str, str]] = {
    "overfitting": {
        "age": "min_epochs_since_best",
        "rise": "min_val_loss_rise",
        "weight": "min_rise_of_constant",
        "rows": "min_val_rows",
    },
    "bottleneck": {"units": "max_units", "after": "min_next_units"},
    "dropout-too-high": {"rate": "min_warning_rate", "remark": "min_info_rate", "left": "max_kept_features"},
    "dropout-before-batchnorm": {"rate": "min_rate"},
    "batchnorm-tiny-batch": {"values": "max_values_per_feature"},
    "underfitting-capacity": {
        "slowed": "max_pace_ratio",
        "moved": "max_total_drop",
        "updates": "min_updates_for_neighbours",
        "found": "max_found_share",
    },
    "over-regularized": {"share": "min_penalty_share", "shrunk": "max_weight_ratio", "failed": "min_loss_ratio"},
    "too-much-pooling": {"side": "min_image_side"},
    "bce-on-categorical": {"classes": "min_classes", "rows": "min_rows", "softmax_rows": "min_rows_softmax"},
    "mse-on-classification": {"rows": "min_rows"},
    "abs-loss-on-binary": {"rows": "min_rows"},
    "regression-on-class-ids": {"classes": "min_classes", "most": "max_classes"},
    "cce-on-multilabel": {"share": "max_one_hot_share", "rows": "min_rows"},
    "bce-on-regression": {"margin": "min_excess"},
    "custom-loss-wrong-sign": {
        "epochs": "min_epochs",
        "size": "min_loss_size",
        "speed": "min_speedup",
        "times": "min_spread_ratio",
        "looks": "min_probes",
        "bound": "max_loss",
        "worse": "max_accuracy_ratio",
    },
    "nan-in-loss": {"looks": "min_probes"},
    "loss-scale-imbalance": {"ratio": "min_loss_ratio"},
    "class-weight-inverted": {"factor": "min_imbalance_growth", "imbalance": "min_class_ratio"},
    "loss-not-averaged": {"first": "min_loss_ratio"},
    "output-range-too-small": {"margin": "min_excess_share", "rows": "min_rows"},
    "softmax-on-regression": {"share": "max_row_sum_share", "rows": "min_rows"},
    "softmax-hidden": {"units": "min_units"},
    "missing-nonlinearity": {"layers": "min_linear_layers"},
    "accuracy-on-regression": {"values": "min_distinct_values"},
    "binary-metric-on-multiclass": {"classes": "min_classes", "rows": "min_rows"},
    "inputs-not-normalized": {"size": "min_abs_percentile_99", "spread": "min_std_ratio", "share": "min_loss_ratio"},
    "targets-not-scaled": {"offset": "min_mean_in_stds", "spread": "min_std", "share": "min_loss_ratio"},
    "nan-in-inputs": {"share": "min_share"},
    "inf-in-inputs": {"share": "min_share"},
    "nan-in-labels": {"share": "min_share"},
    "constant-inputs": {"rows": "min_rows", "features": "min_features"},
    "double-scaling": {"room": "max_peak_ratio", "scale": "max_rescaling"},
    "channels-first-data": {"side": "min_image_side"},
    "constant-labels": {"rows": "min_rows"},
    "misaligned-labels": {
        "found": "max_reference_score",
        "gain": "min_shift_gain",
        "never": "min_val_loss_ratio",
        "rows": "min_rows",
        "epochs": "min_epochs",
        "heart": "min_train_loss_drop",
    },
    "augmentation-label-mismatch": {
        "times": "min_loss_ratio",
        "fewer": "min_score_drop",
        "looks": "min_probes",
        "still": "max_loss_drop_per_epoch",
    },
    "class-imbalance": {"share": "max_minority_share", "rows": "min_rows", "margin": "max_accuracy_gap"},
    "target-leakage": {
        "correlation": "min_correlation",
        "features": "min_features",
        "rows": "min_rows",
        "evenness": "min_std_ratio",
    },
    "train-val-leakage": {"share": "min_overlap_share", "rows": "min_rows", "factor": "min_repeat_ratio"},
    "val-distribution-shift": {"scale": "min_scale_ratio", "share": "min_shifted_share", "features": "min_features"},
    "unshuffled-sorted": {"rows": "min_rows", "each": "min_rows_per_class"},
    "sorted-validation-split": {"share": "min_unseen_share", "rows": "min_val_rows"},
    "lr-too-high": {
        "thrown": "min_initial_ratio",
        "back": "min_final_ratio",
        "climb": "min_climb_ratio",
        "usual": "min_default_ratio",
    },
    "lr-too-low": {
        "epochs": "min_epochs",
        "drop": "max_loss_drop",
        "share": "min_loss_ratio",
        "small": "max_default_ratio",
        "plateau": "min_plateau_values",
        "flat": "max_plateau_change",
    },
    "lr-decay-too-fast": {"early": "max_early_ratio", "half": "max_halfway_ratio", "epochs": "min_epochs"},
    "too-few-epochs": {
        "updates": "max_updates",
        "drop": "min_last_drop",
        "rows": "min_rows",
        "validations": "max_validations",
    },
    "batch-too-large": {
        "share": "min_batch_share",
        "rows": "min_rows",
        "updates": "max_updates",
        "pace": "min_pace_ratio",
        "drop": "min_last_drop",
    },
    "batch-too-small": {"size": "max_batch_size", "rows": "min_rows", "rising": "min_rising_share"},
    "gradient-clipped-to-zero": {"way": "max_path_length", "epsilon": "max_adaptive_clip"},
    "steps-per-epoch-too-small": {"share": "max_seen_share"},
    "exploding-gradient": {
        "growth": "min_growth",
        "norm": "min_gradient_norm",
        "least": "min_initial_rms",
        "large": "min_rms",
    },
    "vanishing-gradient": {"ratio": "max_gradient_ratio", "looks": "min_probes"},
    "dead-relu": {"share": "min_dead_share", "whole": "min_fatal_share", "units": "min_units"},
    "bad-init": {"gain": "min_gain", "bias": "max_bias"},
    "frozen-untrained": {"layers": "min_layers"},
    "saturated-activation": {"share": "min_saturated_share"},
    "best-epoch-is-last": {"epochs": "min_epochs", "part": "tail_share", "share": "min_gain_share"},
    "seeds-outweigh-configs": {"ratio": "min_spread_ratio"},
    "duplicate-run": {"values": "min_values"},
    "other-code": {"keys": "max_changed_keys"},
}


def new_name(rule: str, key: str) -> str:
    """Return the name of today of a rule's threshold; the key itself where it never had another.

    >>> new_name("overfitting", "age"), new_name("overfitting", "min_val_rows")
    ('min_epochs_since_best', 'min_val_rows')
    """
    return RENAMED.get(rule, {}).get(key, key)
