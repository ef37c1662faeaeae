"""Trains every kind of model and data on one backend, each in a run of its own; prints the runs' folders as JSON.

Run by test_backends.py in a process for each backend: Keras has one backend a process.
"""

from __future__ import annotations

import json
import sys

BACKEND = sys.argv[1]
if BACKEND != "tensorflow":
    sys.modules.update(tensorflow=None, tf_keras=None)  # as where it is not installed: every import of it fails

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

from trackexp import track  # noqa: E402

rng = np.random.default_rng(0)
labels = np.arange(240) % 3
x = (rng.normal(size=(240, 6)) + np.eye(3, 6)[labels] * 3).astype("float32")
y = np.eye(3, dtype="float32")[labels]
WRONG = "binary_crossentropy"  # on classes that exclude each other


def sequential(loss=WRONG, **compiled):
    """Return a small classifier."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "relu"), layers.Dense(3, "softmax")])
    model.compile("adam", loss, metrics=["accuracy"], **compiled)
    return model


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.last = layers.Dense(8, "relu"), layers.Dense(3, "softmax")

    def call(self, inputs):
        return self.last(self.hidden(inputs))


class OwnStep(Subclassed):
    """Its step computes loss and gradients itself, by the means of the backend."""

    def train_step(self, *args):
        if BACKEND == "jax":
            return super().train_step(*args)  # jax's steps are functions of the whole state; Keras's own is called
        inputs, targets = args[0][:2]
        if BACKEND == "torch":
            self.zero_grad()
            loss = self.compute_loss(x=inputs, y=targets, y_pred=self(inputs, training=True))
            loss.backward()
            gradients = [weight.value.grad for weight in self.trainable_weights]
            import torch

            with torch.no_grad():
                self.optimizer.apply(gradients, self.trainable_weights)
            return {"loss": loss}
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=inputs, y=targets, y_pred=self(inputs, training=True))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


def compiled(model):
    """Compile with the wrong loss."""
    model.compile("adam", WRONG)
    return model


def two_outputs():
    """Return a model with a class and a number as outputs."""
    inputs = keras.Input((6,))
    hidden = layers.Dense(8, "relu")(inputs)
    outputs = {"kind": layers.Dense(3, "softmax", name="kind")(hidden), "size": layers.Dense(1, name="size")(hidden)}
    model = keras.Model(inputs, outputs)
    model.compile("adam", {"kind": WRONG, "size": "mean_squared_error"})
    return model


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return x[index * 80 : index * 80 + 80], y[index * 80 : index * 80 + 80]


def generated():
    """Yield batches for ever."""
    while True:
        yield x[:80], y[:80]


def loader():
    """Return a DataLoader of torch, which every backend reads."""
    import torch

    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=80)


def dataset():
    """Return a tf.data pipeline."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, y)).batch(80)


def mirrored():
    """Return a model of a strategy with one device."""
    import tensorflow as tf

    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        return sequential()


def mixed():
    """Return a model that computes in half precision."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return sequential()
    finally:
        keras.config.set_dtype_policy("float32")


arrays = {"x": x, "y": y, "batch_size": 80}
CASES = {
    "arrays": (sequential, lambda: arrays),
    "subclassed": (lambda: compiled(Subclassed()), lambda: arrays),
    "own step": (lambda: compiled(OwnStep()), lambda: arrays),
    "two outputs": (two_outputs, lambda: {**arrays, "y": {"kind": y, "size": x[:, :1]}}),
    "mixed precision": (mixed, lambda: arrays),
    "jit compiled": (lambda: sequential(jit_compile=BACKEND != "torch"), lambda: arrays),
    "pydataset": (sequential, lambda: {"x": Batches(), "shuffle": False}),
    "generator": (sequential, lambda: {"x": generated(), "steps_per_epoch": 3, "shuffle": False}),
}
if BACKEND == "tensorflow":
    CASES |= {
        "tf.data": (sequential, lambda: {"x": dataset(), "shuffle": False}),
        "mirrored": (mirrored, lambda: arrays),
    }
else:
    CASES["torch loader"] = (sequential, lambda: {"x": loader(), "shuffle": False})

folders = {}
for name, (build, data) in CASES.items():
    keras.utils.set_random_seed(0)
    with track("matrix", name=name, mode="offline", log_freq="batch", monitor="loss") as run:
        build().fit(**data(), epochs=2, verbose=0)
    folders[name] = str(run.folder)
sys.stdout.write(json.dumps(folders) + "\n")
