from __future__ import annotations

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.models import evaluate_model, from_object, load_model, open_data


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
