"""Correct trainings that learn, of kinds that tempt a diagnoser: ranking, detection, text, audio, RL and others.

Each builds a model, its data and the arguments of its fit; `correct_own_steps` has those with losses and steps of
their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers, ops

ROWS = 600
Program = tuple[Any, Any, Any, dict[str, Any]]
Builder = Callable[[np.random.Generator], Program]
TRAININGS: list[Builder] = []


def training(build: Builder) -> Builder:
    TRAININGS.append(build)
    return build


def chain(shape: tuple[int, ...], *stack: Any) -> Any:
    return keras.Sequential([keras.Input(shape), *stack])


def table(rng: np.random.Generator, features: int = 8, rows: int = ROWS) -> Any:
    return rng.normal(size=(rows, features)).astype("float32")


def relu(units: int) -> Any:
    return layers.Dense(units, activation="relu")


def classes(rng: np.random.Generator, x: Any, count: int) -> Any:
    return np.argmax(x @ rng.normal(size=(x.shape[1], count)) + 0.3 * rng.normal(size=(len(x), count)), axis=1)


@training
def listwise_ranking(rng: np.random.Generator) -> Program:
    x = rng.normal(size=(ROWS, 10, 6)).astype("float32")
    best = np.argmax(x @ rng.normal(size=6), axis=1)
    model = chain((10, 6), relu(16), layers.Dense(1), layers.Reshape((10,)), layers.Softmax())
    model.compile("adam", "categorical_crossentropy", metrics=["categorical_accuracy"])
    return model, x, np.eye(10)[best], {"epochs": 10, "validation_split": 0.2}


@training
def matrix_factorisation(rng: np.random.Generator) -> Program:
    users, items = rng.integers(0, 40, 2000), rng.integers(0, 60, 2000)
    u, i = rng.normal(size=(40, 3)), rng.normal(size=(60, 3))
    stars = np.clip(np.round(3.5 + (u[users] * i[items]).sum(1)), 1, 5).astype("float32")
    user, item = keras.Input((1,), dtype="int32", name="user"), keras.Input((1,), dtype="int32", name="item")
    parts = [layers.Flatten()(layers.Embedding(n, 8)(e)) for n, e in ((40, user), (60, item))]
    biases = [layers.Flatten()(layers.Embedding(n, 1)(e)) for n, e in ((40, user), (60, item))]
    rating = layers.Add()([layers.Dot(1)(parts), *biases, layers.Dense(1)(layers.Concatenate()(parts))])
    model = keras.Model([user, item], rating)
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model, {"user": users[:, None], "item": items[:, None]}, stars, {"epochs": 8, "validation_split": 0.2}


@training
def negative_sampling(rng: np.random.Generator) -> Program:
    left, right = rng.integers(0, 50, (3000, 1)), rng.integers(0, 50, (3000, 1))
    y = ((left % 7) == (right % 7)).astype("float32")
    a, b = keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")
    vectors = [layers.Flatten()(layers.Embedding(50, 8)(entry)) for entry in (a, b)]
    model = keras.Model([a, b], layers.Activation("sigmoid")(layers.Dense(1)(layers.Multiply()(vectors))))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["auc"])
    return model, [left, right], y, {"epochs": 8}


@training
def detection_with_focal_loss(rng: np.random.Generator) -> Program:
    x = rng.uniform(0, 0.2, size=(ROWS, 16, 16, 1)).astype("float32")
    seen, boxes = np.zeros((ROWS, 8, 8, 1), "float32"), np.zeros((ROWS, 8, 8, 4), "float32")
    for row in range(ROWS):
        top, left = rng.integers(0, 13, 2)
        x[row, top : top + 3, left : left + 3] += 0.8
        seen[row, (top + 1) // 2, (left + 1) // 2] = 1
        boxes[row, (top + 1) // 2, (left + 1) // 2] = [top / 16, left / 16, 3 / 16, 3 / 16]
    entry = keras.Input((16, 16, 1))
    hidden = layers.Conv2D(16, 3, padding="same", activation="relu")(entry)
    hidden = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(hidden)
    heads = {"seen": layers.Conv2D(1, 1, activation="sigmoid", name="seen")(hidden),
             "boxes": layers.Conv2D(4, 1, name="boxes")(hidden)}  # fmt: skip
    model = keras.Model(entry, heads)
    losses = {"seen": keras.losses.BinaryFocalCrossentropy(gamma=2.0), "boxes": "huber"}
    model.compile(keras.optimizers.Adam(0.003), losses, loss_weights={"seen": 1.0, "boxes": 10.0})
    return model, x, {"seen": seen, "boxes": boxes}, {"epochs": 10}


@training
def keypoint_heatmaps(rng: np.random.Generator) -> Program:
    x = rng.uniform(0, 0.3, size=(ROWS, 16, 16, 1)).astype("float32")
    grid, heat = np.arange(16), np.zeros((ROWS, 16, 16, 1), "float32")
    for row in range(ROWS):
        top, left = rng.integers(2, 14, 2)
        x[row, top, left - 2 : left + 3], x[row, top - 2 : top + 3, left] = 1, 1
        heat[row, :, :, 0] = np.exp(-((grid[:, None] - top) ** 2 + (grid - left) ** 2) / 4)
    model = chain((16, 16, 1), layers.Conv2D(12, 5, padding="same", activation="relu"),
                  layers.Conv2D(12, 3, padding="same", activation="relu"),
                  layers.Conv2D(1, 1, activation="sigmoid"))  # fmt: skip
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return model, x, heat, {"epochs": 6, "validation_split": 0.2}


@training
def tabular_in_natural_units(rng: np.random.Generator) -> Program:
    age, income, city = rng.uniform(18, 80, ROWS), rng.lognormal(10, 1, ROWS), rng.integers(0, 12, ROWS)
    y = (0.04 * age + 0.5 * np.log(income) + 0.2 * city + rng.normal(size=ROWS) > 10.5).astype("float32")
    numbers = np.stack([age, np.log(income), income / 1e3], axis=1).astype("float32")
    scale = layers.Normalization()
    scale.adapt(numbers)
    entry, town = keras.Input((3,), name="numbers"), keras.Input((1,), dtype="int32", name="city")
    joined = layers.Concatenate()([scale(entry), layers.Flatten()(layers.Embedding(12, 4)(town))])
    model = keras.Model([entry, town], layers.Dense(1, activation="sigmoid")(layers.Dropout(0.2)(relu(32)(joined))))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", "auc"])
    share = float(y.mean())
    fit = {"epochs": 15, "validation_split": 0.2, "class_weight": {0: 0.5 / (1 - share), 1: 0.5 / share}}
    return model, {"numbers": numbers, "city": city[:, None]}, y, fit


@training
def raw_audio(rng: np.random.Generator) -> Program:
    y, time = rng.integers(0, 3, ROWS), np.arange(800) / 800
    pitch = np.array([20, 45, 90])[y][:, None]
    x = 0.3 * np.sin(2 * np.pi * pitch * time + rng.uniform(0, 6, (ROWS, 1))) + 0.05 * rng.normal(size=(ROWS, 800))
    model = chain((800, 1), layers.Conv1D(8, 32, strides=8, activation="relu"), layers.BatchNormalization(),
                  layers.Conv1D(16, 8, strides=4, activation="relu"), layers.GlobalMaxPooling1D(),
                  layers.Dropout(0.3), layers.Dense(3, activation="softmax"))  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x[..., None].astype("float32"), y, {"epochs": 8, "validation_split": 0.2}


@training
def fine_tuned_encoder(rng: np.random.Generator) -> Program:
    tokens = rng.integers(1, 80, (ROWS, 16))
    encoder = chain((16,), layers.Embedding(80, 16), layers.GlobalAveragePooling1D(), relu(32))
    before = keras.Sequential([encoder, layers.Dense(4, activation="softmax")])
    before.compile("adam", "sparse_categorical_crossentropy")
    topic = np.array([np.bincount(row // 20, minlength=4).argmax() for row in tokens])
    before.fit(tokens, topic, epochs=10, verbose=0)
    encoder.trainable = False
    model = keras.Sequential([encoder, layers.Dropout(0.1), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.AdamW(5e-3), "binary_crossentropy", metrics=["accuracy"])
    return model, tokens, (topic % 2).astype("float32"), {"epochs": 8, "validation_split": 0.2}


@training
def low_rank_adaptation(rng: np.random.Generator) -> Program:
    x = table(rng, 16)
    base = layers.Dense(32, activation="relu")
    model = chain((16,), base, layers.Dense(5, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, classes(rng, x, 5), epochs=10, verbose=0)
    base.enable_lora(4)
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, classes(rng, x, 5), {"epochs": 8, "validation_split": 0.2}


@training
def policy_gradient(rng: np.random.Generator) -> Program:
    x = table(rng, 4)
    actions = rng.integers(0, 3, ROWS)
    reward = np.where(actions == classes(rng, x, 3), 1.0, 0.0)
    model = chain((4,), layers.Dense(16, activation="tanh"), layers.Dense(3, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    return model, x, actions, {"epochs": 4, "sample_weight": (reward - reward.mean()) / reward.std()}


@training
def actor_and_critic(rng: np.random.Generator) -> Program:
    x = table(rng, 6)
    entry = keras.Input((6,))
    hidden = layers.Dense(32, activation="tanh")(entry)
    policy, value = layers.Dense(3, activation="softmax", name="policy")(hidden), layers.Dense(1, name="value")(hidden)
    model = keras.Model(entry, {"policy": policy, "value": value})
    losses = {"policy": "categorical_crossentropy", "value": "mse"}
    model.compile("adam", losses, loss_weights={"policy": 1.0, "value": 0.5})
    returns = (x @ rng.normal(size=6) + 0.2 * rng.normal(size=ROWS))[:, None]
    return model, x, {"policy": rng.dirichlet(np.ones(3), ROWS), "value": returns}, {"epochs": 8}


@training
def fitted_q_iteration(rng: np.random.Generator) -> Program:
    x = table(rng, 4)
    y = 20 + 4 * x @ rng.normal(size=(4, 3)) + 0.5 * rng.normal(size=(ROWS, 3))
    model = chain((4,), relu(64), relu(64), layers.Dense(3))
    model.compile(keras.optimizers.Adam(0.003, clipnorm=10.0), "huber")
    return model, x, y, {"epochs": 15}


@training
def ordinal_thresholds(rng: np.random.Generator) -> Program:
    x = table(rng)
    score = x @ rng.normal(size=8)
    grade = np.digitize(score, np.quantile(score, [0.2, 0.4, 0.6, 0.8]))
    y = (grade[:, None] > np.arange(4)).astype("float32")
    model = chain((8,), relu(16), layers.Dense(4, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["binary_accuracy"])
    return model, x, y, {"epochs": 12, "validation_split": 0.2}


@training
def rare_labels_of_many(rng: np.random.Generator) -> Program:
    x = table(rng, 20)
    y = (x @ rng.normal(size=(20, 15)) > 7.5).astype("float32")
    model = chain((20,), relu(32), layers.Dense(15, activation="sigmoid"))
    model.compile("adam", keras.losses.BinaryFocalCrossentropy(), metrics=[keras.metrics.AUC(multi_label=True)])
    return model, x, y, {"epochs": 10, "validation_split": 0.2}


@training
def masked_language_model(rng: np.random.Generator) -> Program:
    words = (np.cumsum(rng.integers(1, 3, (ROWS, 12)), axis=1) % 20) + 2
    hidden = rng.uniform(size=words.shape) < 0.2
    entry = keras.Input((12,), dtype="int32")
    vectors = layers.Embedding(22, 16)(entry)
    vectors = layers.LayerNormalization()(vectors + layers.MultiHeadAttention(2, 8)(vectors, vectors))
    vectors = layers.Bidirectional(layers.GRU(16, return_sequences=True))(vectors)
    model = keras.Model(entry, layers.Dense(22)(vectors))
    model.compile(keras.optimizers.Adam(0.005), keras.losses.SparseCategoricalCrossentropy(True, ignore_class=-1))
    return model, np.where(hidden, 1, words), np.where(hidden, words, -1), {"epochs": 12}


@training
def next_character(rng: np.random.Generator) -> Program:
    text = np.cumsum(rng.integers(0, 2, (ROWS, 21)), axis=1) % 12
    model = chain((20,), layers.Embedding(12, 8), layers.LSTM(24, return_sequences=True), layers.Dense(12, "softmax"))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, text[:, :-1], text[:, 1:], {"epochs": 12, "validation_split": 0.1}


@training
def translation_with_attention(rng: np.random.Generator) -> Program:
    source = rng.integers(3, 20, (ROWS, 8))
    target = source[:, ::-1]
    shifted = np.concatenate([np.full((ROWS, 1), 1), target[:, :-1]], axis=1)
    left, right = keras.Input((8,), dtype="int32", name="source"), keras.Input((8,), dtype="int32", name="shifted")
    memory = layers.GRU(24, return_sequences=True)(layers.Embedding(20, 16)(left))
    state = layers.GRU(24, return_sequences=True)(layers.Embedding(20, 16)(right))
    joined = layers.Concatenate()([state, layers.Attention()([state, memory])])
    model = keras.Model([left, right], layers.Dense(20, activation="softmax")(joined))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"source": source, "shifted": shifted}, target, {"epochs": 12}


@training
def super_resolution(rng: np.random.Generator) -> Program:
    coarse = rng.uniform(size=(ROWS, 4, 4, 1))
    fine = np.clip(keras.ops.convert_to_numpy(keras.ops.image.resize(coarse, (16, 16), "bicubic")), 0, 1)
    model = chain((8, 8, 1), layers.Conv2D(16, 3, padding="same", activation="relu"),
                  layers.Conv2DTranspose(8, 2, strides=2, activation="relu"),
                  layers.Conv2D(1, 3, padding="same"))  # fmt: skip
    model.compile(keras.optimizers.Adam(0.003), "mae")
    return model, fine[:, ::2, ::2], fine, {"epochs": 6}


@training
def lstm_autoencoder(rng: np.random.Generator) -> Program:
    phase, rate = rng.uniform(0, 6, (ROWS, 1)), rng.uniform(0.2, 0.5, (ROWS, 1))
    x = np.sin(phase + rate * np.arange(20))[..., None].astype("float32")
    model = chain((20, 1), layers.LSTM(16), layers.RepeatVector(20), layers.LSTM(16, return_sequences=True),
                  layers.TimeDistributed(layers.Dense(1)))  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model, x, x, {"epochs": 8, "validation_split": 0.2}


@training
def forecast_of_several_hours(rng: np.random.Generator) -> Program:
    hours = np.arange(1500)
    degrees = 12 + 6 * np.sin(hours * 2 * np.pi / 24) + np.cumsum(0.1 * rng.normal(size=1500))
    starts = np.arange(1500 - 30)
    x = np.stack([degrees[s : s + 24] for s in starts])[..., None].astype("float32")
    y = np.stack([degrees[s + 24 : s + 30] for s in starts]).astype("float32")
    scale = layers.Normalization(axis=None)
    scale.adapt(x[:1000])
    model = chain((24, 1), scale, layers.GRU(24), layers.Dense(6), layers.Rescaling(6.0, 12.0))
    model.compile(keras.optimizers.Adam(0.005), "mse", metrics=["mae"])
    fit = {"epochs": 8, "shuffle": False, "validation_data": (x[1000:], y[1000:])}
    return model, x[:1000], y[:1000], fit


@training
def graph_of_one_batch(rng: np.random.Generator) -> Program:
    label = np.sort(rng.integers(0, 3, ROWS))
    near = (rng.uniform(size=(ROWS, ROWS)) < np.where(label[:, None] == label, 0.05, 0.005)).astype("float32")
    near = np.maximum(near, near.T) + np.eye(ROWS, dtype="float32")
    near /= near.sum(1, keepdims=True)
    x = np.eye(3)[label] + 1.5 * rng.normal(size=(ROWS, 3))
    spread = layers.Lambda(lambda h: ops.matmul(near, h), output_shape=lambda shape: shape)
    again = layers.Lambda(lambda h: ops.matmul(near, h), output_shape=lambda shape: shape)
    model = chain((3,), spread, relu(16), again, layers.Dense(3, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    known = (rng.uniform(size=ROWS) < 0.3).astype("float32")
    return model, x.astype("float32"), label, {
        "epochs": 150, "batch_size": ROWS, "shuffle": False, "sample_weight": known
    }  # fmt: skip
