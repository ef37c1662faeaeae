"""Faulty programs of the catalogue that show while they are trained; `catalogue_faults` has others."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from catalogue_faults import compiled, fault, net, sines, squares
from keras import layers, ops
from own_faults import SPARSE, Program, cancer, chain, digits, friedman, held_out, moons, wine
from sklearn import datasets


def trained(model: Any, optimizer: Any, loss: Any, x: Any, y: Any, metrics: Any = None, **fit: Any) -> Program:
    model.compile(optimizer, loss, metrics=metrics)
    return model, *held_out(x, y, **fit)


@fault("custom-loss-wrong-sign")
def error_with_a_minus(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)

    def error(y_true: Any, y_pred: Any) -> Any:
        return (1 if fixed else -1) * ops.mean(ops.square(y_true - y_pred), axis=-1)

    return compiled(net(10, 1, None), error, x, y)


@fault("custom-loss-wrong-sign")
def likelihood_without_its_minus(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)

    def likelihood(y_true: Any, y_pred: Any) -> Any:
        p = ops.clip(y_pred, 1e-6, 1 - 1e-6)
        found = y_true * ops.log(p) + (1 - y_true) * ops.log(1 - p)
        return -found if fixed else found

    return compiled(net(30, 1, "sigmoid"), likelihood, x, y, ["accuracy"])


@fault("nan-in-loss", "custom-loss-unstable")
def root_of_an_exact_answer(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    y = np.maximum(y, 0)

    def distance(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.sqrt(ops.square(y_true - y_pred) + (1e-6 if fixed else 0.0)), axis=-1)

    return compiled(net(10, 1, "relu"), distance, x, y)


@fault("nan-in-loss", "custom-loss-unstable", "lr-too-high")
def logarithm_of_what_may_be_negative(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    y = np.exp(0.5 * y)

    def logarithmic(y_true: Any, y_pred: Any) -> Any:
        y_pred = ops.softplus(y_pred) if fixed else y_pred
        return ops.mean(ops.square(ops.log(y_true) - ops.log(y_pred)), axis=-1)

    return compiled(net(10, 1, None), logarithmic, x, y)


@fault("inputs-not-normalized", "lr-too-high", "nan-in-loss")
def areas_and_ratios_as_they_come(rng: Any, fixed: bool) -> Program:
    x, y = datasets.load_breast_cancer(return_X_y=True)
    order = rng.permutation(len(y))
    x = ((x - x.mean(0)) / x.std(0) if fixed else x)[order].astype("float32")
    return trained(net(30, 1, "sigmoid"), keras.optimizers.SGD(0.01), "binary_crossentropy", x, y[order], ["accuracy"])


@fault("targets-not-scaled", "lr-too-low", "too-few-epochs")
def prices_in_full(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    return compiled(net(10, 1, None), "mse", x, y if fixed else y * 80_000 + 200_000)


@fault("lr-too-high", "dead-relu", "exploding-gradient", "saturated-activation")
def adam_in_seven_league_boots(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(48, "tanh"), layers.Dense(48, "tanh"),
                  layers.Dense(10, "softmax"))  # fmt: skip
    return trained(model, keras.optimizers.Adam(0.003 if fixed else 1.0), SPARSE, x, y, ["accuracy"])


@fault("lr-too-high", "dead-relu", "exploding-gradient", "nan-in-loss")
def sgd_of_ten(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    model = chain((13,), layers.Dense(32, "relu"), layers.Dense(32, "relu"), layers.Dense(3, "softmax"))
    return trained(model, keras.optimizers.SGD(0.05 if fixed else 10.0), SPARSE, x, y, ["accuracy"])


@fault("lr-too-high", "exploding-gradient", "nan-in-loss")
def rate_of_a_regression(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    return trained(net(10, 1, None, 64), keras.optimizers.SGD(0.02 if fixed else 1.5), "mse", x, y)


@fault("lr-too-low")
def adam_that_barely_moves(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    return trained(net(13, 3, "softmax"), keras.optimizers.Adam(0.005 if fixed else 1e-6), SPARSE, x, y, ["accuracy"])


@fault("lr-too-low")
def sgd_that_barely_moves(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Conv2D(8, 3, activation="relu"), layers.Flatten(), layers.Dense(10, "softmax"))
    return trained(model, keras.optimizers.SGD(0.1 if fixed else 1e-6), SPARSE, x, y, ["accuracy"], epochs=10)


@fault("lr-decay-too-fast", "lr-too-low")
def a_tenth_every_epoch(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, "softmax"))
    ends = keras.callbacks.LearningRateScheduler(lambda _, rate: rate * (0.95 if fixed else 0.02))
    return trained(model, keras.optimizers.Adam(0.002), SPARSE, x, y, ["accuracy"], callbacks=[ends])


@fault("lr-decay-too-fast", "lr-too-low")
def polynomial_over_three_batches(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    rate = keras.optimizers.schedules.PolynomialDecay(0.01, 400 if fixed else 3, 1e-9)
    return trained(net(13, 3, "softmax"), keras.optimizers.Adam(rate), SPARSE, x, y, ["accuracy"])


@fault("too-few-epochs", "lr-too-low")
def one_look_at_the_digits(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Conv2D(8, 3, activation="relu"), layers.Flatten(), layers.Dense(10, "softmax"))
    return trained(model, keras.optimizers.Adam(0.001), SPARSE, x, y, ["accuracy"], epochs=25 if fixed else 2)


@fault("batch-too-large", "too-few-epochs", "lr-too-low")
def whole_table_at_once(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    model = net(10, 1, None, 48)
    return trained(model, keras.optimizers.Adam(0.005), "mse", x, y, batch_size=32 if fixed else 720, epochs=15)


@fault("batch-too-small", "lr-too-high", "exploding-gradient", "dead-relu")
def one_digit_at_a_time(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(24, "relu"), layers.Dense(10, "softmax"))
    rate = keras.optimizers.SGD(0.3)
    size = 32 if fixed else 1
    return trained(model, rate, SPARSE, x[:500], y[:500], ["accuracy"], batch_size=size, epochs=25 if fixed else 6)


@fault("gradient-clipped-to-zero", "lr-too-low")
def clipped_to_nothing(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    rate = keras.optimizers.SGD(0.05, clipnorm=1.0 if fixed else 1e-5)
    return trained(net(13, 3, "softmax"), rate, SPARSE, x, y, ["accuracy"])


@fault("gradient-clipped-to-zero", "lr-too-low")
def values_clipped_below_epsilon(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    rate = keras.optimizers.Adam(0.005, clipvalue=1.0 if fixed else 1e-10)
    return trained(net(30, 1, "sigmoid"), rate, "binary_crossentropy", x, y, ["accuracy"])


@fault("steps-per-epoch-too-small", "too-few-epochs")
def two_steps_an_epoch(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, "softmax"))
    steps = {} if fixed else {"steps_per_epoch": 2}
    return trained(model, keras.optimizers.Adam(0.003), SPARSE, x, y, ["accuracy"], epochs=5, **steps)


@fault("monitor-missing")
def nobody_validates(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    model, x, y, fit = compiled(net(13, 3, "softmax"), SPARSE, x, y, ["accuracy"])
    stop = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
    valid = fit.pop("validation_data")
    return model, x, y, {**fit, "callbacks": [stop], **({"validation_data": valid} if fixed else {})}


@fault("monitor-missing")
def another_name_for_accuracy(rng: Any, fixed: bool) -> Program:
    x, y = wine(rng)
    watch = keras.callbacks.ReduceLROnPlateau("val_accuracy" if fixed else "val_acc", mode="max", patience=2)
    return compiled(net(13, 3, "softmax"), SPARSE, x, y, ["accuracy"], callbacks=[watch])


@fault("early-stopping-misconfigured", "too-few-epochs")
def stops_when_it_gets_better(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    model = chain((8, 8, 1), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10, "softmax"))
    stop = keras.callbacks.EarlyStopping("val_accuracy", mode="max" if fixed else "min", patience=2)
    return compiled(model, SPARSE, x, y, ["accuracy"], epochs=15, callbacks=[stop])


@fault("exploding-gradient", "lr-too-high", "nan-in-loss", "bad-init")
def deep_stack_of_large_weights(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    init = "he_normal" if fixed else keras.initializers.RandomNormal(stddev=1.0)
    hidden = [layers.Dense(32, "relu", kernel_initializer=init) for _ in range(5)]
    return trained(chain((10,), *hidden, layers.Dense(1)), keras.optimizers.SGD(0.005), "mse", x, y)


@fault("vanishing-gradient", "underfitting-capacity", "saturated-activation")
def tanh_forty_steps_back(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    hidden = [layers.Dense(24, "relu" if fixed else "sigmoid") for _ in range(2 if fixed else 9)]
    model = chain((8, 8, 1), layers.Flatten(), *hidden, layers.Dense(10, "softmax"))
    return trained(model, keras.optimizers.SGD(0.1), SPARSE, x, y, ["accuracy"])


@fault("zero-init", "bad-init")
def regression_of_zeros(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    init = "glorot_uniform" if fixed else "zeros"
    stack = [layers.Dense(24, "relu", kernel_initializer=init), layers.Dense(1, kernel_initializer=init)]
    return compiled(chain((10,), *stack), "mse", x, y)


@fault("bad-init", "saturated-activation", "vanishing-gradient", "dead-relu")
def weights_of_fifty(rng: Any, fixed: bool) -> Program:
    x, y = cancer(rng)
    init = "glorot_normal" if fixed else keras.initializers.RandomNormal(stddev=50.0)
    stack = [layers.Dense(32, "tanh", kernel_initializer=init) for _ in range(2)]
    return compiled(chain((30,), *stack, layers.Dense(1, "sigmoid")), "binary_crossentropy", x, y, ["accuracy"])


@fault("over-regularized", "underfitting-capacity")
def convolution_under_ridge(rng: Any, fixed: bool) -> Program:
    x, y = squares(rng)
    ridge = keras.regularizers.L2(1e-5 if fixed else 5.0)
    model = chain((16, 16, 3), layers.Conv2D(8, 3, activation="relu", kernel_regularizer=ridge), layers.Flatten(),
                  layers.Dense(4, "softmax", kernel_regularizer=ridge))  # fmt: skip
    return compiled(model, SPARSE, x, y, ["accuracy"])


@fault("underfitting-capacity", "bottleneck")
def two_filters_and_a_mean(rng: Any, fixed: bool) -> Program:
    x, y = digits(rng)
    if fixed:
        stack = [layers.Conv2D(16, 3, activation="relu"), layers.Flatten()]
    else:
        stack = [layers.Conv2D(2, 3, activation="relu"), layers.GlobalAveragePooling2D()]
    return compiled(chain((8, 8, 1), *stack, layers.Dense(10, "softmax")), SPARSE, x, y, ["accuracy"], epochs=20)


@fault("overfitting")
def learnt_by_heart(rng: Any, fixed: bool) -> Program:
    x = rng.normal(size=(220, 25)).astype("float32")
    y = (x[:, 0] - x[:, 1] + 1.0 * rng.normal(size=220) > 0).astype("float32")
    hidden = [layers.Dense(4, "relu")] if fixed else [layers.Dense(200, "relu") for _ in range(2)]
    model = chain((25,), *hidden, layers.Dense(1, "sigmoid"))
    return compiled(model, "binary_crossentropy", x, y, ["accuracy"], 0.003, epochs=8 if fixed else 40)


@fault("frozen-untrained", "underfitting-capacity")
def images_through_a_random_base(rng: Any, fixed: bool) -> Program:
    x, y = squares(rng)
    base = chain((16, 16, 3), layers.Conv2D(8, 3, strides=2, activation="relu"),
                 layers.Conv2D(8, 3, strides=2, activation="relu"), layers.GlobalAveragePooling2D())  # fmt: skip
    base.trainable = fixed
    return compiled(chain((16, 16, 3), base, layers.Dense(4, "softmax")), SPARSE, x, y, ["accuracy"], epochs=12)


@fault("gradient-blocked", "underfitting-capacity")
def stopped_on_the_way(rng: Any, fixed: bool) -> Program:
    x, y = moons(rng)

    class Detached(layers.Layer):
        def call(self, z: Any) -> Any:
            return z if fixed else ops.stop_gradient(z)

    stack = [layers.Dense(24, "relu"), Detached(), layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")]
    return compiled(chain((2,), *stack), "binary_crossentropy", x, y, ["accuracy"])


@fault("loss-scale-imbalance", "targets-not-scaled")
def grams_beside_a_class(rng: Any, fixed: bool) -> Program:
    x, y = friedman(rng)
    kind = (x[:, 0] > 0).astype("float32")
    entry = keras.Input((10,))
    hidden = layers.Dense(32, "relu")(entry)
    heads = {"mass": layers.Dense(1, name="mass")(hidden), "kind": layers.Dense(1, "sigmoid", name="kind")(hidden)}
    model = keras.Model(entry, heads)
    model.compile(keras.optimizers.Adam(0.005), {"mass": "mse", "kind": "binary_crossentropy"})
    return model, x, {"mass": y if fixed else y * 4000, "kind": kind}, {"epochs": 10}


@fault("misaligned-labels", "overfitting", "underfitting-capacity")
def tones_in_another_order(rng: Any, fixed: bool) -> Program:
    x, y = sines(rng)
    y = y if fixed else rng.permutation(y)
    model = chain((18, 1), layers.Flatten(), layers.Dense(64, "relu"), layers.Dense(64, "relu"),
                  layers.Dense(1, "sigmoid"))  # fmt: skip
    return compiled(model, "binary_crossentropy", x, y, ["accuracy"], epochs=25)


@fault("augmentation-label-mismatch", "underfitting-capacity")
def quarters_that_are_flipped(rng: Any, fixed: bool) -> Program:
    x, y = squares(rng)
    change = layers.RandomBrightness(0.1, value_range=(0, 1)) if fixed else layers.RandomFlip("horizontal_and_vertical")
    model = chain((16, 16, 3), change, layers.Conv2D(8, 3, activation="relu"), layers.Flatten(),
                  layers.Dense(4, "softmax"))  # fmt: skip
    return compiled(model, SPARSE, x, y, ["accuracy"], epochs=15)
