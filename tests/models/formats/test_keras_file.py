from __future__ import annotations

import random
from pathlib import Path

import keras
import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.evaluation import Evaluation, evaluate
from trackexp.models import evaluate_model, load_model, open_data


def classifier(last: str = "softmax") -> keras.Model:
    """Return a fresh small classifier."""
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dense(3, last)]
    return keras.Sequential([keras.Input((12,)), *layers])


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_whole_model_gives_what_keras_gives(tmp_path, data_file, rows, suffix):
    """Also one that was compiled with a loss that `.h5` does not load."""
    model = classifier()
    model.compile("sgd", "mse")
    path = tmp_path / f"model-best{suffix}"
    model.save(path)
    found = evaluate_model(load_model(path), open_data(str(data_file)), batch_size=64)

    expected = evaluate(rows[1], model.predict(rows[0], batch_size=64, verbose=0))
    assert isinstance(found.result, Evaluation)
    assert expected.log_loss == pytest.approx(found.result.log_loss, rel=1e-6)
    assert "probabilities, by the last activation, softmax" == str(found.outputs)
    assert path.stat().st_size == found.result.to_dict()["model_bytes"]
    assert found.result.to_dict()["latency_ms_per_row"] > 0


def test_logits_are_found_out_and_said(tmp_path, data_file, rows):
    """A linear last layer gives logits: softmax is applied, and the page says so."""
    model = classifier("linear")
    model.save(tmp_path / "m.keras")
    found = evaluate_model(load_model(tmp_path / "m.keras"), open_data(str(data_file)))

    probabilities = keras.ops.softmax(model.predict(rows[0], verbose=0)).numpy()
    assert evaluate(rows[1], probabilities).log_loss == pytest.approx(found.result.log_loss, rel=1e-5)
    assert "logits, by the last activation, linear; softmax applied" == str(found.outputs)


def test_weights_need_their_constructor(tmp_path, data_file, monkeypatch):
    """Without one the message says which option; with it the numbers are those of the model."""
    model = classifier()
    model.save_weights(tmp_path / "m.weights.h5")
    (tmp_path / "my_keras_model.py").write_text(
        "import keras\n\ndef build():\n    layers = [keras.layers.Dense(8, 'relu'), keras.layers.Dense(3, 'softmax')]\n"
        "    return keras.Sequential([keras.Input((12,)), *layers])\n\ndef other():\n"
        "    return keras.Sequential([keras.Input((12,)), keras.layers.Dense(3)])\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UsageError, match=r"weights alone.*--model package\.module:build"):
        load_model(tmp_path / "m.weights.h5")
    with pytest.raises(UsageError, match="do not fit the model of my_keras_model:other"):
        load_model(tmp_path / "m.weights.h5", constructor="my_keras_model:other")
    loaded = load_model(tmp_path / "m.weights.h5", constructor="my_keras_model:build")

    x = np.ones((4, 12), dtype=np.float32)
    assert np.allclose(model.predict(x, verbose=0), loaded.predict(x))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_lambda_is_refused_with_the_reason(tmp_path, suffix):
    """Code in a file is not run unasked; --trust asks."""
    model = keras.Sequential([keras.Input((12,)), keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(3)])
    path = tmp_path / f"m{suffix}"
    model.save(path)
    with pytest.raises(UsageError, match=r"Lambda layer.*--trust"):
        load_model(path)

    assert (1, 3) == load_model(path, trust=True).predict(np.ones((1, 12), dtype=np.float32)).shape


def test_loading_leaves_random_streams_and_names_alone(tmp_path):
    """A model built after the loading has the weights and the name that it would have had without."""
    classifier().save(tmp_path / "m.keras")

    def built_after(load: bool) -> tuple[str, float, float]:
        keras.backend.clear_session()
        random.seed(3)
        np.random.seed(3)
        if load:
            load_model(tmp_path / "m.keras").predict(np.ones((2, 12), dtype=np.float32))
        layer = keras.layers.Dense(1)
        layer.build((None, 4))
        return layer.name, float(keras.ops.sum(layer.kernel)), random.random() + float(np.random.random())

    assert built_after(False) == built_after(True)


def test_vectors_before_the_last_layer_are_an_embedding(tmp_path, rows):
    """The penultimate layer's outputs, one a row."""
    model = classifier()
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    assert loaded.embed is not None

    hidden = np.maximum(rows[0][:5] @ model.layers[0].kernel.numpy() + model.layers[0].bias.numpy(), 0)
    assert np.allclose(hidden, loaded.embed(rows[0][:5], 32), atol=1e-5)


def test_images_without_a_channel_axis_fit_a_model_that_wants_one(tmp_path):
    """One channel is added; any other difference is an error that says both shapes."""
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")

    assert (3, 2) == loaded.predict(np.zeros((3, 4, 4))).shape
    with pytest.raises(UsageError, match=r"takes rows of shape \(4, 4, 1\), the data has \(16\); reshape"):
        loaded.predict(np.zeros((3, 16)))
    with pytest.raises(UsageError, match=r"\(4, 4, 1\), the data has \(1, 4, 4\); are its channels"):
        loaded.predict(np.zeros((3, 1, 4, 4)))


@pytest.mark.parametrize("content", [b"", b"no model at all"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_file_that_is_none_is_a_usage_error(tmp_path: Path, suffix, content):
    """Whatever Keras raises becomes one line that names the file."""
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="broken"):
        load_model(path)
