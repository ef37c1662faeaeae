from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trackexp.cli import main
from trackexp.errors import LedgerError, UsageError
from trackexp.reading import read_run
from trackexp.record import RunRecord
from trackexp.registry.promotion import promote, roll_back
from trackexp.registry.versions import is_registered, model

pytestmark = pytest.mark.heavy

_TRAINING = """
import numpy as np, keras
from sklearn.datasets import load_digits
from trackexp import track

x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x, y = (x[order] / 16).astype("float32"), y[order]
np.savez("test.npz", x=x[1200:], y=y[1200:])
np.savez("seen.npz", x=x[900:1300], y=y[900:1300])
hot = keras.utils.to_categorical(y, 10)
for name, units, epochs, loss in (
    ("small", 8, 6, "categorical_crossentropy"),
    ("good", 64, 15, "categorical_crossentropy"),
    ("wrong", 64, 6, "binary_crossentropy"),
):
    with track(project="digits", name=name, config={"units": units}, mode="offline"):
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Dense(units, "relu"), keras.layers.Dense(10, "softmax")]
        net = keras.Sequential([keras.layers.Input((64,)), *layers])
        net.compile("adam", loss, metrics=["accuracy"])
        data = (x[1000:1200], hot[1000:1200])
        net.fit(x[:1000], hot[:1000], validation_data=data, epochs=epochs, verbose=0)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three trainings on handwritten digits, of which one has the wrong loss, and a test set."""
    folder = tmp_path_factory.mktemp("trained")
    subprocess.run([sys.executable, "-c", _TRAINING], cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture
def here(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the three trainings, with ledgers of the test's own."""
    monkeypatch.chdir(trained)
    return tmp_path / "models"


def test_the_story_of_three_trainings(here: Path):
    """The first is promoted, a better one takes its place, the wrong one is refused with reasons, and back again."""
    decide = {"data": "test.npz", "folder": here}
    small = promote(read_run("small"), "digits", **decide)
    good = promote(read_run("good"), "digits", **decide)
    wrong = promote(read_run("wrong"), "digits", **decide)
    held = model("digits:staging", folder=here)
    before = roll_back("digits", folder=here, reason="to see whether it works")

    assert [True, True, False] == [one.granted for one in (small, good, wrong)]
    assert ["findings", "champion"] == [gate.gate for gate in wrong.gates if gate.blocks]
    assert good.event.version == held.version
    assert {"units": 64} == dict(held.config)
    assert small.event.version == before.version
    assert small.event.version == model("digits:staging", folder=here).version
    assert 597 == held.evaluation.n
    assert ("good", held.sha256) == (held.metadata.origin.run_name, held.metadata.sha256)


def test_rows_that_were_trained_on_are_found_among_the_evaluated(here: Path):
    """By the sketch in the facts of the fit: none of the test set, a hundred of the other four hundred."""
    clean, seen = (
        {gate.gate: gate for gate in promote(read_run("small"), "digits", data=data, folder=here, dry_run=True).gates}
        for data in ("test.npz", "seen.npz")
    )

    assert ("passed", 0, 597) == (
        clean["disjoint"].outcome,
        *map(clean["disjoint"].evidence.get, ("hits", "looked_up")),
    )
    assert ("failed", 100, 400) == (
        seen["disjoint"].outcome,
        *map(seen["disjoint"].evidence.get, ("hits", "looked_up")),
    )


def test_a_registered_name_stands_for_its_run_in_every_command(here: Path, capsys: pytest.CaptureFixture[str]):
    """`show`, `diff` and `evaluate` take NAME:ALIAS; an evaluation bears the alias as a tag."""
    for name in ("small", "good"):
        promote(read_run(name), "digits", to=name, data="test.npz", folder=Path("models"), margin=1.0)
    try:
        codes = [
            main(["show", "digits:small", "--json"]),
            main(["diff", "digits:small", "digits:good", "--json"]),
            main(["evaluate", "digits:good", "--data", "test.npz"]),
            main(["show", "digits:gone"]),
        ]
    finally:
        shutil.rmtree("models")
    told = capsys.readouterr()

    assert [0, 0, 0, 2] == codes
    assert '"name": "small"' in told.out
    assert "digits has no alias 'gone'" in told.err
    assert ("good",) == read_run("latest", history=False).tags


def test_a_dry_run_writes_nothing(here: Path):
    """The gates are asked, the ledger stays as it is."""
    found = promote(read_run("small"), "digits", data="test.npz", folder=here, dry_run=True)

    assert (True, False) == (found.granted, here.exists())
    assert found.granted is json.loads(json.dumps(found.to_dict()))["granted"]


def test_a_model_that_was_changed_since_is_not_promoted(here: Path, tmp_path: Path):
    """Its SHA-256 is no longer the one that the run noted."""
    record = read_run("small")
    file = record.path.parent / "files" / "model-best.h5"
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    try:
        with pytest.raises(LedgerError, match="was changed since the run ended"):
            promote(record, "digits", folder=here)
    finally:
        file.write_bytes(content)


def test_without_an_evaluation_the_gates_say_what_to_do(here: Path):
    """A refusal is an event too."""
    found = promote(read_run("small"), "digits", folder=here)

    told = {gate.gate: gate.outcome for gate in found.gates}
    assert ("cannot tell", "cannot tell") == (told["evaluated"], told["disjoint"])
    assert "refuse" == found.event.action
    assert is_registered("digits:staging", folder=here)
    with pytest.raises(UsageError, match="no alias 'staging'"):
        model("digits:staging", folder=here)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"to": "latest"}, "W&B's own"),
        ({"name": "a/b"}, "take 'a-b'"),
        ({"waive": {"champoin": "x"}}, "no gate 'champoin'.*champion"),
        ({"waive": {"champion": " "}}, "needs a reason"),
        ({"record": "small"}, "read it with read_run"),
        ({"record": RunRecord("none")}, "kept no best model"),
    ],
)
def test_what_cannot_be_right_is_said_at_once(here: Path, change: dict, message: str):
    """Before any model is loaded."""
    given = {"record": read_run("small"), "name": "digits", "folder": here, **change}
    with pytest.raises(UsageError, match=message):
        promote(given.pop("record"), given.pop("name"), **given)
