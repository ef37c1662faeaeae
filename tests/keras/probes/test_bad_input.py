"""Fits of every odd kind end as they do without tracking: with the same curves, or with the same error of Keras's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from trackexp import read_run, track

pytestmark = pytest.mark.usefixtures("unhurried")
EPOCHS = 2
Fit = Callable[[Any], Any]


class Adds(kl.Layer):
    """Adds to the loss."""

    def call(self, z: Any) -> Any:
        self.add_loss(keras.ops.mean(keras.ops.square(z)))
        return z


def compiled(*stack: Any, loss: Any = "sparse_categorical_crossentropy", **options: Any) -> Any:
    """Return a model that runs eagerly: nothing is traced, so that a fit takes a moment."""
    made = keras.Sequential([keras.Input((6,)), *stack])
    made.compile("sgd", loss, run_eagerly=True, **options)
    return made


def _not_compiled(data: Any) -> Any:
    return keras.Sequential([keras.Input((6,)), kl.Dense(3)]).fit(data.x, data.labels, verbose=0)


def _no_targets(data: Any) -> Any:
    return compiled(kl.Dense(3), Adds(), loss=None).fit(data.x, epochs=EPOCHS, verbose=0)


def _one_row(data: Any) -> Any:
    stack = kl.BatchNormalization(), kl.Dense(3, "softmax")
    return compiled(*stack, metrics=["accuracy"]).fit(data.x[:1], data.labels[:1], epochs=EPOCHS, verbose=0)


def _no_row(data: Any) -> Any:
    return compiled(kl.Dense(3, "softmax")).fit(data.x[:0], data.labels[:0], epochs=EPOCHS, verbose=0)


def _nan_everywhere(data: Any) -> Any:
    nothing = np.full_like(data.x, np.nan)
    return compiled(kl.Dense(3), loss="mse").fit(nothing, np.full((240, 3), np.nan), epochs=EPOCHS, verbose=0)


def _strings(data: Any) -> Any:
    import tensorflow as tf

    entry = keras.Input((1,), dtype="string")
    lookup = kl.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")
    made = keras.Model(entry, kl.Dense(3, "softmax")(lookup(entry)))
    made.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    return made.fit(tf.constant([["a"], ["b"]] * 120), tf.constant(data.labels), epochs=EPOCHS, verbose=0)


def _objects(data: Any) -> Any:
    return compiled(kl.Dense(3)).fit(np.array([{}, []] * 120, dtype=object), data.labels, epochs=EPOCHS, verbose=0)


def _numbers_as_objects(data: Any) -> Any:
    return compiled(kl.Dense(3)).fit(data.x.astype(object), data.labels, epochs=EPOCHS, verbose=0)


def _sparse(data: Any) -> Any:
    import scipy.sparse

    rows = scipy.sparse.csr_matrix(data.x)
    return compiled(kl.Dense(3, "softmax")).fit(rows, data.labels, epochs=EPOCHS, shuffle=False, verbose=0)


def _ragged(data: Any) -> Any:
    import tensorflow as tf

    rows = tf.ragged.constant([[1.0] * (1 + row % 3) for row in range(240)])
    return compiled(kl.Dense(3)).fit(rows, data.labels, epochs=EPOCHS, verbose=0)


def _lists_of_uneven_length(data: Any) -> Any:
    rows = [[1.0] * (1 + row % 3) for row in range(240)]
    return compiled(kl.Dense(3)).fit(rows, data.labels, epochs=EPOCHS, verbose=0)


def _mappings(data: Any) -> Any:
    entry = {"a": keras.Input((6,), name="a"), "b": keras.Input((6,), name="b")}
    both = kl.Concatenate()([entry["a"], entry["b"]])
    made = keras.Model(
        entry, {"kind": kl.Dense(3, "softmax", name="kind")(both), "size": kl.Dense(1, name="size")(both)}
    )
    made.compile("sgd", {"kind": "sparse_categorical_crossentropy", "size": "mse"}, run_eagerly=True)
    given = {"b": data.x, "a": data.x}, {"size": data.x[:, :1], "kind": data.labels}
    return made.fit(*given, epochs=EPOCHS, verbose=0)


def _ends_early(data: Any) -> Any:
    def rows() -> Iterator[Any]:
        yield data.x[:80], data.labels[:80]
        yield data.x[80:160], data.labels[80:160]

    return compiled(kl.Dense(3, "softmax")).fit(rows(), steps_per_epoch=3, epochs=EPOCHS, verbose=0)


def _no_batch_at_all(data: Any) -> Any:
    return compiled(kl.Dense(3)).fit(_nothing(), steps_per_epoch=2, epochs=EPOCHS, verbose=0)


def _nothing() -> Iterator[Any]:
    """Yield no batch."""
    yield from ()


def _raises_in_epoch_0(data: Any) -> Any:
    def loss(_true: Any, _pred: Any) -> Any:
        raise FloatingPointError("not today")

    return compiled(kl.Dense(3), loss=loss).fit(data.x, data.labels, epochs=EPOCHS, verbose=0)


def _vector_loss(data: Any) -> Any:
    def loss(true: Any, pred: Any) -> Any:
        return keras.ops.square(pred[:, 0] - keras.ops.cast(true[:, 0], "float32"))

    return compiled(kl.Dense(3), loss=loss).fit(data.x, data.labels[:, None], epochs=EPOCHS, verbose=0)


def _stops_at_once(data: Any) -> Any:
    stop = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(stop.model, "stop_training", True)
    )
    return compiled(kl.Dense(3, "softmax")).fit(data.x, data.labels, epochs=EPOCHS, verbose=0, callbacks=[stop])


def _fixed_batch(data: Any) -> Any:
    made = keras.Sequential(
        [keras.Input(batch_shape=(24, 6)), kl.Reshape((2, 3)), kl.SimpleRNN(2, stateful=True), kl.Dense(3)]
    )
    made.compile("sgd", "mse", run_eagerly=True)
    return made.fit(data.x, data.y, batch_size=24, epochs=EPOCHS, verbose=0)


def _all_rows_at_once(data: Any) -> Any:
    """A graph: the rows are mixed by a matrix of their number, which takes no part of them."""
    x, labels = np.tile(data.x, (2, 1)), np.tile(data.labels, 2)
    near = np.eye(len(x), dtype="float32")
    spread = kl.Lambda(lambda z: keras.ops.matmul(near, z), output_shape=lambda shape: shape)
    fit = {"batch_size": len(x), "shuffle": False, "epochs": EPOCHS, "verbose": 0}
    return compiled(spread, kl.Dense(3, "softmax")).fit(x, labels, **fit)


LOOKED_AT = [_no_targets, _one_row, _mappings, _vector_loss, _fixed_batch, _all_rows_at_once, _nan_everywhere]
LEFT_OUT = [_not_compiled, _no_row, _strings, _objects, _numbers_as_objects, _sparse, _ragged, _lists_of_uneven_length]
STREAMS = [_ends_early, _no_batch_at_all, _raises_in_epoch_0, _stops_at_once]


def ended(fit: Fit, data: Any) -> Any:
    """Return the curves of a fit, or what it raised."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    try:
        curves = fit(data).history
    except Exception as error:
        return type(error), str(error).splitlines()[:1]
    return {name: np.array(values).tolist() for name, values in curves.items()}


@pytest.mark.parametrize("fit", [*LOOKED_AT, *LEFT_OUT, *STREAMS], ids=lambda fit: fit.__name__[1:])
@pytest.mark.filterwarnings("ignore")
def test_a_fit_ends_as_it_does_without_tracking(workspace: Path, data: Any, fit: Fit) -> None:
    """Nothing of tracking fails, whatever is given; what can be seen of it is looked at."""
    bare = ended(fit, data)
    with track("odd", mode="offline", best_model=None, strict=True) as run:
        tracked = ended(fit, data)
    facts = read_run(run.folder).facts[0]

    assert repr(bare) == repr(tracked)  # NaN is not equal to itself
    assert 0 == run.failures.count
    assert fit not in LOOKED_AT or (facts["probes"]["epochs"], facts["probes"]["not_seen"]) == ([0, 1], [])


def test_a_thousand_layers_are_looked_at(workspace: Path, data: Any) -> None:
    """At most 64 of them, evenly spread."""
    entry = keras.Input((6,))
    hidden = kl.Concatenate()([kl.Activation("relu")(kl.Dense(2)(entry)) for _ in range(500)])
    made = keras.Model(entry, kl.Dense(3, "softmax")(hidden))
    made.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    with track("odd", mode="offline", best_model=None, strict=True) as run:
        made.fit(data.x, data.labels, batch_size=240, epochs=1, verbose=0)
    facts = run.state.facts[0]

    assert 1003 == len(facts["model"]["layers"])
    assert (64, [0], []) == (len(facts["probes"]["names"]), facts["probes"]["epochs"], facts["probes"]["not_seen"])
