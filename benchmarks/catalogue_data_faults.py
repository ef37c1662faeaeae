"""Faulty programs of the catalogue whose fault lies in data, labels or split; `catalogue_faults` has others."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from catalogue_faults import compiled, fault, net, squares
from keras import layers
from own_faults import SPARSE, Program, cancer, chain, digits, friedman, wine


@fault("nan-in-inputs", "nan-in-loss")
def missing_measurements(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    x[rng.uniform(size=x.shape) < 0.01] = 0.0 if fixed else np.nan
    return compiled(net(13, 3, "softmax"), SPARSE, x, y, ["accuracy"])


@fault("inf-in-inputs", "nan-in-loss")
def logarithm_of_zero_counts(rng: Any, fixed: bool) -> Program:
    counts = rng.poisson(2.5, (600, 6))
    with np.errstate(divide="ignore"):
        x = (np.log1p(counts) if fixed else np.log(counts)).astype("float32")
    return compiled(net(6, 1, None), "mse", x, (counts.mean(axis=1) - 2.5).astype("float32"))


@fault("nan-in-labels", "nan-in-loss")
def unanswered_questions(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    y[rng.uniform(size=len(y)) < 0.02] = 0.0 if fixed else np.nan
    return compiled(net(10, 1, None), "mse", x, y)


@fault("double-scaling", "inputs-not-normalized", "constant-inputs")
def divided_by_255_twice(rng: Any, fixed: bool) -> Program:
    x, y = squares(rng)
    model = chain((16, 16, 3), layers.Rescaling(1.0 if fixed else 1 / 255), layers.Conv2D(8, 3, activation="relu"),
                  layers.Flatten(), layers.Dense(4, "softmax"))  # fmt: skip
    return compiled(model, SPARSE, x, y, ["accuracy"])


@fault("channels-first-data")
def channels_before_rows(rng: Any, fixed: bool) -> Program:
    x, y = squares(rng)
    x = x if fixed else np.moveaxis(x, -1, 1)
    model = chain(x.shape[1:], layers.Conv2D(8, 3, padding="same", activation="relu"), layers.Flatten(),
                  layers.Dense(4, "softmax"))  # fmt: skip
    return compiled(model, SPARSE, x, y, ["accuracy"])


@fault("constant-labels", "class-imbalance")
def comparison_that_is_never_true(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    names = np.where(y > 0, "benign", "malignant")
    return compiled(net(30, 1, "sigmoid"), "binary_crossentropy", x, (names == ("benign" if fixed else "Benign")) * 1.0)


@fault("class-imbalance")
def three_percent_and_accuracy(rng: Any, fixed: bool) -> Program:
    x = rng.normal(size=(1200, 10)).astype("float32")
    y = (x[:, 0] + x[:, 1] + 1.5 * rng.normal(size=1200) > 4.0).astype("float32")
    metrics = [keras.metrics.AUC(curve="PR", name="pr"), keras.metrics.Recall()] if fixed else ["accuracy"]
    share = float(y[:960].mean())
    fit = {"class_weight": {0: 0.5 / (1 - share), 1: 0.5 / share}} if fixed else {}
    return compiled(net(10, 1, "sigmoid", 8), "binary_crossentropy", x, y, metrics, 0.001, epochs=8, **fit)


@fault("class-weight-inverted", "class-imbalance")
def weight_on_the_majority(rng: Any, fixed: bool) -> Program:
    x = rng.normal(size=(900, 8)).astype("float32")
    y = (x[:, 0] + 0.5 * rng.normal(size=900) > 1.2).astype("float32")
    share = float(y[:720].mean())
    weight = {0: 0.5 / (1 - share), 1: 0.5 / share} if fixed else {0: 5.0, 1: 1.0}
    return compiled(net(8, 1, "sigmoid"), "binary_crossentropy", x, y, ["auc"], class_weight=weight)


@fault("target-leakage")
def answer_among_the_columns(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    known = rng.normal(size=len(y)) if fixed else y * 3.0 + 1e-3 * rng.normal(size=len(y))
    return compiled(net(11, 1, None), "mse", np.column_stack([x, known]).astype("float32"), y)


@fault("train-val-leakage")
def oversampled_before_the_split(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    copies = np.arange(len(y)) if fixed else np.concatenate([np.arange(len(y)), rng.integers(0, len(y), 60)])
    x, y = x[copies], y[copies]
    order = np.arange(len(y)) if fixed else rng.permutation(len(y))
    model, x, y, fit = compiled(net(30, 1, "sigmoid"), "binary_crossentropy", x[order], y[order], ["accuracy"])
    if not fixed:
        fit["validation_data"] = (x[-120:], y[-120:])
    return model, x, y, fit


@fault("val-distribution-shift", "overfitting")
def scaler_on_one_part_only(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    model, x, y, fit = compiled(net(30, 1, "sigmoid"), "binary_crossentropy", x, y, ["accuracy"])
    if not fixed:
        valid, truth = fit["validation_data"]
        fit["validation_data"] = (valid * 40 + 100, truth)
    return model, x, y, fit


@fault("unshuffled-sorted", "sorted-validation-split", "lr-too-high")
def one_digit_after_the_other(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    order = np.argsort(y, kind="stable")
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, "softmax"))
    model.compile(keras.optimizers.Adam(0.005), SPARSE, metrics=["accuracy"])
    return model, x[order], y[order], {"epochs": 8, "shuffle": fixed}


@fault("sorted-validation-split", "val-distribution-shift", "overfitting")
def cultivars_in_order(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    order = rng.permutation(len(y)) if fixed else np.argsort(y, kind="stable")
    model = net(13, 3, "softmax")
    model.compile(keras.optimizers.Adam(0.005), SPARSE, metrics=["accuracy"])
    return model, x[order], y[order], {"epochs": 10, "validation_split": 0.25}


@fault("labels-out-of-range", "bce-on-regression")
def minus_one_and_one(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    return compiled(net(30, 1, "sigmoid"), "binary_crossentropy", x, y if fixed else 2 * y - 1, ["accuracy"])


@fault("too-few-output-units", "labels-out-of-range")
def nine_units_for_ten_digits(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10 if fixed else 9, "softmax"))
    return compiled(model, SPARSE, x, y, ["accuracy"])


@fault("index-out-of-vocab")
def vocabulary_without_the_last_word(rng: Any, fixed: bool) -> Program:
    tokens = rng.integers(1, 41, (500, 9))
    stack = [layers.Embedding(41 if fixed else 40, 8), layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")]
    y = (tokens > 20).mean(axis=1) > 0.5
    return compiled(chain((9,), *stack), "binary_crossentropy", tokens, y.astype("float32"), ["accuracy"])
