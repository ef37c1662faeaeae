"""Correct programs of kinds that tempt a diagnoser; each builds a model, its data and the arguments of its fit."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers, ops

RNG = np.random.default_rng(0)
ROWS = 400
Program = tuple[Any, Any, Any, dict[str, Any]]
PROGRAMS: list[Callable[[], Program]] = []


def program(build: Callable[[], Program]) -> Callable[[], Program]:
    PROGRAMS.append(build)
    return build


def table(features: int = 8) -> Any:
    return RNG.normal(size=(ROWS, features)).astype("float32")


def bits(*shape: int) -> Any:
    return RNG.integers(0, 2, (ROWS, *shape)).astype("float32")


def images(size: int = 16, channels: int = 3) -> Any:
    return RNG.uniform(size=(ROWS, size, size, channels)).astype("float32")


def chain(shape: tuple[int, ...], *stack: Any) -> Any:
    return keras.Sequential([keras.Input(shape), *stack])


@program
def multi_task() -> Program:
    entry = keras.Input((8,))
    hidden = layers.Dense(16, activation="relu")(entry)
    heads = {
        "age": layers.Dense(1, name="age")(hidden),
        "kind": layers.Dense(5, activation="softmax", name="kind")(hidden),
        "tags": layers.Dense(6, activation="sigmoid", name="tags")(hidden),
    }
    model = keras.Model(entry, heads)
    losses = {"age": "mse", "kind": "sparse_categorical_crossentropy", "tags": "binary_crossentropy"}
    model.compile("adam", losses, metrics={"kind": ["accuracy"], "tags": ["binary_accuracy"]})
    y = {"age": RNG.normal(40, 9, ROWS), "kind": RNG.integers(0, 5, ROWS), "tags": bits(6)}
    return model, table(), y, {}


@program
def siamese_contrastive() -> Program:
    tower = chain((8,), layers.Dense(16, activation="relu"), layers.Dense(4))
    left, right = keras.Input((8,)), keras.Input((8,))
    model = keras.Model([left, right], layers.Dot(1, normalize=True)([tower(left), tower(right)]))

    def contrastive(y: Any, d: Any) -> Any:
        return ops.mean(y * ops.square(1 - d) + (1 - y) * ops.square(ops.maximum(d, 0.0)))

    model.compile("adam", contrastive)
    return model, [table(), table()], bits(), {}


@program
def gan_generator_step() -> Program:
    critic = chain((4,), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid"))
    critic.trainable = False
    model = chain((3,), layers.Dense(8, activation="relu"), layers.Dense(4), critic)
    model.compile("adam", "binary_crossentropy")
    return model, table(3), np.ones((ROWS, 1)), {}


@program
def least_squares_gan_critic() -> Program:
    model = chain((4,), layers.Dense(8), layers.LeakyReLU(), layers.Dense(1))
    model.compile("adam", "mse")
    return model, table(4), bits(1), {}


@program
def vae() -> Program:
    class Vae(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = layers.Dense(4), layers.Dense(8)

        def call(self, x: Any) -> Any:
            code = self.encoder(x)
            self.add_loss(ops.mean(ops.square(code)))
            return self.decoder(code)

    model = Vae()
    model.compile("adam", "mse")
    x = table()
    return model, x, x, {}


@program
def denoising_autoencoder_of_bits() -> Program:
    model = chain(
        (64,), layers.Dropout(0.8), layers.Dense(16, activation="relu"), layers.Dense(64, activation="sigmoid")
    )
    model.compile("adam", "mse")
    x = bits(64)
    return model, x * bits(64), x, {}


@program
def recommender_multinomial() -> Program:
    model = chain((50,), layers.Dense(16, activation="tanh"), layers.Dense(50, activation="softmax"))
    model.compile("adam", "categorical_crossentropy")
    x = bits(50)
    return model, x, x, {}


@program
def pairwise_ranking() -> Program:
    def rank(y: Any, score: Any) -> Any:
        return ops.mean(ops.softplus(-(y * 2 - 1) * score))

    model = chain((8,), layers.Dense(16, activation="relu"), layers.Dense(1))
    model.compile("adam", rank)
    return model, table(), bits(), {}


@program
def ctc_like() -> Program:
    def ctc(y: Any, logits: Any) -> Any:
        return ops.mean(ops.square(ops.mean(logits, axis=1)[:, :4] - ops.cast(y, "float32")))

    model = chain((30, 8), layers.LSTM(16, return_sequences=True), layers.Dense(12, activation="softmax"))
    model.compile("adam", ctc)
    return model, RNG.normal(size=(ROWS, 30, 8)), RNG.integers(1, 12, (ROWS, 4)), {}


@program
def detection_head() -> Program:
    entry = keras.Input((16, 16, 3))
    hidden = layers.Conv2D(8, 3, padding="same", activation="relu")(entry)
    boxes = layers.Conv2D(4, 1, name="boxes")(hidden)
    seen = layers.Conv2D(1, 1, activation="sigmoid", name="seen")(hidden)
    model = keras.Model(entry, {"boxes": boxes, "seen": seen})
    model.compile("adam", {"boxes": "huber", "seen": "binary_crossentropy"})
    return model, images(), {"boxes": RNG.uniform(size=(ROWS, 16, 16, 4)), "seen": bits(16, 16, 1)}, {}


@program
def survival() -> Program:
    def cox(y: Any, risk: Any) -> Any:
        return -ops.mean(y * risk)

    model = chain((8,), layers.Dense(8, activation="relu"), layers.Dense(1))
    model.compile("adam", cox)
    return model, table(), bits(1), {}


@program
def tabular_embeddings() -> Program:
    city, numbers = keras.Input((1,), name="city"), keras.Input((6,), name="numbers")
    rows, scale = table(6) * 1000, layers.Normalization()
    scale.adapt(rows)
    joined = layers.Concatenate()([layers.Flatten()(layers.Embedding(100, 4)(city)), scale(numbers)])
    model = keras.Model(
        [city, numbers], layers.Dense(1, activation="sigmoid")(layers.Dense(8, activation="relu")(joined))
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", "auc"])
    return model, {"city": RNG.integers(0, 100, (ROWS, 1)), "numbers": rows}, bits(), {}


@program
def spectrogram_cnn() -> Program:
    model = chain((1, 64, 40), layers.Permute((2, 3, 1)), layers.Conv2D(8, 3, activation="relu"),
                  layers.GlobalAveragePooling2D(), layers.Dense(4, activation="softmax"))  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, RNG.normal(size=(ROWS, 1, 64, 40)), RNG.integers(0, 4, ROWS), {}


@program
def quantile_heads() -> Program:
    def pinball(y: Any, p: Any) -> Any:
        levels = ops.convert_to_tensor([0.1, 0.5, 0.9])
        return ops.mean(ops.maximum(levels * (y - p), (levels - 1) * (y - p)))

    model = chain((8,), layers.Dense(16, activation="relu"), layers.Dense(3))
    model.compile("adam", pinball)
    return model, table(), RNG.normal(size=(ROWS, 1)), {}


@program
def distillation() -> Program:
    model = chain((8,), layers.Dense(8, activation="relu"), layers.Dense(4, activation="softmax"))
    model.compile("adam", "categorical_crossentropy", metrics=["categorical_accuracy"])
    return model, table(), RNG.dirichlet(np.ones(4), ROWS), {}


@program
def label_smoothing_and_mixup() -> Program:
    model = chain((8,), layers.Dense(8, activation="relu"), layers.Dense(4))
    model.compile(
        "adam", keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), metrics=["accuracy"]
    )
    return model, table(), 0.9 * np.eye(4)[RNG.integers(0, 4, ROWS)] + 0.025, {}


@program
def deep_q_values() -> Program:
    model = chain((8,), layers.Dense(16, activation="relu"), layers.Dense(4))
    model.compile("adam", "huber")
    return model, table(), RNG.normal(50, 20, (ROWS, 4)), {"epochs": 1}


@program
def inverted_residual() -> Program:
    model = chain((16, 16, 3), layers.Conv2D(16, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(6.0),
                  layers.DepthwiseConv2D(3), layers.BatchNormalization(), layers.ReLU(6.0), layers.Conv2D(4, 1),
                  layers.BatchNormalization(), layers.Conv2D(24, 1), layers.BatchNormalization(), layers.ReLU(6.0),
                  layers.GlobalAveragePooling2D(), layers.Dense(10, activation="softmax"))  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, images(), RNG.integers(0, 10, ROWS), {}


@program
def network_in_network() -> Program:
    model = chain((16, 16, 3), layers.Conv2D(16, 3, activation="relu"), layers.Dropout(0.5),
                  layers.Conv2D(10, 1, activation="relu"), layers.GlobalAveragePooling2D(),
                  layers.Softmax())  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, images(), RNG.integers(0, 10, ROWS), {}


@program
def squeeze_and_excitation() -> Program:
    entry = keras.Input((16, 16, 3))
    hidden = layers.Conv2D(16, 3, activation="relu")(entry)
    gate = layers.Dense(1, activation="relu")(layers.GlobalAveragePooling2D()(hidden))
    gate = layers.Reshape((1, 1, 16))(layers.Dense(16, activation="sigmoid")(gate))
    scaled = layers.Flatten()(layers.Multiply()([hidden, gate]))
    model = keras.Model(entry, layers.Dense(4, activation="softmax")(scaled))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, images(), RNG.integers(0, 4, ROWS), {}


@program
def segmentation() -> Program:
    model = chain(
        (16, 16, 3), layers.Conv2D(8, 3, padding="same", activation="relu"), layers.Conv2D(3, 1, activation="softmax")
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, images(), RNG.integers(0, 3, (ROWS, 16, 16)), {}


@program
def binary_masks() -> Program:
    model = chain(
        (16, 16, 3), layers.Conv2D(8, 3, padding="same", activation="relu"), layers.Conv2D(1, 1, activation="sigmoid")
    )
    model.compile("adam", "binary_crossentropy", metrics=["binary_accuracy"])
    return model, images(), bits(16, 16, 1), {}


@program
def sequence_to_sequence() -> Program:
    model = chain(
        (12,), layers.Embedding(30, 8, mask_zero=True), layers.LSTM(8, return_sequences=True), layers.Dense(7)
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1))
    return model, RNG.integers(0, 30, (ROWS, 12)), RNG.integers(-1, 7, (ROWS, 12)), {}


@program
def mixture_of_experts() -> Program:
    entry = keras.Input((8,))
    gate = layers.Dense(3, activation="softmax")(entry)
    model = keras.Model(entry, layers.Dot(1)([gate, layers.Dense(3)(entry)]))
    model.compile("adam", "mse")
    return model, table(), RNG.normal(size=ROWS), {}


@program
def attention_pooling() -> Program:
    entry = keras.Input((12, 8))
    weights = layers.Softmax(axis=1)(layers.Dense(1)(entry))
    pooled = layers.Lambda(lambda pair: ops.sum(pair[0] * pair[1], axis=1), output_shape=(8,))([entry, weights])
    model = keras.Model(entry, layers.Dense(1, activation="sigmoid")(pooled))
    model.compile("adam", "binary_crossentropy")
    return model, RNG.normal(size=(ROWS, 12, 8)), bits(), {}


@program
def word_vectors() -> Program:
    model = chain((1,), layers.Embedding(200, 16), layers.Flatten(), layers.Dense(200, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, RNG.integers(0, 200, (ROWS, 1)), RNG.integers(0, 200, ROWS), {}


@program
def residual_of_an_equation() -> Program:
    model = chain((1,), layers.Dense(16, activation="tanh"), layers.Dense(1))
    model.compile("adam", "mse")
    return model, RNG.uniform(size=(ROWS, 1)), np.zeros((ROWS, 1)), {}


@program
def hinge() -> Program:
    model = chain((8,), layers.Dense(8, activation="relu"), layers.Dense(1, activation="tanh"))
    model.compile("adam", "hinge")
    return model, table(), bits() * 2 - 1, {}


@program
def counts_with_poisson() -> Program:
    model = chain((8,), layers.Dense(8, activation="relu"), layers.Dense(1, activation="exponential"))
    model.compile("adam", "poisson")
    return model, table(), RNG.poisson(4, ROWS), {}


@program
def ratings() -> Program:
    model = chain((8,), layers.Dense(8, activation="relu"), layers.Dense(1))
    model.compile("adam", "mse", metrics=["mae"])
    return model, table(), RNG.integers(1, 6, ROWS), {}


@program
def scaled_sigmoid() -> Program:
    model = chain(
        (8,), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid"), layers.Rescaling(4.0, 1.0)
    )
    model.compile("adam", "mse")
    return model, table(), RNG.uniform(1, 5, ROWS), {}


@program
def forecast_of_windows() -> Program:
    series = np.sin(np.arange(ROWS + 16) / 40)
    x = np.stack([series[i : i + 15] for i in range(ROWS)])
    model = chain((15,), layers.Dense(8, activation="relu"), layers.Dense(1))
    model.compile("adam", "mse")
    return model, x, series[15 : 15 + ROWS], {"shuffle": False, "validation_split": 0.2}


@program
def easy_threshold() -> Program:
    x = table()
    model = chain((8,), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, x, (x[:, 0] > 0).astype(int), {"validation_split": 0.2}


@program
def frozen_base() -> Program:
    base = chain((8,), layers.Dense(16, activation="relu"))
    base.trainable = False
    model = chain((8,), base, layers.Dense(4, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, table(), RNG.integers(0, 4, ROWS), {}


@program
def watched_custom_metric() -> Program:
    def negative_error(y: Any, p: Any) -> Any:
        return -ops.mean(ops.abs(y - p))

    model = chain((8,), layers.Dense(8, activation="relu"), layers.Dense(1))
    model.compile("adam", "mse", metrics=[negative_error])
    stop = keras.callbacks.EarlyStopping("val_negative_error", mode="max", patience=3)
    return model, table(), RNG.normal(size=(ROWS, 1)), {"callbacks": [stop], "validation_split": 0.2}
