from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp.reading import read_run, read_runs

Cli = Callable[..., subprocess.CompletedProcess[str]]

# What a script can see of how it was started, and the ways in which it can end.
PROBE = '''
"""A probe."""
import os, pickle, sys, threading, time

class Thing: pass

def seen():
    names = sorted(name for name in globals() if name.startswith("__"))
    return [sys.argv, sys.path[0], __name__, __file__, __spec__ and __spec__.name, __package__, __doc__, names,
            type(__loader__).__name__, sys.modules["__main__"].Thing is Thing]

def late():
    time.sleep(0.2)
    print("from a thread")

if __name__ == "__main__":
    print(seen())
    print(type(pickle.loads(pickle.dumps(Thing()))))
    how = sys.argv[-1]
    if how == "code":
        sys.exit(3)
    if how == "text":
        sys.exit("a last word")
    if how == "raise":
        def inner():
            raise ValueError("told by the script")
        try:
            {}["key"]
        except KeyError:
            inner()
    if how == "fork":
        child = os.fork()
        if child == 0:
            os._exit(5) if "_exit" in sys.argv else sys.exit(5)
        print(os.waitpid(child, 0)[1] >> 8)
    if how == "spawn":
        import multiprocessing
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.map(len, ["ab"]), pool.apply(late))
    threading.Thread(target=late).start()
'''


def both(cli: Cli, folder: Path, *words: str, options: tuple[str, ...] = ()):
    """Run the same words under Python and under `trackexp run`; returns both."""
    plain = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=120)
    return plain, cli("run", *options, *words, cwd=folder)


@pytest.mark.parametrize("how", ["--help", "code", "text", "raise", "spawn"])
def test_a_script_sees_and_ends_what_python_would_give_it(cli: Cli, tmp_path: Path, how: str):
    """argv, `__main__`, pickles, workers that are spawned, threads left behind, exit code, traceback: all alike."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "probe.py").write_text(PROBE)
    plain, ours = both(cli, tmp_path, "sub/probe.py", "--mode", "-m", how)
    (run,) = read_runs(tmp_path / "wandb")
    own = ("trackexp:", "  look  ", "  sync  ")
    said = "".join(line for line in ours.stderr.splitlines(keepends=True) if not line.startswith(own))

    assert (plain.returncode, plain.stdout, plain.stderr) == (ours.returncode, ours.stdout, said)
    assert plain.returncode == run.exit_code


def test_a_module_and_a_folder_run_as_python_runs_them(cli: Cli, tmp_path: Path):
    """`-m package` and a folder with a `__main__.py`."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__main__.py").write_text(PROBE)
    as_module = both(cli, tmp_path, "-m", "pack", "--help")
    as_folder = both(cli, tmp_path, "pack", "x")

    assert as_module[0].stdout == as_module[1].stdout
    assert as_folder[0].stdout == as_folder[1].stdout


def test_a_fork_leaves_the_run_to_its_parent(cli: Cli, tmp_path: Path):
    """A child that ends with `sys.exit` inside the tracked script ends itself alone."""
    (tmp_path / "probe.py").write_text(PROBE)
    plain, ours = both(cli, tmp_path, "probe.py", "fork")
    (run,) = read_runs(tmp_path / "wandb")

    assert (0, plain.stdout) == (ours.returncode, ours.stdout)
    assert ("finished", 1) == (run.state, ours.stderr.count("finished in"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothere.py"], "the script nothere.py cannot be read (No such file or directory)"),
        (["prbe.py"], "did you mean 'probe.py'?"),
        (["-m", "no.such.module"], "the module no.such.module cannot be found"),
        (["empty"], "empty holds no __main__.py"),
        (["--mode", "ofline", "probe.py"], "did you mean 'offline'?"),
        ([], "Missing argument 'SCRIPT'"),
    ],
)
def test_what_cannot_be_run_is_said_before_any_run_is_opened(cli: Cli, tmp_path: Path, words: list[str], said: str):
    """Exit 2, one message, no traceback, no run."""
    (tmp_path / "probe.py").write_text(PROBE)
    (tmp_path / "empty").mkdir()
    answer = cli("run", *words)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "wandb").exists()


def test_a_script_that_is_no_python_is_told_as_python_tells_it(cli: Cli, tmp_path: Path):
    """And leaves no run."""
    (tmp_path / "broken.py").write_text("def f(:\n")
    plain, ours = both(cli, tmp_path, "broken.py")

    assert (plain.returncode, plain.stderr) == (ours.returncode, ours.stderr)
    assert not (tmp_path / "wandb").exists()


def test_a_track_inside_the_script_writes_to_the_one_run(cli: Cli, tmp_path: Path):
    """So does plain `wandb.init`; what the options say stands."""
    (tmp_path / "script.py").write_text(
        "import wandb\nfrom trackexp import track\n"
        "with track(project='inner', config={'lr': 0.1}) as run:\n    run.log({'a': 1})\n"
        "wandb.init(project='other').log({'a': 2})\n"
    )
    answer = cli("run", "--project", "outer", "--name", "one", "--tag", "x", "--tag", "y", "script.py")
    (run,) = read_runs(tmp_path / "wandb")

    assert 0 == answer.returncode, answer.stderr
    assert ("outer", "one", ("x", "y"), 0.1) == (run.project, run.name, tuple(run.tags), run.config["lr"])
    assert [1, 2] == run.history["a"].values.tolist()


def test_a_wrong_option_of_track_is_ours_and_an_error_of_track_in_the_script_is_the_scripts(cli: Cli, tmp_path: Path):
    """The one is a message with exit code 2, the other a traceback with 1, as under Python."""
    (tmp_path / "script.py").write_text("from trackexp import track\ntrack(mode='ofline')\n")
    ours = cli("run", "--best-model", "model.bin", "script.py")
    theirs = cli("run", "script.py")

    assert (2, False) == (ours.returncode, "Traceback" in ours.stderr)
    assert (1, True) == (theirs.returncode, "Traceback" in theirs.stderr)
    assert "cli/recording/run.py" not in theirs.stderr


def test_disabled_it_is_python(cli: Cli, tmp_path: Path):
    """`TRACKEXP_DISABLED=1` leaves the script alone."""
    (tmp_path / "script.py").write_text("import sys\nprint(sys.argv)\nsys.exit(4)\n")
    answer = cli("run", "script.py", "a", TRACKEXP_DISABLED="1")

    assert (4, "['script.py', 'a']\n", "") == (answer.returncode, answer.stdout, answer.stderr)
    assert not (tmp_path / "wandb").exists()


@pytest.mark.heavy
def test_a_keras_script_is_recorded_with_no_change(cli: Cli, tmp_path: Path):
    """Curves, facts and the best model, without an import of trackexp in it."""
    (tmp_path / "train.py").write_text(
        "import keras, numpy\nx = numpy.ones((8, 2))\n"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
        "model.compile('sgd', loss='mean_squared_error')\n"
        "model.fit(x, x[:, 0], validation_data=(x, x[:, 0]), epochs=2, verbose=0)\n"
    )
    answer = cli("run", "train.py")
    record = read_run(tmp_path / "wandb")

    assert 0 == answer.returncode, answer.stderr
    assert [0, 1] == record.history["val/loss"].steps.tolist()
    assert "model-best.h5" in json.dumps([file.name for file in record.files])
