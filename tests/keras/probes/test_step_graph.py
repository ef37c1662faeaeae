from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trackexp import track
from trackexp.keras.probes.step_graph import step_traits

X = np.random.default_rng(0).normal(size=(200, 5)).astype("float32")
Y = X.sum(axis=1)

Loss = Callable[[Any, Any], Any]


class OwnStep(keras.Model):
    """A model that makes its step itself, with this loss of targets and outputs."""

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.dense, self.loss_of = keras.layers.Dense(1), loss

    def call(self, x: Any) -> Any:
        return self.dense(x)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.loss_of(y, self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def trained(loss: Loss, **options: Any) -> OwnStep:
    """Return the model behind two epochs."""
    model = OwnStep(loss)
    model.compile("adam", **options)
    model.fit(X, Y, epochs=2, verbose=0)
    return model


WRONG = {
    "a square": lambda y, p: tf.reduce_mean(tf.square(y - p)),
    "the other way round": lambda y, p: tf.reduce_mean(tf.abs(p - tf.cast(y, "float32") / 2)),
    "in one operation": lambda y, p: tf.reduce_mean(tf.math.squared_difference(p, y)),
}
RIGHT = {
    "a column": lambda y, p: tf.reduce_mean(tf.square(y[:, None] - p)),
    "squeezed": lambda y, p: tf.reduce_mean(tf.square(y - tf.squeeze(p, 1))),
    "pairs of outputs": lambda y, p: tf.reduce_mean((p - tf.squeeze(p, 1)) * (y[:, None] - y)),
    "fixed centres": lambda y, p: tf.reduce_mean(tf.abs(p - tf.linspace(0.0, 1.0, 32))) + 0.0 * tf.reduce_mean(y),
}


@pytest.mark.parametrize("loss", WRONG.values(), ids=WRONG)
def test_rows_against_all_rows_are_seen(loss: Loss):
    """However the difference is written."""
    assert {"crosses_rows": True} == step_traits(trained(loss))


@pytest.mark.parametrize("loss", RIGHT.values(), ids=RIGHT)
def test_what_is_meant_is_not_named(loss: Loss):
    """Shapes that fit, and pairs on purpose."""
    assert {} == step_traits(trained(loss))


def test_an_eager_step_shows_nothing():
    """There is no graph of it."""
    assert {} == step_traits(trained(WRONG["a square"], run_eagerly=True))


@pytest.mark.usefixtures("unhurried", "workspace")
def test_the_run_names_it():
    """As it names it in a loss function."""
    with track(mode="offline", best_model=None) as run:
        trained(WRONG["a square"])

    assert ["label-shape-broadcast"] == [finding.name for finding in run.findings if finding.severity != "info"]
