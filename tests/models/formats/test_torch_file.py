from __future__ import annotations

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.evaluation import evaluate
from trackexp.models import evaluate_model, load_model, open_data

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def network() -> torch.nn.Module:
    """Return a small network of logits."""
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(12, 8), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(8, 3))


@pytest.fixture
def expected(rows):
    """The log loss that PyTorch itself computes."""
    with torch.no_grad():
        logits = network().eval()(torch.from_numpy(rows[0]))
        return float(torch.nn.functional.cross_entropy(logits, torch.from_numpy(rows[1])))


@pytest.fixture
def constructor(tmp_path, monkeypatch):
    """`package.module:build` of the network."""
    (tmp_path / "my_network.py").write_text(
        "import torch\n\ndef build():\n    return torch.nn.Sequential(torch.nn.Linear(12, 8), torch.nn.ReLU(), "
        "torch.nn.Dropout(0.5), torch.nn.Linear(8, 3))\n\ndef other():\n    return torch.nn.Linear(12, 3)\n\n"
        "def nothing():\n    return 3\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return "my_network:build"


def test_torchscript_gives_what_torch_gives(tmp_path, data_file, expected):
    """A file with its code inside needs nothing else."""
    torch.jit.trace(network().eval(), torch.zeros(1, 12)).save(str(tmp_path / "m.pt"))
    found = evaluate_model(load_model(tmp_path / "m.pt"), open_data(str(data_file)), batch_size=37)

    assert expected == pytest.approx(found.result.log_loss, rel=1e-5)
    assert "logits" == found.outputs.kind


@pytest.mark.parametrize("wrap", [None, "state_dict", "model_state_dict"])
def test_a_state_dict_gives_what_torch_gives(tmp_path, data_file, expected, constructor, wrap):
    """Bare, or where checkpoints keep it."""
    state = network().state_dict()
    torch.save(state if wrap is None else {wrap: state, "epoch": 3}, tmp_path / "m.pth")
    found = evaluate_model(load_model(tmp_path / "m.pth", constructor=constructor), open_data(str(data_file)))

    assert expected == pytest.approx(found.result.log_loss, rel=1e-5)


def test_weights_without_their_model_say_what_to_do(tmp_path, constructor):
    """Each way in which constructor and weights do not fit has its message."""
    torch.save(network().state_dict(), tmp_path / "m.pth")

    for name, said in (
        (None, r"weights alone \(0.weight.*--model package"),
        ("my_network:other", "do not fit the model of my_network:other"),
        ("my_network:nothing", "gives int; expected a torch.nn.Module"),
        ("my_network:biuld", "did you mean 'build'"),
    ):
        with pytest.raises(UsageError, match=said):
            load_model(tmp_path / "m.pth", constructor=name)


def test_a_pickled_model_needs_trust(tmp_path, data_file, expected):
    """`weights_only` refuses it, and the message says what to do; trusted, it gives the same numbers."""
    torch.save(network(), tmp_path / "m.pt")
    with pytest.raises(UsageError, match=r"runs whatever code it holds.*--trust.*state_dict"):
        load_model(tmp_path / "m.pt")
    found = evaluate_model(load_model(tmp_path / "m.pt", trust=True), open_data(str(data_file)))

    assert expected == pytest.approx(found.result.log_loss, rel=1e-5)


def test_loading_leaves_the_random_stream_alone(tmp_path, constructor):
    """Building the model draws weights; the caller's stream does not notice."""
    torch.save(network().state_dict(), tmp_path / "m.pth")
    torch.manual_seed(4)
    before = torch.rand(1)
    torch.manual_seed(4)
    load_model(tmp_path / "m.pth", constructor=constructor)

    assert before == torch.rand(1)


def test_the_inputs_of_the_last_linear_layer_are_an_embedding(rows):
    """Caught on the way through the model."""
    from trackexp.models import from_object

    model = network().eval()
    loaded = from_object(model, "network")
    assert loaded.embed is not None

    assert np.allclose(model[:3](torch.from_numpy(rows[0])).detach().numpy(), loaded.embed(rows[0], 64), atol=1e-6)


def test_other_shapes_and_files_are_usage_errors(tmp_path):
    """Both shapes are said as far as the model tells them; a broken file is named."""
    torch.jit.trace(network().eval(), torch.zeros(1, 12)).save(str(tmp_path / "m.pt"))
    with pytest.raises(UsageError, match=r"rows of shape \(7\), float32"):
        load_model(tmp_path / "m.pt").predict(np.zeros((2, 7)))
    (tmp_path / "broken.pt").write_bytes(b"nothing")

    with pytest.raises(UsageError, match=r"broken\.pt"):
        load_model(tmp_path / "broken.pt")


def test_log_probabilities_are_read_too(rows):
    """A last LogSoftmax is softmaxed back to what it was."""
    from trackexp.models import from_object
    from trackexp.models.outputs import read_outputs

    model = torch.nn.Sequential(network().eval(), torch.nn.LogSoftmax(dim=1))
    loaded = from_object(model, "network")
    raw = loaded.predict(rows[0])
    outputs = read_outputs(raw, rows[1], loaded.activation)

    assert "log_softmax" == loaded.activation
    assert np.allclose(np.exp(raw), outputs.probabilities(raw), atol=1e-6)
    assert evaluate(rows[1], outputs.probabilities(raw)).n == 200
