"""One faulty program or more for every name of the catalogue that neither the shared benchmark nor `own_faults` has.

Here those that show in the program; `catalogue_data_faults` has those of data, split and labels, `catalogue_trainings`
those that show while a model is trained. They were written when rules and thresholds stood, and run once before
anything was changed: see `faultbench_own`. Their author had read the rules, which makes them easier than programs of
strangers.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers
from own_faults import SPARSE, Builder, Program, cancer, chain, digits, friedman, held_out, moons, wine

CATALOGUE: list[tuple[tuple[str, ...], Builder]] = []


def fault(*names: str) -> Any:
    """Enter a program under the names that are right for it, the fault's own first."""

    def enter(build: Builder) -> Builder:
        CATALOGUE.append((names, build))
        return build

    return enter


def one_hot(y: Any) -> Any:
    return keras.utils.to_categorical(y)


def net(inputs: int, outputs: int, end: str | None, hidden: int = 24) -> Any:
    return chain((inputs,), layers.Dense(hidden, "relu"), layers.Dense(outputs, end))


def compiled(model: Any, loss: Any, x: Any, y: Any, metrics: Any = None, rate: float = 0.005, **fit: Any) -> Program:
    model.compile(keras.optimizers.Adam(rate), loss, metrics=metrics)
    return model, *held_out(x, y, **{"epochs": 10, **fit})


def squares(rng: Any, rows: int = 600) -> tuple[Any, Any]:
    """Colour images of one bright square; the class is its quarter."""
    x, y = rng.uniform(0, 0.3, (rows, 16, 16, 3)), rng.integers(0, 4, rows)
    for row, place in enumerate(y):
        top, left = rng.integers(0, 5, 2) + 8 * np.array(divmod(int(place), 2))
        x[row, top : top + 3, left : left + 3] += 0.6
    return x.astype("float32"), y


def sines(rng: Any, rows: int = 500) -> tuple[Any, Any]:
    """Sequences of two tones, and which of them it is."""
    y = rng.integers(0, 2, rows)
    phase = rng.uniform(0, 6.28, (rows, 1))
    x = np.sin(phase + np.where(y == 1, 0.9, 0.4)[:, None] * np.arange(18)) + 0.1 * rng.normal(size=(rows, 18))
    return x[..., None].astype("float32"), y.astype("float32")


@fault("bce-on-categorical")
def wine_as_yes_or_no(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    loss = "categorical_crossentropy" if fixed else "binary_crossentropy"
    return compiled(net(13, 3, "softmax"), loss, x, one_hot(y), ["accuracy"])


@fault("bce-on-categorical", "sigmoid-on-multiclass")
def digits_of_ten_sigmoids(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    end, loss = ("softmax", "categorical_crossentropy") if fixed else ("sigmoid", keras.losses.BinaryCrossentropy())
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, end))
    return compiled(model, loss, x, one_hot(y), ["accuracy"])


@fault("cce-on-single-unit")
def one_unit_of_categories(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    loss = "binary_crossentropy" if fixed else "categorical_crossentropy"
    return compiled(net(30, 1, "sigmoid"), loss, x, y, ["accuracy"])


@fault("cce-with-integer-labels")
def class_numbers_for_columns(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    return compiled(net(13, 3, "softmax"), SPARSE if fixed else "categorical_crossentropy", x, y, ["accuracy"])


@fault("mse-on-classification")
def squared_error_of_digits(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, "softmax"))
    return compiled(model, "categorical_crossentropy" if fixed else "mse", x, one_hot(y), ["accuracy"])


@fault("mse-on-classification", "accuracy-on-regression")
def squared_error_of_moons(rng: Any, fixed: bool) -> Program:
    x, y = moons(rng)
    loss = "binary_crossentropy" if fixed else keras.losses.MeanSquaredError()
    return compiled(net(2, 1, "sigmoid"), loss, x, y, ["accuracy"])


@fault("regression-on-class-ids", "accuracy-on-regression", "mse-on-classification")
def cultivar_as_a_number(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    if fixed:
        return compiled(net(13, 3, "softmax"), SPARSE, x, y, ["accuracy"])
    return compiled(net(13, 1, None), "mse", x, y, ["accuracy"])


@fault("cce-on-multilabel")
def several_tags_compete(rng: Any, fixed: bool) -> Program:
    x = rng.normal(size=(600, 12)).astype("float32")
    y = (x @ rng.normal(size=(12, 6)) > 1).astype("float32")
    end, loss = ("sigmoid", "binary_crossentropy") if fixed else ("softmax", "categorical_crossentropy")
    return compiled(net(12, 6, end), loss, x, y)


@fault("linear-without-from-logits")
def logits_taken_for_classes(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=fixed)
    return compiled(net(13, 3, None), loss, x, y, ["accuracy"])


@fault("linear-without-from-logits")
def logit_taken_for_a_probability(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    return compiled(net(30, 1, "sigmoid" if fixed else None), "binary_crossentropy", x, y)


@fault("double-activation")
def softmax_of_a_softmax(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    stack = [layers.Dense(24, "relu"), layers.Dense(3, None if fixed else "softmax"), layers.Softmax()]
    return compiled(chain((13,), *stack), SPARSE, x, y, ["accuracy"])


@fault("double-activation", "relu-on-probability")
def sigmoid_of_a_relu(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    stack = [layers.Dense(16, "relu"), layers.Dense(1, None if fixed else "relu"), layers.Activation("sigmoid")]
    return compiled(chain((30,), *stack), "binary_crossentropy", x, y, ["accuracy"])


@fault("output-range-too-small", "targets-not-scaled")
def sigmoid_for_large_numbers(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    return compiled(net(10, 1, None if fixed else "sigmoid"), "mse", x, y * 5 + 14)


@fault("output-range-too-small")
def tanh_for_standardised_targets(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    return compiled(net(10, 1, None if fixed else "tanh"), "mae", x, y)


@fault("output-range-too-small", "dead-relu")
def relu_for_numbers_below_zero(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    return compiled(net(10, 1, None if fixed else "relu"), "huber", x, y)


@fault("softmax-on-regression", "output-range-too-small")
def softmax_of_three_quantities(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    y = np.stack([y, y + x[:, 0], 2 * x[:, 1]], axis=1)
    return compiled(net(10, 3, None if fixed else "softmax"), "mse", x, y)


@fault("softmax-hidden")
def softmax_inside(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    inside = "relu" if fixed else "softmax"
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(48, inside), layers.Dense(10, "softmax"))
    return compiled(model, SPARSE, x, y, ["accuracy"])


@fault("softmax-wrong-axis")
def softmax_over_time(rng: Any, fixed: bool) -> Program:
    tokens = rng.integers(0, 30, (500, 10))
    model = chain((10,), layers.Embedding(30, 8), layers.Conv1D(16, 3, padding="same", activation="relu"),
                  layers.Dense(5), layers.Softmax(axis=-1 if fixed else 1))  # fmt: skip
    return compiled(model, SPARSE, tokens, tokens % 5, ["accuracy"])


@fault("softmax-single-unit")
def softmax_of_one_unit(rng: Any, fixed: bool) -> Program:
    x, y = moons(rng)
    return compiled(net(2, 1, "sigmoid" if fixed else "softmax"), "binary_crossentropy", x, y, ["accuracy"])


@fault("missing-nonlinearity", "underfitting-capacity")
def deep_and_linear(rng: Any, fixed: bool) -> Program:
    x, y = moons(rng)
    hidden = [layers.Dense(32, "relu" if fixed else None) for _ in range(3)]
    return compiled(chain((2,), *hidden, layers.Dense(1, "sigmoid")), "binary_crossentropy", x, y, ["accuracy"])


@fault("binary-metric-on-multiclass")
def ninety_percent_by_saying_no(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    metric = "categorical_accuracy" if fixed else "binary_accuracy"
    return compiled(net(13, 3, "softmax"), "categorical_crossentropy", x, one_hot(y), [metric])


@fault("metric-threshold-on-logits")
def logits_cut_at_a_half(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    metric = keras.metrics.BinaryAccuracy(threshold=0.0 if fixed else 0.5)
    return compiled(net(30, 1, None), keras.losses.BinaryCrossentropy(from_logits=True), x, y, [metric])


@fault("missing-flatten", "label-shape-broadcast", "too-few-output-units")
def maps_for_classes(rng: Any, fixed: bool) -> Program:
    x, y = squares(rng)
    middle = [layers.Flatten()] if fixed else []
    model = chain((16, 16, 3), layers.Conv2D(8, 3, strides=2, activation="relu"), *middle, layers.Dense(4, "softmax"))
    return compiled(model, SPARSE, x, y, ["accuracy"])


@fault("missing-flatten", "label-shape-broadcast")
def one_target_for_every_pixel(rng: Any, fixed: bool) -> Program:
    x, _ = squares(rng)
    middle = [layers.GlobalAveragePooling2D()] if fixed else []
    model = chain((16, 16, 3), layers.Conv2D(8, 3, strides=2, activation="relu"), *middle, layers.Dense(1))
    return compiled(model, "mse", x, x.mean(axis=(1, 2, 3)) * 20 - 3)


@fault("return-sequences-broadcast", "label-shape-broadcast", "missing-flatten")
def an_answer_at_every_step(rng: Any, fixed: bool) -> Program:
    x, y = sines(rng)
    model = chain((18, 1), layers.GRU(12, return_sequences=not fixed), layers.Dense(1, "sigmoid"))
    return compiled(model, "binary_crossentropy", x, y[:, None], ["accuracy"])


@fault("bottleneck", "underfitting-capacity", "dead-relu")
def one_unit_in_the_middle(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    hidden = [layers.Dense(32, "relu"), layers.Dense(16 if fixed else 1, "relu")]
    return compiled(chain((13,), *hidden, layers.Dense(3, "softmax")), SPARSE, x, y, ["accuracy"])


@fault("dropout-too-high", "underfitting-capacity")
def dropout_of_nearly_all(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    stack = [layers.Flatten(), layers.Dense(64, "relu"), layers.Dropout(0.2 if fixed else 0.95)]
    return compiled(chain((8, 8, 1), *stack, layers.Dense(10, "softmax")), SPARSE, x, y, ["accuracy"])


@fault("dropout-on-output")
def dropout_of_the_answer(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    drop, last = layers.Dropout(0.3), layers.Dense(3, "softmax")
    end = [drop, last] if fixed else [last, drop]
    return compiled(chain((13,), layers.Dense(24, "relu"), *end), SPARSE, x, y, ["accuracy"])


@fault("dropout-before-batchnorm")
def dropout_and_then_statistics(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    pair = [layers.Dropout(0.6), layers.BatchNormalization()]
    stack = [layers.Flatten(), layers.Dense(64, "relu"), *(pair[::-1] if fixed else pair)]
    return compiled(chain((8, 8, 1), *stack, layers.Dense(10, "softmax")), SPARSE, x, y, ["accuracy"])


@fault("batchnorm-tiny-batch", "batch-too-small")
def statistics_of_two_rows(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    stack = [layers.Dense(24), layers.BatchNormalization(), layers.ReLU(), layers.Dense(3, "softmax")]
    fit = {"batch_size": 32, "epochs": 25} if fixed else {"batch_size": 2, "epochs": 5}
    return compiled(chain((13,), *stack), SPARSE, x, y, ["accuracy"], **fit)


@fault("nothing-trainable")
def everything_frozen(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    model = net(13, 3, "softmax")
    model.trainable = fixed
    return compiled(model, SPARSE, x, y, ["accuracy"])


@fault("accuracy-on-regression")
def share_of_exact_numbers(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    return compiled(net(10, 1, None), "mse", x, y, ["mae" if fixed else "accuracy"])
