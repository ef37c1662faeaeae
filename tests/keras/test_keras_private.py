"""The names of Keras that are private: a Keras that has moved one fails here, not in a training."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trackexp import keras_private


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """A compiled functional model of two layers, fitted once, so that Keras has built its losses and metrics."""
    inputs = keras.Input((4,))
    made = keras.Model(inputs, keras.layers.Dense(1, name="last")(keras.layers.Dense(3, name="first")(inputs)))
    metrics = [keras.metrics.MeanAbsoluteError(), keras.metrics.AUC(from_logits=True)]
    made.compile("sgd", "mse", loss_weights=[2.0], metrics=metrics, weighted_metrics=["mse"], jit_compile=False)
    made.fit(np.zeros((4, 4)), np.array([[0], [1], [0], [1]]), verbose=0)
    return made


def test_what_was_passed_to_compile_is_there(model: keras.Model) -> None:
    """Loss, weights and metrics are as they were passed."""
    given, weighted = keras_private.user_metrics(model)

    assert ("mse", [2.0], ["mse"]) == (
        keras_private.user_loss(model),
        keras_private.user_loss_weights(model),
        weighted,
    )
    assert ["mean_absolute_error", "auc"] == [metric.name for metric in given]
    assert keras_private.jit_compile(model) is False


def test_the_compiled_loss_computes(model: keras.Model) -> None:
    """It takes targets, outputs and weights."""
    loss = keras_private.compile_loss(model)(np.ones((2, 1), "float32"), np.zeros((2, 1), "float32"), None)

    assert 2.0 == pytest.approx(float(np.mean(keras.ops.convert_to_numpy(loss))))


def test_wrappers_show_function_and_arguments() -> None:
    """A metric or loss around a function shows the function and what it is called with."""
    metric = keras.metrics.MeanMetricWrapper(keras.metrics.binary_accuracy, threshold=0.7)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    wrapper = next(kind for kind in type(loss).__mro__ if kind.__name__ == "LossFunctionWrapper")

    assert "binary_accuracy" == keras_private.wrapped_function(metric).__name__
    assert keras_private.wrapped_function(wrapper(keras.losses.huber)) is keras.losses.huber
    assert (0.7, True) == (
        keras_private.function_arguments(metric)["threshold"],
        keras_private.function_arguments(loss)["from_logits"],
    )


def test_metrics_say_direction_and_logits() -> None:
    """Keras's metrics know which way is better, AUC whether it takes logits."""
    assert "up" == keras_private.metric_direction(keras.metrics.AUC())
    assert "down" == keras_private.metric_direction(keras.metrics.MeanSquaredError())
    assert keras_private.metric_from_logits(keras.metrics.AUC(from_logits=True)) is True


def test_the_optimizer_shows_its_rate() -> None:
    """A number becomes a variable, a schedule stays what it is."""
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)

    assert keras_private.optimizer_rate(keras.optimizers.SGD(schedule)) is schedule
    assert 0.1 == pytest.approx(
        float(keras.ops.convert_to_numpy(keras_private.optimizer_rate(keras.optimizers.SGD(0.1))))
    )


def test_the_graph_can_be_walked(model: keras.Model) -> None:
    """From an output back to the operation that made it, and to what that was given."""
    origin = keras_private.origin_of(model.outputs[0])
    before = keras_private.origin_of(keras_private.input_tensors(origin)[0])

    assert ["last", "first"] == [origin.operation.name, before.operation.name]
    assert {"first", "last"} < {node.operation.name for node in keras_private.graph_nodes(model)}
    assert ["first", "last"] == [layer.name for layer in keras_private.child_layers(model)][-2:]


class OwnCall(keras.Model):
    def call(self, inputs):
        return inputs


def test_a_functional_model_is_told_from_a_subclassed_one(model: keras.Model) -> None:
    """Sequential and functional models are graphs; what a subclass does is hidden in its call."""
    built = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])

    assert [True, True, True, False] == [
        keras_private.is_functional(one) for one in (model, built, keras.Sequential(), OwnCall())
    ]
    assert keras_private.graph_of(model) is model
    assert keras_private.graph_of(built) is not None
    assert keras_private.graph_of(keras.Sequential()) is None
    assert keras_private.graph_of(OwnCall()) is None


def test_a_save_takes_nothing_out_of_the_compile_config(model: keras.Model, tmp_path) -> None:
    """Keras's HDF5 writer pops the optimizer; inside the scope it is there again afterwards."""
    before = dict(model._compile_config.config)
    with keras_private.kept_compile_config(model):
        model.save(tmp_path / "model.h5")
        popped = "optimizer" not in model._compile_config.config

    assert (True, before) == (popped, model._compile_config.config)


def test_layer_names_are_counted_as_before() -> None:
    """A layer that is made inside the scope uses up no name."""

    class Counted(keras.layers.Layer):
        pass

    first = Counted().name
    with keras_private.kept_layer_names():
        Counted()

    assert ["counted", "counted_1"] == [first, Counted().name]


def test_the_seed_is_that_of_this_thread() -> None:
    """What `set_random_seed` was given can be read back."""
    keras.utils.set_random_seed(812)

    assert 812 == keras_private.random_seed()


def test_keras_writes_with_h5py() -> None:
    """The HDF5 library is the one that Keras has loaded."""
    assert "h5py" == keras_private.hdf5().__name__
