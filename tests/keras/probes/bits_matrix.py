"""Trains every kind of fit twice on one backend, bare and tracked, and prints as JSON in what the two differ.

Run by test_bits.py in a process for each backend: Keras has one backend a process.
"""

from __future__ import annotations

import json
import random
import sys

import keras
import numpy as np
from keras import layers

from trackexp import track
from trackexp.fit import budget

BACKEND = sys.argv[1]
budget.LONG_SHARE = budget.SHORT_SHARE = 600.0  # what is asked is what a look leaves behind, not when it is taken

EPOCHS = 2
rng = np.random.default_rng(0)
labels = np.arange(96) % 3
images = (rng.normal(size=(96, 8, 8, 1)) + labels[:, None, None, None]).astype("float32")


class Noise(layers.Layer):
    """Draws whatever the mode, adds to the loss, and counts what it has seen."""

    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(1)
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, z):
        self.seen.assign(self.seen + 1.0)
        self.add_loss(1e-3 * keras.ops.mean(keras.ops.square(z)))
        return z + 0.01 * keras.random.normal(keras.ops.shape(z), seed=self.seeds)


class Own(keras.Model):
    """A `call` of the user's own, around a nested model."""

    def __init__(self):
        super().__init__()
        self.inner = plain(compiled=False)
        self.drop = layers.Dropout(0.2)

    def call(self, x, training=False):
        return self.inner(self.drop(x, training=training), training=training)


def plain(*, compiled=True, **options):
    """Return a model that changes images at random, drops, and normalises over the batch."""
    stack = [layers.RandomFlip(), layers.RandomTranslation(0.1, 0.1), layers.Conv2D(4, 3, kernel_regularizer="l2")]
    stack += [layers.BatchNormalization(), layers.ReLU(), layers.Flatten(), layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((8, 8, 1)), *stack, layers.Dense(3, "softmax")])
    if compiled:
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
    return model


def noisy():
    """Return a model with a layer that draws, counts and adds to the loss, under a schedule and clipping."""
    rate = keras.optimizers.schedules.CosineDecay(0.01, 20)
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(8, "relu"), Noise()])
    model.add(layers.Dense(3, "softmax"))
    model.compile(keras.optimizers.SGD(rate, momentum=0.9, clipnorm=1.0), "sparse_categorical_crossentropy")
    return model


def recurrent():
    """Return a model with a cell inside a layer."""
    rows = [keras.Input((8, 8, 1)), layers.Reshape((8, 8)), layers.LSTM(4, recurrent_dropout=0.1)]
    model = keras.Sequential([*rows, layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def subclassed():
    """Return a compiled model with a `call` of its own, not built."""
    model = Own()
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy", "sparse_categorical_crossentropy"])
    return model


def mixed(policy):
    """Return the plain model in half precision."""
    keras.config.set_dtype_policy(policy)
    try:
        return plain()
    finally:
        keras.config.set_dtype_policy("float32")


class Batches(keras.utils.PyDataset):
    """Draws its own noise from numpy's global stream."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = slice(index * 32, index * 32 + 32)
        return images[rows] + np.random.normal(size=(32, 8, 8, 1)).astype("float32") * 0.01, labels[rows]


def generated():
    """Yield the batches of the training, drawn from Python's and numpy's global streams, and no more of them.

    Of an endless one Keras fetches now more, now fewer batches ahead.
    """
    for _ in range(3 * EPOCHS):
        chosen = np.random.permutation(96)[: 32 + 0 * random.randrange(3)]
        yield images[chosen], labels[chosen]


def dataset():
    """Return a tf.data pipeline that shuffles anew each epoch and flips at random."""
    import tensorflow as tf

    rows = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(96, reshuffle_each_iteration=True)
    rows = rows.map(lambda x, y: (tf.image.random_flip_left_right(x) + tf.random.normal((8, 8, 1)) * 0.01, y))
    return rows.batch(32).prefetch(2)


def loader():
    """Return a DataLoader of torch that shuffles from its global stream."""
    import torch

    rows = torch.utils.data.TensorDataset(torch.tensor(images), torch.tensor(labels))
    return torch.utils.data.DataLoader(rows, batch_size=32, shuffle=True)


arrays = {"x": images, "y": labels, "validation_data": (images[:24], labels[:24])}
CASES = {
    "arrays": (plain, lambda: arrays),
    "a split, shuffled": (noisy, lambda: {"x": images, "y": labels, "validation_split": 0.25, "shuffle": True}),
    "subclassed": (subclassed, lambda: arrays),
    "recurrent": (recurrent, lambda: arrays),
    "mixed_bfloat16": (lambda: mixed("mixed_bfloat16"), lambda: arrays),
    "pydataset": (plain, lambda: {"x": Batches(), "shuffle": True}),
    "generator": (noisy, lambda: {"x": generated(), "steps_per_epoch": 3, "shuffle": False}),
}
if BACKEND != "torch":
    CASES["jit_compile"] = (lambda: plain(jit_compile=True), lambda: arrays)
if BACKEND == "tensorflow":
    CASES["tf.data"] = (plain, lambda: {"x": dataset(), "shuffle": False})
    CASES["mixed_float16"] = (lambda: mixed("mixed_float16"), lambda: arrays)
if BACKEND == "torch":
    CASES["torch loader"] = (plain, lambda: {"x": loader(), "shuffle": False})


def streams():
    """Return a number from each global stream."""
    drawn = [random.random(), np.random.rand(), float(keras.random.normal(()))]
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return [*drawn, float(tf.random.normal(()))]
    if BACKEND == "torch":
        import torch

        return [*drawn, float(torch.rand(()))]
    return drawn


def trained(build, data):
    """Return everything that a fit leaves behind."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(5)
    model = build()
    history = model.fit(**data(), epochs=EPOCHS, verbose=0).history
    state = {"history": history, "streams": streams()}
    for name in ("weights", "non_trainable_variables", "metrics_variables"):
        state[name] = [np.array(keras.ops.convert_to_numpy(variable)) for variable in getattr(model, name)]
    state["optimizer"] = [np.array(keras.ops.convert_to_numpy(variable)) for variable in model.optimizer.variables]
    return state


def same(bare, other):
    """Tell whether two states are equal to the last bit."""
    if not isinstance(bare, list) or not bare or not isinstance(bare[0], np.ndarray):
        return bare == other
    return len(bare) == len(other) and all(
        a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in zip(bare, other, strict=True)
    )


found = {}
for name, (build, data) in CASES.items():
    bare = trained(build, data)
    with track("bits", name=name, mode="offline", best_model=None, strict=True) as run:
        other = trained(build, data)
    probes = run.state.facts[0].get("probes", {})
    found[name] = {
        "differs": [part for part in bare if not same(bare[part], other[part])],
        "epochs": probes.get("epochs"),
        "not_seen": probes.get("not_seen"),
        "gradients": len(probes.get("scalars", {}).get("gradient", [])),
    }
sys.stdout.write(json.dumps(found) + "\n")
