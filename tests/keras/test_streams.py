from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from trackexp.fit.data import data_facts
from trackexp.fit.data.sources import batches_of, rows_of, source_of
from trackexp.keras.facts import compile_facts, fit_facts, model_facts
from trackexp.keras.streams import observe_batches

tf = pytest.importorskip("tensorflow")

ROWS, SIZE = 128, 16
X = np.random.default_rng(0).normal(size=(ROWS, 6)).astype("float32")
Y = np.arange(ROWS) % 3


class Batches(keras.utils.PyDataset):
    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.drawn: list[int] = []

    def __len__(self) -> int:
        return ROWS // SIZE

    def __getitem__(self, index: int) -> Any:
        self.drawn.append(index)
        part = slice(index * SIZE, (index + 1) * SIZE)
        return X[part], Y[part]


def endless() -> Iterator[Any]:
    """Yield the rows in batches, for ever."""
    while True:
        for first in range(0, ROWS, SIZE):
            yield X[first : first + SIZE], Y[first : first + SIZE]


def dataset() -> Any:
    """Return the rows as a shuffled dataset in batches."""
    return tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(64).batch(SIZE)


STREAMS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "pydataset": (Batches, {"shuffle": True}),
    "pydataset with threads": (lambda: Batches(workers=2), {"shuffle": True}),
    "generator": (endless, {"steps_per_epoch": 8}),
    "tf.data": (dataset, {}),
    "tf.data repeated": (lambda: dataset().repeat().prefetch(2), {"steps_per_epoch": 5}),
    "tf.data with class weights": (dataset, {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}),
    "arrays": (lambda: X, {"y": Y, "validation_split": 0.25}),
}


def trained(make: Callable[[], Any], arguments: dict[str, Any], seen: list[Any] | None) -> Any:
    """Train from a fixed seed; return everything in which a trace could show. With `seen`, take all facts before."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    x = make()
    model = keras.Sequential([kl.Dense(8, "relu"), kl.Dropout(0.3), kl.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    arguments = {"shuffle": False, **arguments, "x": x}
    if seen is not None:
        model_facts(model)
        fit_facts(arguments, 0)
        data_facts(x, arguments.get("y"), validation_split=arguments.get("validation_split", 0.0))
        compile_facts(model, [[None]])
        arguments["x"] = observe_batches(x, seen.append)
    history = model.fit(**arguments, epochs=3, verbose=0).history
    weights = [weight.tolist() for weight in model.get_weights()]
    drawn = sorted(x.drawn) if isinstance(x, Batches) else None
    return history, weights, drawn, random.random(), np.random.random(), kl.Dense(1).name


@pytest.mark.parametrize("stream", STREAMS)
def test_training_is_bit_for_bit_the_same(stream: str) -> None:
    """Losses, weights, the batches drawn, the user's next random numbers and layer names do not know of the facts."""
    make, arguments = STREAMS[stream]
    seen: list[Any] = []

    assert trained(make, arguments, None) == trained(make, arguments, seen)
    assert len(seen) == (0 if stream == "arrays" else 1)


@pytest.mark.parametrize("stream", [name for name in STREAMS if name != "arrays"])
def test_the_batch_is_seen_before_the_first_update(stream: str) -> None:
    """When the observer is called all weights are the initial ones, and the batch is what the stream holds."""
    make, arguments = STREAMS[stream]
    model = keras.Sequential([keras.Input((6,)), kl.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    initial = model.get_weights()
    seen: list[Any] = []

    def observer(batch: Any) -> None:
        seen.append((model.get_weights(), batch))

    model.fit(observe_batches(make(), observer), epochs=2, verbose=0, **{"shuffle": False, **arguments})
    ((weights, (x, y, weight)),) = seen

    assert ((SIZE, 6), (SIZE,), None) == (x.shape, y.shape, weight)
    assert all(np.array_equal(a, b) for a, b in zip(initial, weights, strict=True))
    assert all(any(np.array_equal(row, other) for other in X) for row in x)


def test_a_dataset_keeps_its_type_and_length() -> None:
    """Element types with their static shapes, cardinality and being a Dataset are those of the original."""
    bare = tf.data.Dataset.from_tensor_slices(({"a": X, "b": X}, Y)).batch(SIZE, drop_remainder=True)
    observed = observe_batches(bare, lambda batch: None)

    assert (bare.element_spec, int(bare.cardinality()), True) == (
        observed.element_spec,
        int(observed.cardinality()),
        isinstance(observed, tf.data.Dataset),
    )


def test_nested_batches_are_shown_as_they_are_nested() -> None:
    """A mapping of inputs and sample weights arrive as numpy under their names."""
    weights = np.ones(ROWS, dtype="float32")
    seen: list[Any] = []
    stream = observe_batches(tf.data.Dataset.from_tensor_slices(({"a": X}, Y, weights)).batch(SIZE), seen.append)
    list(stream)
    list(stream)
    ((x, y, weight),) = seen

    assert np.array_equal(X[:SIZE], x["a"])
    assert np.array_equal(Y[:SIZE], y)
    assert np.array_equal(weights[:SIZE], weight)


@pytest.mark.parametrize("stream", ["pydataset", "generator", "tf.data"])
def test_an_observer_that_fails_stops_nothing(stream: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its error is logged once, training goes on."""

    def failing(batch: Any) -> None:
        raise ValueError("broken")

    make, arguments = STREAMS[stream]
    with caplog.at_level(logging.WARNING, "trackexp"):
        trained(lambda: observe_batches(make(), failing), arguments, None)

    assert 1 == sum("broken" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    "make",
    [
        lambda: X,
        lambda: None,
        lambda: Batches(workers=2, use_multiprocessing=True),
        lambda: tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1, 2], [3]])),
        lambda: tf.data.Dataset.from_tensors(tf.sparse.from_dense([[0, 1]])),
        lambda: iter([1]),
    ],
    ids=["array", "None", "processes", "ragged", "sparse", "iterator"],
)
def test_what_cannot_be_watched_without_a_trace_is_returned_as_it_is(make: Callable[[], Any]) -> None:
    """The very same object goes to fit."""
    x = make()

    assert observe_batches(x, lambda batch: None) is x


def test_the_users_generator_stays_open() -> None:
    """When the stand-in is closed, the generator goes on where training left it."""
    generator = endless()
    observed = observe_batches(generator, lambda batch: None)
    next(observed)
    observed.close()
    x, _ = next(generator)

    assert np.array_equal(X[SIZE : 2 * SIZE], x)


def test_sources_and_lengths_are_told() -> None:
    """Each stream is known by kind and says its length where it has one."""
    assert ("tf.data", 8, None) == (source_of(dataset()), batches_of(dataset()), batches_of(dataset().repeat()))
    assert ("pydataset", 8) == (source_of(Batches()), batches_of(Batches()))
    assert (128, 128, 3, None) == (rows_of(X), rows_of({"a": [X]}), rows_of([1, 2, 3]), rows_of(object()))


TORCH = """
    import random, numpy as np, keras, torch
    from keras import layers as kl
    from torch.utils.data import DataLoader, TensorDataset
    from trackexp.fit.data import data_facts
    from trackexp.keras.facts import compile_facts, fit_facts, model_facts
    from trackexp.keras.streams import observe_batches

    X = np.random.default_rng(0).normal(size=(128, 6)).astype("float32")
    Y = np.arange(128) % 3

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 8

        def __getitem__(self, index):
            return X[index * 16 : index * 16 + 16], Y[index * 16 : index * 16 + 16]

    def endless():
        while True:
            yield from (Batches()[index] for index in range(8))

    def loader():
        return DataLoader(TensorDataset(torch.tensor(X), torch.tensor(Y)), batch_size=16, shuffle=True)

    def trained(make, arguments, seen):
        keras.utils.clear_session()
        keras.utils.set_random_seed(3)
        x = make()
        model = keras.Sequential([kl.Dense(8, "relu"), kl.Dropout(0.3), kl.Dense(3, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        if seen is not None:
            model_facts(model), fit_facts({"x": x}, 0), data_facts(x, arguments.get("y"))
            facts = compile_facts(model, [[None]])
            assert facts["metrics"][0]["identifier"] == "sparse_categorical_accuracy", facts
            assert facts["optimizer"]["learning_rate"] == 0.001, facts
            x = observe_batches(x, lambda batch: seen.append((int(model.optimizer.iterations), batch)))
        history = model.fit(x, shuffle=False, epochs=3, verbose=0, **arguments).history
        return history, [w.tolist() for w in model.get_weights()], random.random(), np.random.random(), torch.rand(1)

    for make, arguments in [
        (Batches, {}), (lambda: Batches(workers=2), {}), (endless, {"steps_per_epoch": 8}), (loader, {}),
        (lambda: X, {"y": Y}), (lambda: torch.tensor(X), {"y": torch.tensor(Y)}),
    ]:
        seen = []
        assert trained(make, arguments, None) == trained(make, arguments, seen), make
        if "y" not in arguments:
            ((step, (x, y, weight)),) = seen
            assert (step, x.shape, y.shape, type(x), weight) == (0, (16, 6), (16,), np.ndarray, None), make
    facts = data_facts(torch.tensor(X, requires_grad=True), torch.tensor(Y, dtype=torch.bfloat16))
    print(facts["inputs"][0]["dtype"], facts["targets"][0]["dtype"], facts["targets"][0]["class_counts"])
"""


@pytest.mark.heavy
def test_training_on_torch_is_the_same_without_tensorflow(on_torch: Callable[[str], str]) -> None:
    """On torch with tensorflow blocked, all streams, a DataLoader among them, train bit for bit the same."""
    assert "float32 bfloat16 {'0': 43, '1': 43, '2': 42}\n" == on_torch(TORCH)
