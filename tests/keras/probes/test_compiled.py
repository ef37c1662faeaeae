"""The look on JAX, in a process of its own: Keras has one backend a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.heavy

SCRIPT = """
import json
import keras
import numpy as np
from keras import layers
from trackexp.fit.batch import batch_of
from trackexp.keras.probes.layers import layer_values, watched_layers
from trackexp.keras.probes.prober import Prober

x = np.random.default_rng(0).random((50, 4)).astype("float32")
y = np.random.default_rng(1).random((50, 2)).astype("float32")


def model_of(first, between):
    model = keras.Sequential([keras.Input((4,)), first, between, layers.Dense(2, name="last")])
    model.compile("sgd", "mse")
    return model


def look_at(model):
    return Prober(model, watched_layers(model), [{"identifier": "mean_squared_error"}], "linear").look(batch_of(x, y))




cut = layers.Lambda(keras.ops.stop_gradient, output_shape=lambda shape: shape)
model = model_of(layers.Dense(3, "tanh", name="first"), cut)
before = model.get_weights()
seen = look_at(model)
hidden = np.tanh(x @ before[0] + before[1])
answer = hidden @ before[2] + before[3]
expected = layer_values(hidden, "tanh")
never = layers.Dense(3, "relu", kernel_initializer=keras.initializers.Constant(-1.0))
dead = look_at(model_of(never, layers.Flatten()))
print(json.dumps({
    "without": seen.without_gradient,
    "values": [seen.layers[name][0] for name in ("saturated", "mean", "std")],
    "expected": [expected.saturated, expected.mean, expected.std],
    "loss": [seen.scalars["loss"], seen.scalars["loss_recomputed"], float(((answer - y) ** 2).mean())],
    "gradient": [seen.layers["gradient"][1] * 6**0.5, float(np.linalg.norm(hidden.T @ (answer - y) / 50))],
    "first": seen.layers["gradient"][0],
    "dead": [dead.layers["dead"][0], dead.layers["gradient"][0], dead.without_gradient],
    "same": all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True)),
}))
"""


@pytest.fixture(scope="module")
def seen() -> Any:
    """What the script printed."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        env={**os.environ, "KERAS_BACKEND": "jax"}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_it_sees_what_numpy_computes(seen: Any) -> None:
    """Values of layers, loss and gradient are those of the textbook; no weight has moved."""
    assert seen["expected"] == pytest.approx(seen["values"], rel=1e-5)
    assert [seen["loss"][2]] * 2 == pytest.approx(seen["loss"][:2], rel=1e-5)
    assert seen["gradient"][1] == pytest.approx(seen["gradient"][0], rel=1e-4)
    assert seen["same"]


def test_a_layer_that_is_cut_off_is_told_from_a_dead_one(seen: Any) -> None:
    """A gradient that no input reaches is none; one of relu units that never fire is zero."""
    assert (["first"], None) == (seen["without"], seen["first"])
    assert [1.0, 0.0, []] == seen["dead"]
