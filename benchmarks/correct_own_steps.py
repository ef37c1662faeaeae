"""Correct trainings with losses, layers and steps of their own: GAN, VAE, contrastive, CTC, survival, densities."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from correct_trainings import ROWS, Program, chain, classes, relu, table, training
from keras import layers, ops


@training
def speech_with_ctc(rng: np.random.Generator) -> Program:
    y = rng.integers(1, 6, (ROWS, 4))
    x = np.repeat(np.eye(6)[y], 5, axis=1) + 0.2 * rng.normal(size=(ROWS, 20, 6))
    model = chain((20, 6), layers.Bidirectional(layers.GRU(16, return_sequences=True)), layers.Dense(6))
    model.compile(keras.optimizers.Adam(0.01), keras.losses.CTC())
    return model, x.astype("float32"), y, {"epochs": 12}


@training
def variational_autoencoder(rng: np.random.Generator) -> Program:
    class Vae(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = chain((16,), relu(32), layers.Dense(4))
            self.decoder = chain((2,), relu(32), layers.Dense(16))
            self.seed = keras.random.SeedGenerator(1)

        def call(self, x: Any) -> Any:
            mean, spread = ops.split(self.encoder(x), 2, axis=-1)
            self.add_loss(-0.02 * ops.mean(1 + spread - ops.square(mean) - ops.exp(spread)))
            return self.decoder(mean + ops.exp(spread / 2) * keras.random.normal(ops.shape(mean), seed=self.seed))

    x = (table(rng, 2) @ rng.normal(size=(2, 16)) + 0.1 * rng.normal(size=(ROWS, 16))).astype("float32")
    model = Vae()
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, x, x, {"epochs": 12}


@training
def gan_with_its_own_step(rng: np.random.Generator) -> Program:
    import tensorflow as tf

    class Gan(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.generator = chain((4,), relu(16), layers.Dense(2))
            self.critic = chain((2,), layers.Dense(16), layers.LeakyReLU(0.2), layers.Dense(1))

        def compile(self, critic: Any, generator: Any) -> None:
            super().compile()
            self.loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
            self.critic_step, self.generator_step = critic, generator

        def train_step(self, real: Any) -> Any:
            count = tf.shape(real)[0]
            with tf.GradientTape() as tape:
                fake = self.generator(tf.random.normal((count, 4)))
                scores = self.critic(tf.concat([real, fake], 0))
                truth = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], 0)
                critic_loss = self.loss_of(truth, scores)
            weights = self.critic.trainable_weights
            self.critic_step.apply_gradients(zip(tape.gradient(critic_loss, weights), weights, strict=True))
            with tf.GradientTape() as tape:
                scores = self.critic(self.generator(tf.random.normal((count, 4))))
                generator_loss = self.loss_of(tf.ones((count, 1)), scores)
            weights = self.generator.trainable_weights
            self.generator_step.apply_gradients(zip(tape.gradient(generator_loss, weights), weights, strict=True))
            return {"critic_loss": critic_loss, "generator_loss": generator_loss}

    model = Gan()
    model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), keras.optimizers.Adam(2e-4, beta_1=0.5))
    return model, (table(rng, 2) * 0.3 + [1.0, -1.0]).astype("float32"), None, {"epochs": 5}


@training
def triplets(rng: np.random.Generator) -> Program:
    def batch_hard(y: Any, vectors: Any) -> Any:
        far = 2 - 2 * ops.matmul(vectors, ops.transpose(vectors))
        same = ops.cast(ops.equal(ops.reshape(y, (-1, 1)), ops.reshape(y, (1, -1))), far.dtype)
        return ops.mean(ops.relu(ops.max(far * same, 1) - ops.min(far + 4 * same, 1) + 0.3))

    x = table(rng)
    model = chain((8,), relu(32), layers.Dense(8), layers.UnitNormalization())
    model.compile(keras.optimizers.Adam(0.003), batch_hard)
    return model, x, classes(rng, x, 5), {"epochs": 8, "batch_size": 64}


@training
def contrastive_of_two_views(rng: np.random.Generator) -> Program:
    def in_batch(_: Any, pair: Any) -> Any:
        left, right = pair[:, 0], pair[:, 1]
        near = ops.matmul(left, ops.transpose(right)) / 0.2
        return keras.losses.sparse_categorical_crossentropy(ops.arange(ops.shape(near)[0]), near, from_logits=True)

    entry = keras.Input((16,))
    tower = chain((16,), relu(32), layers.Dense(8), layers.UnitNormalization())
    views = [layers.Reshape((1, 8))(tower(layers.GaussianNoise(0.3)(entry))) for _ in range(2)]
    model = keras.Model(entry, layers.Concatenate(axis=1)(views))
    model.compile("adam", in_batch)
    return model, table(rng, 16), np.zeros((ROWS, 1), "float32"), {"epochs": 8, "batch_size": 64}


@training
def two_tower_retrieval(rng: np.random.Generator) -> Program:
    class Retrieval(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.query, self.item = chain((8,), relu(16), layers.Dense(8)), chain((8,), relu(16), layers.Dense(8))

        def call(self, pair: Any) -> Any:
            return ops.matmul(self.query(pair["query"]), ops.transpose(self.item(pair["item"])))

        def compute_loss(self, _x: Any = None, _y: Any = None, y_pred: Any = None, *_: Any, **__: Any) -> Any:
            rows = ops.arange(ops.shape(y_pred)[0])
            return ops.mean(keras.losses.sparse_categorical_crossentropy(rows, y_pred, from_logits=True))

    x = table(rng)
    model = Retrieval()
    model.compile(keras.optimizers.Adam(0.003))
    return model, {"query": x, "item": (x + 0.3 * table(rng)).astype("float32")}, None, {"epochs": 10}


@training
def cox_survival(rng: np.random.Generator) -> Program:
    def partial_likelihood(y: Any, risk: Any) -> Any:
        time, event = y[:, :1], y[:, 1]
        at_risk = ops.cast(time <= ops.transpose(time), risk.dtype)
        total = ops.log(ops.sum(at_risk * ops.exp(ops.transpose(risk)), axis=1))
        return -ops.sum((risk[:, 0] - total) * event) / (ops.sum(event) + 1e-6)

    x = table(rng)
    time = rng.exponential(np.exp(-x @ rng.normal(size=8) * 0.7))
    event = (rng.uniform(size=ROWS) < 0.7).astype("float32")
    model = chain((8,), relu(16), layers.Dropout(0.2), layers.Dense(1, use_bias=False))
    model.compile(keras.optimizers.Adam(0.003), partial_likelihood)
    return model, x, np.stack([time, event], 1).astype("float32"), {"epochs": 12, "batch_size": 128}


@training
def discrete_hazards(rng: np.random.Generator) -> Program:
    def hazards(y: Any, p: Any) -> Any:
        lived, died = y[:, :6], y[:, 6:]
        return -ops.mean(ops.sum(ops.log(1 - lived * p + 1e-6) + ops.log(1 - died * (1 - p) + 1e-6), axis=1))

    x = table(rng)
    when = np.clip(rng.exponential(np.exp(-x @ rng.normal(size=8) * 0.5)) * 3, 0, 5.9).astype(int)
    y = np.concatenate([(np.arange(6) < when[:, None]), np.arange(6) == when[:, None]], axis=1).astype("float32")
    model = chain((8,), relu(16), layers.Dense(6, activation="sigmoid"))
    model.compile("adam", hazards)
    return model, x, y, {"epochs": 10, "validation_split": 0.2}


@training
def pinball_of_three_outputs(rng: np.random.Generator) -> Program:
    def pinball(level: float) -> Any:
        return lambda y, p: ops.mean(ops.maximum(level * (y - p), (level - 1) * (y - p)))

    x = table(rng)
    y = (x[:, :1] + np.exp(0.3 * x[:, 1:2]) * rng.normal(size=(ROWS, 1))).astype("float32")
    entry = keras.Input((8,))
    hidden = relu(32)(entry)
    model = keras.Model(entry, {name: layers.Dense(1, name=name)(hidden) for name in ("low", "mid", "high")})
    model.compile("adam", {"low": pinball(0.1), "mid": pinball(0.5), "high": pinball(0.9)})
    return model, x, {"low": y, "mid": y, "high": y}, {"epochs": 12, "validation_split": 0.2}


@training
def gaussian_likelihood(rng: np.random.Generator) -> Program:
    def likelihood(y: Any, p: Any) -> Any:
        mean, spread = p[:, :1], p[:, 1:]
        return ops.mean(spread + 0.5 * ops.square((y - mean) * ops.exp(-spread)))

    x = table(rng)
    y = 0.05 * (x[:, :1] + 0.1 * np.exp(x[:, 1:2]) * rng.normal(size=(ROWS, 1)))
    model = chain((8,), relu(32), layers.Dense(2))
    model.compile(keras.optimizers.Adam(0.003), likelihood)
    return model, x, y.astype("float32"), {"epochs": 20, "validation_split": 0.2}


@training
def mixture_density(rng: np.random.Generator) -> Program:
    def mixture(y: Any, p: Any) -> Any:
        share, mean, spread = ops.split(p, 3, axis=-1)
        each = -spread - 0.5 * ops.square((y - mean) * ops.exp(-spread)) + ops.log_softmax(share, -1)
        return -ops.mean(ops.logsumexp(each, axis=-1))

    x = rng.uniform(-1, 1, (ROWS, 1)).astype("float32")
    y = np.where(rng.uniform(size=(ROWS, 1)) < 0.5, x, -x) + 0.05 * rng.normal(size=(ROWS, 1))
    model = chain((1,), layers.Dense(32, activation="tanh"), layers.Dense(9))
    model.compile(keras.optimizers.Adam(0.01), mixture)
    return model, x, y.astype("float32"), {"epochs": 15}


@training
def distiller(rng: np.random.Generator) -> Program:
    class Distiller(keras.Model):
        def __init__(self, teacher: Any, student: Any) -> None:
            super().__init__()
            self.teacher, self.student = teacher, student
            teacher.trainable = False

        def call(self, x: Any) -> Any:
            return self.student(x)

        def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, *_: Any, **__: Any) -> Any:
            soft = ops.softmax(self.teacher(x) / 3)
            hard = keras.losses.sparse_categorical_crossentropy(y, y_pred, from_logits=True)
            return ops.mean(0.2 * hard + 9 * keras.losses.kl_divergence(soft, ops.softmax(y_pred / 3)))

    x = table(rng)
    y = classes(rng, x, 4)
    teacher = chain((8,), relu(64), layers.Dense(4))
    teacher.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    teacher.fit(x, y, epochs=10, verbose=0)
    model = Distiller(teacher, chain((8,), relu(12), layers.Dense(4)))
    model.compile(keras.optimizers.Adam(0.005), metrics=["accuracy"])
    return model, x, y, {"epochs": 8}


@training
def domain_adversarial(rng: np.random.Generator) -> Program:
    class Reversed(layers.Layer):
        def call(self, x: Any) -> Any:
            return ops.stop_gradient(2 * x) - x

    x = table(rng)
    domain = rng.integers(0, 2, (ROWS, 1)).astype("float32")
    x[:, 7] += 2 * domain[:, 0]
    entry = keras.Input((8,))
    hidden = relu(32)(entry)
    kind = layers.Dense(4, activation="softmax", name="kind")(hidden)
    place = layers.Dense(1, activation="sigmoid", name="place")(relu(16)(Reversed()(hidden)))
    model = keras.Model(entry, {"kind": kind, "place": place})
    losses = {"kind": "sparse_categorical_crossentropy", "place": "binary_crossentropy"}
    model.compile("adam", losses, loss_weights={"kind": 1.0, "place": 0.1}, metrics={"kind": ["accuracy"]})
    return model, x, {"kind": classes(rng, x[:, :7], 4), "place": domain}, {"epochs": 10}


@training
def dice_of_small_masks(rng: np.random.Generator) -> Program:
    x, y = rng.uniform(0, 0.4, (ROWS, 16, 16, 1)).astype("float32"), np.zeros((ROWS, 16, 16, 1), "float32")
    for row in range(ROWS):
        top, left = rng.integers(0, 12, 2)
        y[row, top : top + 4, left : left + 4] = 1
    x += 0.5 * y
    entry = keras.Input((16, 16, 1))
    first = layers.Conv2D(8, 3, padding="same", activation="relu")(entry)
    deep = layers.Conv2D(16, 3, padding="same", activation="relu")(layers.MaxPooling2D()(first))
    joined = layers.Concatenate()([first, layers.UpSampling2D()(deep)])
    model = keras.Model(entry, layers.Conv2D(1, 1, activation="sigmoid")(joined))
    model.compile(keras.optimizers.Adam(0.003), keras.losses.Dice(), metrics=["binary_accuracy"])
    return model, x, y, {"epochs": 10}


@training
def residual_net_in_mixed_precision(rng: np.random.Generator) -> Program:
    entry = keras.Input((12, 12, 3))
    half = "mixed_bfloat16"
    hidden = layers.Conv2D(12, 3, padding="same", use_bias=False, dtype=half)(entry)
    for _ in range(2):
        branch = layers.ReLU(dtype=half)(layers.BatchNormalization(momentum=0.8, dtype=half)(hidden))
        branch = layers.Conv2D(12, 3, padding="same", use_bias=False, dtype=half)(branch)
        branch = layers.BatchNormalization(momentum=0.8, gamma_initializer="zeros", dtype=half)(branch)
        hidden = layers.Add(dtype=half)([hidden, branch])
    pooled = layers.GlobalAveragePooling2D(dtype=half)(layers.ReLU(dtype=half)(hidden))
    model = keras.Model(entry, layers.Dense(4, activation="softmax", dtype="float32")(pooled))
    steps = keras.optimizers.schedules.CosineDecay(0.0, 150, warmup_target=0.1, warmup_steps=20)
    model.compile(
        keras.optimizers.SGD(steps, momentum=0.9, nesterov=True, weight_decay=5e-4),
        "sparse_categorical_crossentropy", metrics=["accuracy"],
    )  # fmt: skip
    y = rng.integers(0, 4, ROWS)
    x = rng.uniform(size=(ROWS, 12, 12, 3)) * 0.5
    x[np.arange(ROWS), :, :, y % 3] += 0.3 * (1 + (y // 3))[:, None, None]
    return model, x.astype("float32"), y, {"epochs": 8, "validation_split": 0.2}
