from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from trackexp import read_run, track

pytestmark = pytest.mark.usefixtures("unhurried")
EPOCHS = 4


class Noise(kl.Layer):
    """Draws whatever the mode, as the sampling of a VAE does, adds to the loss, and counts what it has seen."""

    def __init__(self) -> None:
        super().__init__()
        self.seeds = keras.random.SeedGenerator(1)
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, z: Any) -> Any:
        self.seen.assign(self.seen + 1.0)
        self.add_loss(1e-3 * keras.ops.mean(keras.ops.square(z)))
        return z + 0.01 * keras.random.normal(keras.ops.shape(z), seed=self.seeds)


class Own(keras.Model):
    """A `call` and a training step of the user's own."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.last = kl.Dense(8, "relu"), kl.Dense(3, "softmax")

    def call(self, x: Any, training: bool = False) -> Any:
        return self.last(self.hidden(x))

    def train_step(self, *args: Any, **kwargs: Any) -> Any:
        return super().train_step(*args, **kwargs)


def _noisy() -> Any:
    entry = keras.Input((6,))
    hidden = kl.BatchNormalization()(kl.Dropout(0.3)(kl.Dense(8, "relu", kernel_regularizer="l2")(entry)))
    return keras.Model(entry, kl.Dense(3, "softmax")(Noise()(hidden)))


def _two_heads() -> Any:
    entry = keras.Input((6,), name="measures")
    hidden = kl.Dense(8, "tanh")(entry)
    return keras.Model(
        {"measures": entry},
        {"kind": kl.Dense(3, "softmax", name="kind")(hidden), "size": kl.Dense(1, name="size")(hidden)},
    )


MODELS: dict[str, Callable[[], Any]] = {"noisy": _noisy, "own step": Own}


def _compiled(made: Any, **options: Any) -> Any:
    made.compile("adam", options.pop("loss", "sparse_categorical_crossentropy"), **options)
    return made


def train(build: Callable[[], Any], data: Any, **arguments: Any) -> tuple[list[Any], Any]:
    """Return everything that a fit leaves behind: curves, weights, optimizer, metrics, and the streams of numbers."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(5)
    made = _compiled(build(), metrics=["accuracy"])
    curves = made.fit(
        data.x, data.labels, validation_data=(data.x[:50], data.labels[:50]), epochs=EPOCHS, verbose=0, **arguments
    )
    state = [np.array(variable) for variable in (*made.variables, *made.optimizer.variables)]
    import tensorflow as tf

    drawn = [random.random(), np.random.rand(), float(tf.random.normal(())), float(keras.random.normal(()))]
    return [curves.history, drawn], state


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_a_training_is_the_same_to_the_last_bit(workspace: Path, data: Any, build: Callable[[], Any]) -> None:
    """Curves, weights, optimizer, metrics and every random stream are those of the bare fit."""
    bare, bare_state = train(build, data)
    with track("bits", mode="offline", best_model=None, strict=True) as run:
        probed, state = train(build, data)

    assert bare == probed
    for expected, actual in zip(bare_state, state, strict=True):
        np.testing.assert_array_equal(expected, actual)
    assert run.state.facts[0]["probes"]["epochs"]


def probes_of(fit: Callable[[], Any], **options: Any) -> Any:
    """Return what the probes of a fit saw, as the run keeps it on disk."""
    with track("probes", mode="offline", best_model=None, strict=True, **options) as run:
        fit()
    return read_run(run.folder).facts[0].get("probes")


def test_a_look_sees_layers_outputs_gradients_and_weights(workspace: Path, data: Any) -> None:
    """Columns for each layer, and the loss of the model's own output, which is the reported one."""
    made = _compiled(
        keras.Sequential([keras.Input((6,)), kl.Dense(8, "relu"), kl.Dense(4, "tanh"), kl.Dense(3, "softmax")])
    )
    probes = probes_of(lambda: made.fit(data.x, data.labels, epochs=EPOCHS, verbose=0))

    assert 3 == len(probes["names"]) == len(probes["initial_scale"])
    assert len(probes["epochs"]) == len(probes["scalars"]["loss"]) == len(probes["layers"]["gradient"])
    assert {"weight_change", "weight_scale", "gradient", "dead", "saturated", "mean", "std"} == set(probes["layers"])
    assert probes["scalars"]["loss"] == pytest.approx(probes["scalars"]["loss_recomputed"], rel=1e-3)
    assert [True, False, False] == [value is not None for value in probes["layers"]["dead"][-1]]
    assert all(change > 0 for change in probes["layers"]["weight_change"][-1])
    assert [] == probes["not_seen"] == probes["without_gradient"]


def test_scalars_are_in_the_history_too(workspace: Path, data: Any) -> None:
    """A bounded number of keys under `probe/`, in the row of the epoch."""
    with track("probes", mode="offline", best_model=None) as run:
        _compiled(_noisy()).fit(data.x, data.labels, epochs=EPOCHS, verbose=0)
    record = read_run(run.folder)
    keys = {key for key in record.metrics() if key.startswith("probe/")}

    assert {"probe/loss", "probe/score", "probe/gradient", "probe/regularization", "probe/seconds"} <= keys
    assert len(keys) <= 10


def _as_dataset(data: Any) -> Any:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((data.x, data.labels)).batch(64).repeat()


def _as_generator(data: Any) -> Iterator[Any]:
    yield from ((data.x[at : at + 60], data.labels[at : at + 60]) for at in list(range(0, 240, 60)) * 10)


@pytest.mark.parametrize("stream", [_as_dataset, _as_generator], ids=["tf.data", "generator"])
def test_a_stream_gives_its_first_batch(workspace: Path, data: Any, stream: Any) -> None:
    """Of a stream the batch that the training drew itself is looked at."""
    made = _compiled(_noisy())
    probes = probes_of(lambda: made.fit(stream(data), steps_per_epoch=4, epochs=EPOCHS, shuffle=False, verbose=0))

    assert probes["rows"] <= 64
    assert probes["scalars"]["loss"][-1] > 0


def _fit_two_heads(data: Any) -> None:
    made = _two_heads()
    made.compile("adam", {"kind": "sparse_categorical_crossentropy", "size": "mse"})
    made.fit({"measures": data.x}, {"kind": data.labels, "size": data.x[:, 0]}, epochs=EPOCHS, verbose=0)


def _fit_mixed(data: Any) -> None:
    made = keras.Sequential([keras.Input((6,)), kl.Dense(8, "relu", dtype="mixed_bfloat16"), kl.Dense(3, "softmax")])
    _compiled(made).fit(data.x, data.labels, epochs=EPOCHS, verbose=0)


def _fit_jit(data: Any) -> None:
    made = keras.Sequential([keras.Input((6,)), kl.Dense(8, "relu"), kl.Dense(3, "softmax")])
    _compiled(made, jit_compile=True).fit(data.x, data.labels, epochs=EPOCHS, verbose=0)


def _fit_pandas(data: Any) -> None:
    import pandas as pd

    made = keras.Sequential([keras.Input((6,)), kl.Dense(3, "softmax")])
    _compiled(made).fit(pd.DataFrame(data.x), pd.Series(data.labels), epochs=EPOCHS, verbose=0)


@pytest.mark.parametrize(
    "fit",
    [_fit_two_heads, _fit_mixed, _fit_jit, _fit_pandas],
)
def test_kinds_of_fits_are_looked_at(workspace: Path, data: Any, fit: Callable[[Any], None]) -> None:
    """Several outputs, mixed precision, jit_compile and tables."""
    probes = probes_of(lambda: fit(data))

    assert [] == probes["not_seen"]
    assert len(probes["names"]) <= 64
    assert probes["scalars"]["loss"][-1] is not None


def test_a_call_that_raises_is_tried_once(workspace: Path, data: Any) -> None:
    """What the user's own code does not allow from here is noted, with its reason, and the training goes on."""

    class Touchy(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.last = kl.Dense(3, "softmax")

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                raise RuntimeError("for training only")
            return self.last(x)

    probes = probes_of(lambda: _compiled(Touchy()).fit(data.x, data.labels, epochs=EPOCHS, verbose=0))

    assert 1 == len(probes["not_seen"])
    assert "outputs: RuntimeError" in probes["not_seen"][0]
    assert "for training only" in probes["not_seen"][0]


def test_without_diagnosis_nothing_is_probed(workspace: Path, data: Any) -> None:
    """diagnose=False takes no look."""
    made = _compiled(_noisy())

    assert probes_of(lambda: made.fit(data.x, data.labels, epochs=2, verbose=0), diagnose=False) is None


def test_two_fits_have_their_own_stretch_of_the_axis(workspace: Path, data: Any) -> None:
    """The facts say where on the run's axis each fit begins, and how far it came."""
    with track("probes", mode="offline", best_model=None) as run:
        made = _compiled(_noisy())
        made.fit(data.x, data.labels, epochs=3, verbose=0)
        made.fit(data.x, data.labels, epochs=2, batch_size=60, verbose=0)
    fits = [facts["fit"] for facts in read_run(run.folder).facts]

    assert [(0, 3, True), (3, 2, True)] == [(fit["first_epoch"], fit["epochs_done"], fit["ended"]) for fit in fits]
