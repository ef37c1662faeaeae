from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp.cli.recording.check import calls_fit
from trackexp.cli.recording.script import find_script

Cli = Callable[..., subprocess.CompletedProcess[str]]

MODEL = """\
import sys
import keras, numpy as np
from keras import layers
x = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
y = np.eye(4, dtype="float32")[np.random.default_rng(0).integers(0, 4, 300)]
model = keras.Sequential([keras.Input((8,)), layers.Dense(8, "relu"), layers.Dense(4, "softmax")])
model.compile("adam", "binary_crossentropy")
"""
TRAINED = "\nopen('trained-on', 'w')\n"
UNBUILT = """
class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.last = layers.Dense(8, "relu"), layers.Dense(4, "softmax")
    def call(self, x):
        return self.last(self.first(x))
model = Own()
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=1000)
"""
STREAM = """
def rows():
    while True:
        yield x, y
model.fit(rows(), steps_per_epoch=5, epochs=1000)
"""
DATASET = """
import tensorflow as tf
model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(300), epochs=1000)
"""
OWN_TRACK = """
from trackexp import track
with track(project="mine", mode="online", id="mine", best_model="best.h5", strict=True) as run:
    try:
        model.fit(x, y, epochs=1000)
    except Exception:
        pass
    finally:
        print("left the fit")
"""
TOUCHY = """
class Touchy(keras.utils.PyDataset):
    asked = 0
    def __len__(self):
        return 3
    def __getitem__(self, index):
        open('trained-on', 'w')
        return x, y
    @property
    def use_multiprocessing(self):
        Touchy.asked += 1
        if Touchy.asked == 1:
            raise RuntimeError("ask me again")
        return False
try:
    model.fit(Touchy(), epochs=2)
except Exception:
    pass
"""
RAISING = "\nmodel.fit(x, y, epochs=1000, callbacks=[3])\n"


def written(folder: Path, source: str) -> None:
    """Write the script."""
    (folder / "train.py").write_text(source, encoding="utf-8")


@pytest.mark.parametrize(
    "fit",
    [UNBUILT, STREAM, OWN_TRACK, RAISING, pytest.param(DATASET, marks=pytest.mark.heavy)],
    ids=["unbuilt", "generator", "own track, except Exception", "raises inside fit", "tf.data"],
)
def test_the_first_fit_is_looked_at_and_not_trained(cli: Cli, tmp_path: Path, fit: str):
    """Exit 1 with the finding, whatever stands around the fit; nothing behind it runs, nothing is left behind."""
    written(tmp_path, MODEL + fit + TRAINED)
    answer = cli("check", "train.py")

    assert 1 == answer.returncode, answer.stderr
    assert answer.stdout.startswith("train.py\n")
    assert "✗ TX101 bce-on-categorical" in answer.stdout
    assert {"train.py"} == {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}


def test_a_fit_that_cannot_be_looked_at_is_not_trained_either(cli: Cli, tmp_path: Path):
    """Where preparing fails Keras would train: the script ends instead, exit 2, with what failed."""
    written(tmp_path, MODEL + TOUCHY + TRAINED)
    answer = cli("check", "train.py")

    assert 2 == answer.returncode, answer.stdout
    assert "its fit could not be looked at: RuntimeError: ask me again" in answer.stderr
    assert not (tmp_path / "trained-on").exists()


def test_the_script_runs_as_under_python(cli: Cli, tmp_path: Path):
    """What stands behind it is its own, its print goes to stderr, and no environment switches the look off."""
    written(tmp_path, f"import sys\nprint('argv', sys.argv, __name__)\n{MODEL}\nmodel.fit(x, y, epochs=9){TRAINED}")
    environ = {"TRACKEXP_DISABLED": "1", "WANDB_MODE": "disabled", "RANK": "1"}
    answer = cli("check", "--json", "train.py", "--help", "--lr", "3", **environ)
    data = json.loads(answer.stdout)

    assert (1, 1, "train.py", None) == (answer.returncode, data["schema"], data["script"], data["ended"])
    assert ["TX101"] == [finding["code"] for finding in data["findings"]]
    assert "argv ['train.py', '--help', '--lr', '3'] __main__" in answer.stderr


def test_a_sound_script_ends_with_0(cli: Cli, tmp_path: Path):
    """And without a word of rules that only a training could answer."""
    written(tmp_path, MODEL.replace("binary_c", "categorical_c") + "model.fit(x, y, epochs=1000)" + TRAINED)
    answer = cli("check", "train.py")

    assert (0, "train.py\n\nFindings  none\n") == (answer.returncode, answer.stdout)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print('done')", "it called no fit of Keras"),
        ("import sys\nsys.exit('no data')", "it exited with 'no data'"),
        ("import sys\nsys.exit()", "it exited with 0"),
        ("x = 1\nopen('/no/such/data.csv')", "FileNotFoundError: [Errno 2]"),
        ("x = 1\nopen('/no/such/data.csv')", "(line 2)"),
        ("x = = 1", "SyntaxError: invalid syntax"),
    ],
)
def test_a_script_that_comes_to_no_fit_ends_with_2(cli: Cli, tmp_path: Path, source: str, said: str):
    """Nothing was looked at, which is no success; Keras is not imported for it."""
    written(tmp_path, source)
    answer = cli("check", "train.py")

    assert (2, "") == (answer.returncode, answer.stdout)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.py"], "the script missing.py cannot be read"),
        (["--select", "overfiting", "train.py"], "did you mean 'overfitting'?"),
        (["--fail-on", "warn", "train.py"], "did you mean 'warning'?"),
        (["-m", "no_such_module"], "no_such_module"),
    ],
)
def test_a_bad_word_is_refused_before_the_script_runs(cli: Cli, tmp_path: Path, arguments: list[str], said: str):
    """Exit 2, and the script has not begun."""
    written(tmp_path, "open('began', 'w')")
    answer = cli("check", *arguments)

    assert (2, "", False) == (answer.returncode, answer.stdout, (tmp_path / "began").exists())
    assert said in answer.stderr


def test_the_script_chooses_the_backend(cli: Cli, tmp_path: Path):
    """Keras is not imported before it."""
    written(tmp_path, "import os, sys\nassert 'keras' not in sys.modules\nsys.exit('as it should be')")

    assert "it exited with 'as it should be'" in cli("check", "train.py").stderr


def test_a_script_without_fit_is_told_of_before_it_runs_to_its_end(cli: Cli, tmp_path: Path):
    """And stops at `--max-seconds`, whatever it catches; exit 2."""
    written(
        tmp_path, "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except Exception:\n        pass\n"
    )
    answer = cli("check", "--max-seconds", "2", "train.py")

    first, last = answer.stderr.strip().splitlines()[0], answer.stderr.strip().splitlines()[-1]
    assert (2, "") == (answer.returncode, answer.stdout)
    assert "trackexp: train.py calls no fit that can be seen; it runs, and stops after 2 s at the latest" == first
    assert last.endswith("no fit has begun within 2 s (--max-seconds)")


def test_a_fit_in_a_module_beside_the_script_is_seen(tmp_path: Path):
    """Its name is looked for there too, and a script that trains is told nothing."""
    (tmp_path / "training.py").write_text("def go(model):\n    model.fit()\n")
    written(tmp_path, "import training\n")
    with_fit = calls_fit(find_script(str(tmp_path / "train.py")))
    (tmp_path / "training.py").write_text("def go(model):\n    model.save()\n")

    assert (True, False) == (with_fit, calls_fit(find_script(str(tmp_path / "train.py"))))
