"""What people give by mistake, one by one, through the command: a message, and exit code 2; or a number, and 0."""

from __future__ import annotations

import json
import os
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from typer.testing import CliRunner

from trackexp.cli.app import app

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]])
Y = np.array([0, 1, 2, 0])
MODEL = """
import numpy as np

def shade(x):
    return np.stack([1 - x.mean(axis=(1, 2, 3)) / 255, x.mean(axis=(1, 2, 3)) / 255], axis=1)

def first(x):
    return np.asarray(x)[:, :3]
"""


@pytest.fixture
def run_cli(workspace: Path, monkeypatch):
    """Run `trackexp evaluate` in this process, in a folder that holds a module of models."""
    (workspace / "bad_input_models.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.syspath_prepend(str(workspace))
    return lambda *arguments: CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def changed(rows, column, value):
    """Return the probabilities with one value exchanged."""
    p = P.copy()
    p[rows, column] = value
    return p


@pytest.mark.parametrize(
    ("y", "p", "options", "said"),
    [
        (Y, changed(1, 2, np.nan), [], "y_prob is NaN or infinite in id 'b'"),
        (Y, changed([0, 3], 0, np.inf), [], "y_prob is NaN or infinite in ids 'a', 'd'"),
        (Y, changed(2, 0, 0.3), [], "y_prob does not sum to 1 in id 'c', the first sums to 1.1"),
        (Y, P * 5 - 2, [], "outside 0 to 1 in ids 'a', 'b', 'c', 'd'"),
        ([0, 1, 2, 3], P, [], "y_true holds 3 in row 3 and 0 more outside the classes; expected 0 to 2"),
        ([1, 2, 3, 1], P, [], "do the labels count from 1?"),
        (["cat", "dgo", "cow", "cat"], P, ["cat", "dog", "cow"], "which is not a class name (did you mean 'dog'"),
        (["cat", "dog", "cat", "dog"], P, [], "the answers hold 2 names (cat, dog), the model has 3 outputs"),
        (Y, P, ["a", "b", "c", "d"], "4 class names for 3"),
        ([*Y, 1], P, [], "y_true has shape (5,), y_prob (4, 3)"),
    ],
)  # fmt: skip
def test_predictions_that_cannot_be_are_said(run_cli, workspace, y, p, options, said):
    """With the rows by their ids, what was expected, and the nearest name."""
    np.savez(workspace / "p.npz", y_true=y, y_prob=p, ids=list("abcd"))
    (workspace / "names.txt").write_text("\n".join(options), encoding="utf-8")
    ran = run_cli("p.npz", *(["--labels", "names.txt"] if options else []))

    assert (2, "") == (ran.exit_code, ran.stdout)
    assert said in " ".join(ran.stderr.split())


@pytest.mark.parametrize(
    ("y", "p", "names", "expected"),
    [
        (np.eye(3)[Y], P, None, {"accuracy": 1.0, "n": 4}),
        (Y[:1], P[:1], None, {"n": 1, "accuracy": 1.0, "auroc_ovr_macro": "NaN"}),
        ([1, 1], P[[1, 0]], None, {"accuracy": 0.5, "auroc_ovr_macro": "NaN", "absent": ["0", "2"]}),
        ([0, 1, 0, 0], P, None, {"absent": ["2"], "undefined_auroc": ["2"]}),
        (Y, np.tile(P[:1], (4, 1)), None, {"accuracy": 0.5, "auroc_ovr_macro": 0.5}),
        (["Käse", "犬", "ほうれん草", "Käse"], P, ["Käse", "犬", "ほうれん草"], {"accuracy": 1.0}),
    ],
)
def test_predictions_that_are_odd_are_evaluated(run_cli, workspace, y, p, names, expected):
    """One-hot answers, one row, one class, an absent class, equal predictions, names of every language."""
    np.savez(workspace / "p.npz", y_true=y, y_prob=p, **({} if names is None else {"class_names": names}))
    ran = run_cli("p.npz", "--json", "--out", "results")

    assert 0 == ran.exit_code, ran.output
    found = json.loads(ran.stdout)
    assert expected == {name: found[name] for name in expected}
    assert (workspace / "results" / "predictions.csv").is_file()
    assert 0 == run_cli("p.npz").exit_code


@pytest.fixture
def shades(workspace: Path) -> Path:
    """A folder of black and white pictures, one of which is broken."""
    image = pytest.importorskip("PIL.Image")
    for name, shade in (("dark", 20), ("light", 230)):
        (workspace / "shades" / name).mkdir(parents=True)
        for i in range(3):
            image.fromarray(np.full((4, 4), shade, np.uint8)).save(workspace / "shades" / name / f"{i}.png")
    (workspace / "shades" / "light" / "2.png").write_bytes(b"\x89PNG broken")
    return workspace / "shades"


def test_an_unreadable_image_is_named_counted_and_left_out_if_asked(run_cli, shades):
    """Exit 2 with its name; with --skip-bad the others are evaluated, and it is said."""
    refused = run_cli("bad_input_models:shade", "--data", shades)
    ran = run_cli("bad_input_models:shade", "--data", shades, "--skip-bad", "--json")
    found = json.loads(ran.stdout)

    assert 2 == refused.exit_code
    assert f"1 of 6 images in {shades} cannot be read: light{os.sep}2.png" in " ".join(refused.stderr.split())
    assert (0, 5, 1.0) == (ran.exit_code, found["n"], found["accuracy"])
    assert any("1 unreadable images were left out" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bad_input_models:shade", "--data", "empty"], "empty holds no images; expected one folder per class"),
        (["bad_input_models:first", "--data", "model.joblib"], "model.joblib is a model, not data"),
        (["model.joblib", "--data", "x.npz"], "Then pass --trust"),
        (["model.joblib", "--data", "wide.npz", "--trust"], "takes rows of shape (3), the data has (7)"),
        (["bad_input_models:nothing", "--data", "x.npz"], "nothing"),
        (["x.npz"], "as data of a model: trackexp evaluate MODEL --data x.npz"),
        (["p.csv", "--cost", "fp=1,fn=-2", "--positive", "a"], "false_negative costs -2"),
        (["p.csv", "--cost", "fp=1,fn=2,tp=9", "--positive", "a"], "are two costs exchanged?"),
        (["p.csv", "--cost", "fp=1,fn=2", "--positive", "a", "--prevalence", "12.9"], "a percentage? then 0.129"),
        (["p.csv", "--cost", "fp=1,fn=2", "--positive", "z"], "no class 'z'"),
        (["p.csv", "--fail-if", "accuracy <"], "--fail-if"),
    ],
)
def test_wrong_places_and_costs_are_said(run_cli, workspace, arguments, said):
    """In one message on stderr, and nothing on stdout."""
    (workspace / "empty").mkdir()
    joblib.dump(LogisticRegression().fit(P, Y), workspace / "model.joblib")
    np.savez(workspace / "x.npz", x=P, y=Y)
    np.savez(workspace / "wide.npz", x=np.ones((4, 7)), y=Y)
    pd.DataFrame(P, columns=["p_a", "p_b", "p_c"]).assign(target=list("abca")).to_csv("p.csv", index=False)
    ran = run_cli(*arguments)

    assert (2, "") == (ran.exit_code, ran.stdout)
    assert said in " ".join(ran.stderr.split())


def test_the_errors_are_both_ours_and_value_errors():
    """Whoever catches ValueError catches them."""
    from trackexp.errors import TrackexpError, UsageError

    assert issubclass(UsageError, TrackexpError)
    assert issubclass(UsageError, ValueError)
