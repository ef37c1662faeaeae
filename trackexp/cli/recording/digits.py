"""Handwritten digits, three times: a sound run, the same with a loss that does not fit, and a better model.

    python examples/digits.py

It needs no account and no network: without a W&B key the runs are recorded in `wandb/`, to be sent by `trackexp sync`.

`examples/digits.py` is a link to this file. `trackexp demo` must find it in an installed package, a reader looks for
it among the examples, and two copies would drift apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from trackexp import compare, read_run, track
from trackexp.comparison import Comparison


@dataclass(frozen=True)
class Config:
    """What a run is given; W&B stores it as the config."""

    model: str
    loss: str
    lr: float
    epochs: int = 15


RUNS = {
    "dense": Config("dense", "categorical_crossentropy", 1e-3),
    "dense-bce": Config("dense", "binary_crossentropy", 1e-3),
    "small-cnn": Config("cnn", "categorical_crossentropy", 3e-3),
}


def build(kind: str) -> keras.Model:
    """Return a classifier of 8 × 8 images into ten digits."""
    if kind == "dense":
        body = [layers.Flatten(), layers.Dense(64, activation="relu")]
    else:
        body = [layers.Conv2D(16, 3, activation="relu"), layers.Conv2D(32, 3, activation="relu"), layers.Flatten()]
    return keras.Sequential([keras.Input((8, 8, 1)), *body, layers.Dense(10, activation="softmax")])


def train(callbacks: Sequence[keras.callbacks.Callback] = ()) -> Comparison:
    """Train the three runs, read them back from disk and compare them."""
    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1) / 16  # the pixels are counts from 0 to 16
    x, x_valid, y, y_valid = train_test_split(
        images, keras.utils.to_categorical(labels), test_size=0.2, random_state=0, stratify=labels
    )
    folders = []
    for name, config in RUNS.items():
        keras.utils.set_random_seed(0)
        with track(project="digits", name=name, config=config, monitor="val_loss") as run:
            model = build(config.model)
            model.compile(keras.optimizers.Adam(config.lr), loss=config.loss, metrics=["accuracy"])
            model.fit(
                x,
                y,
                validation_data=(x_valid, y_valid),
                epochs=config.epochs,
                callbacks=list(callbacks),
                verbose=0,
            )
        folders.append(run.folder)
    return compare(map(read_run, folders))


if __name__ == "__main__":
    train().show()
