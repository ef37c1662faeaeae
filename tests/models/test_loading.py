from __future__ import annotations

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.models import evaluate_model, from_object, load_model, open_data
from trackexp.models.python_code import import_code


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere.h5", "no model at 'nowhere.h5'"),
        ("no_such_package:build", "no model at"),
        ("json:laods", "did you mean 'loads'"),
        (".", "is a folder"),
        ("rows.npz", "data, not a model"),
        ("model.xyz", "no model file that is known"),
    ],
)
def test_what_is_no_model_is_said_with_what_would_be_one(tmp_path, monkeypatch, place, said):
    """Each mistake has its message, and every one is a ValueError."""
    monkeypatch.chdir(tmp_path)
    for name in ("rows.npz", "model.xyz"):
        (tmp_path / name).write_bytes(b"x")

    with pytest.raises(ValueError, match=said):
        load_model(place)


def test_any_function_from_rows_to_outputs_is_a_model(tmp_path, monkeypatch, data_file, rows, weights):
    """A function of the working folder, named as entry points are."""
    np.save(tmp_path / "w.npy", weights)
    (tmp_path / "my_function.py").write_text(
        f"import numpy as np\nW = np.load({str(tmp_path / 'w.npy')!r})\n\ndef predict(x):\n    return x @ W\n\n"
        "def short(x):\n    return x[:1, :3]\n\ndef broken(x):\n    raise RuntimeError('no such thing')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = evaluate_model(load_model("my_function:predict"), open_data(str(data_file)), batch_size=50)

    assert np.mean((rows[0] @ weights).argmax(axis=1) == rows[1]) == found.result.accuracy
    assert "logits" == found.outputs.kind
    for name, said in (("short", "for 200 rows; expected"), ("broken", r"float32.*RuntimeError: no such thing")):
        with pytest.raises(UsageError, match=said):
            evaluate_model(load_model(f"my_function:{name}"), open_data(str(data_file)))


def test_an_object_that_is_no_model_is_refused():
    """A number predicts nothing."""
    with pytest.raises(UsageError, match="x is int; expected a model"):
        from_object(3, "x")


@pytest.mark.parametrize("registered", [True, False])
def test_own_layers_are_known_by_an_imported_file(tmp_path, registered):
    """`--import feat.py`: registered or not, and it may import what lies beside it."""
    keras = pytest.importorskip("keras")
    (tmp_path / "feat_factor.py").write_text("FACTOR = 3.0\n")
    decorator = "@keras.saving.register_keras_serializable('own_import')\n" if registered else ""
    code = tmp_path / f"feat_{registered}.py"
    code.write_text(
        "import keras\nfrom feat_factor import FACTOR\n"
        f"{decorator}class Tripled(keras.layers.Layer):\n    def call(self, x):\n        return FACTOR * x\n"
    )
    layer = import_code(str(code)).Tripled
    model = keras.Sequential([keras.Input((2,)), layer(), keras.layers.Dense(1)])
    model.save(tmp_path / "m.keras")
    keras.saving.get_custom_objects().clear()
    with pytest.raises(UsageError, match=r"--import FILE\.py"):
        load_model(tmp_path / "m.keras")
    x = np.ones((3, 2), np.float32)

    assert np.allclose(model(x), load_model(tmp_path / "m.keras", imports=[str(code)]).predict(x))


@pytest.mark.parametrize(("text", "said"), [(None, "no such file"), ("1 / 0", "ZeroDivisionError"), ("def", "Syntax")])
def test_code_that_cannot_be_imported_is_a_usage_error(tmp_path, text, said):
    """The user's mistake is named as the user's."""
    path = tmp_path / "broken_import.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=f"--import .*{said}"):
        import_code(str(path))
