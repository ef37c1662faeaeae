from __future__ import annotations

import numpy as np
import pytest

from trackexp.errors import MissingExtraError, UsageError
from trackexp.evaluation import evaluate
from trackexp.models import evaluate_model, load_model, open_data

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def graph(weights, *, batch=None, inputs=1, softmax=True):
    """Return a linear classifier as an ONNX model."""
    float32 = onnx.TensorProto.FLOAT
    given = [onnx.helper.make_tensor_value_info(f"x{i}", float32, [batch, 12]) for i in range(inputs)]
    out = onnx.helper.make_tensor_value_info("probabilities", float32, [batch, 3])
    nodes = [onnx.helper.make_node("MatMul", ["x0", "w"], ["logits" if softmax else "probabilities"])]
    if softmax:
        nodes.append(onnx.helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1))
    held = [onnx.numpy_helper.from_array(weights, "w")]
    made = onnx.helper.make_graph(nodes, "g", given, [out], held)
    return onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)


@pytest.mark.parametrize("batch", [None, 64])
@pytest.mark.parametrize("softmax", [True, False])
def test_onnx_gives_what_its_reference_gives(tmp_path, data_file, rows, weights, batch, softmax):
    """Also with a fixed batch axis, whose last batch is filled up, and with logits."""
    from onnx.reference import ReferenceEvaluator

    onnx.save(graph(weights, batch=batch, softmax=softmax), tmp_path / "m.onnx")
    found = evaluate_model(load_model(tmp_path / "m.onnx"), open_data(str(data_file)))

    reference = ReferenceEvaluator(graph(weights)).run(None, {"x0": rows[0]})[0]
    assert evaluate(rows[1], reference).log_loss == pytest.approx(found.result.log_loss, rel=1e-5)
    assert ("probabilities" if softmax else "logits") == found.outputs.kind


def test_what_is_no_model_of_one_input_is_said(tmp_path, weights):
    """Shapes, several inputs and broken files each have their message."""
    onnx.save(graph(weights), tmp_path / "m.onnx")
    with pytest.raises(UsageError, match=r"takes rows of shape \(12\), the data has \(5\)"):
        load_model(tmp_path / "m.onnx").predict(np.zeros((2, 5)))
    onnx.save(graph(weights, inputs=2), tmp_path / "two.onnx")
    with pytest.raises(UsageError, match=r"2 inputs \(x0, x1\)"):
        load_model(tmp_path / "two.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"nothing")

    with pytest.raises(UsageError, match=r"broken\.onnx does not load as an ONNX model"):
        load_model(tmp_path / "broken.onnx")


def test_without_the_runtime_the_extra_is_named(tmp_path, weights, monkeypatch):
    """A missing package says what to install."""
    onnx.save(graph(weights), tmp_path / "m.onnx")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)

    with pytest.raises(MissingExtraError, match=r"trackexp\[onnx\]"):
        load_model(tmp_path / "m.onnx")
