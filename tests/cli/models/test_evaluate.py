from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from trackexp import read_run, track
from trackexp.cli.app import app
from trackexp.reading.tables import read_table


@pytest.fixture
def run_cli(workspace: Path):
    """Run the command line in this process, in a folder of its own, offline."""
    return lambda *arguments: CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


@pytest.fixture
def lemons(workspace: Path) -> Path:
    """The course's 210 lemons: 27 mouldy, 3 false positives, 4 false negatives at a threshold of 0.3."""
    y = np.repeat([1, 0], [27, 183])
    p = np.where(y == 1, 0.9, 0.1)
    p[:4], p[27:30] = 0.2, 0.7
    frame = pd.DataFrame({"id": [f"l{i}" for i in range(210)], "target": np.where(y == 1, "mouldy", "good")})
    frame.assign(p_good=1 - p, p_mouldy=p).to_csv(workspace / "lemons.csv", index=False)
    return workspace / "lemons.csv"


@pytest.fixture
def pictures(workspace: Path):
    """A Keras model of pictures, saved as a best model is, and data for it."""
    import keras

    rng = np.random.default_rng(3)
    x, y = rng.random((60, 6, 6)).astype(np.float32), rng.integers(0, 3, 60)
    np.savez(workspace / "test.npz", x=x, y=y)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(4, "relu"),
                              keras.layers.Dense(3, "softmax")])  # fmt: skip
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model, x, y


def test_the_lemon_sheet_comes_out_to_the_cent(run_cli, lemons):
    """From the counts of a file of predictions, with the interval that the sheet hides."""
    ran = run_cli(lemons, "--cost", "fp=0.25,fn=1.5", "--units", 1_500_000, "--baseline", 0.1, "--threshold", 0.3,
                  "--positive", "mouldy", "--json")  # fmt: skip
    found = json.loads(ran.stdout)

    assert 0 == ran.exit_code
    assert 101_785.71 == round(found["profit"]["at_present"]["total_saving"], 2)
    assert (3, 4) == (found["at_threshold"]["false_positives"], found["at_threshold"]["false_negatives"])
    assert found["profit"]["at_present"]["interval_of_misses"]["high"] < 130_000
    assert 1 == found["schema"]


def test_a_model_on_data_gives_every_output(run_cli, workspace, pictures):
    """Numbers on stdout, and in the folder tables, plots, pictures of false positives with their index, a page."""
    pictures[0].save(workspace / "model-best.h5")
    ran = run_cli("model-best.h5", "--data", "test.npz", "--part", "test", "--out", "results", "--html", "r.html")
    folder = workspace / "results"

    assert 0 == ran.exit_code, ran.output
    assert "outputs are probabilities, by the last activation, softmax" in ran.stdout
    errors, index = pd.read_csv(folder / "errors.csv"), pd.read_csv(folder / "false_positives" / "index.csv")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert 60 - round(60 * metrics["accuracy"]) == len(errors) == len(index)
    assert errors["category"].isna().all()
    assert all((folder / "false_positives" / file).read_bytes().startswith(b"\x89PNG") for file in index["file"])
    assert set(index["file"].str.partition("/")[0]) == set(index["prediction"].astype(str))
    assert 60 == len(pd.read_csv(folder / "predictions.csv"))
    plots = {path.stem for path in (folder / "plots").iterdir()}
    assert {"confusion", "reliability", "knee-confidence", "knee-entropy-1", "roc", "precision-recall"} <= plots
    assert "errors: " in (folder / "error_clusters.txt").read_text()
    assert (workspace / "r.html").read_text().count("<svg") > 10


def test_the_predictions_written_read_back_as_they_were(run_cli, workspace, pictures):
    """The table of --out is a file of predictions."""
    pictures[0].save(workspace / "m.keras")
    first = run_cli("m.keras", "--data", "test.npz", "--out", "results", "--json")
    again = run_cli("results/predictions.csv", "--json")

    before, after = json.loads(first.stdout), json.loads(again.stdout)
    assert before["log_loss"] == pytest.approx(after["log_loss"], rel=1e-6)
    assert before["accuracy"] == after["accuracy"]


@pytest.mark.parametrize(
    ("condition", "code"),
    [("accuracy < 0.5", 0), ("accuracy < 0.99", 1), ("log_loss > 0.01", 1), ("acuracy < 1", 2), ("accuracy", 2)],
)
def test_a_condition_that_holds_exits_with_one(run_cli, lemons, condition, code):
    """0 clean, 1 where the gate closes, 2 where it is mistyped."""
    ran = run_cli(lemons, "--fail-if", condition)

    assert code == ran.exit_code
    assert ("failed: " in ran.stderr) == (code == 1)


def test_categories_are_counted_costed_and_ranked(run_cli, workspace, lemons):
    """A person's words in errors.csv come back with what they cost; foreign ids are said."""
    run_cli(lemons, "--out", "results")
    errors = pd.read_csv("results/errors.csv")
    errors["category"] = np.where(errors["target"] == "mouldy", "poor lighting", "glare")
    errors.loc[len(errors)] = dict(errors.iloc[0]) | {"id": "l200"}
    errors.to_csv("filled.csv", index=False)
    ran = run_cli(lemons, "--categories", "filled.csv", "--cost", "fp=0.25,fn=1.5", "--positive", "mouldy", "--json")
    found = json.loads(ran.stdout)

    assert [("poor lighting", 4, 6.0), ("glare", 3, 0.75)] == [
        (line["category"], line["n"], line["cost"]) for line in found["categories"]
    ]
    assert any("1 rows of filled.csv have a category and are no errors" in note for note in found["notes"])


def test_the_best_model_of_a_run_is_evaluated_in_a_run_of_its_own(run_cli, workspace, pictures):
    """Of job type evaluation, with numbers, tables, and the run that it evaluated; offline it says what is missing."""
    model, x, y = pictures
    with track("lineage", mode="offline", monitor="loss") as run:
        model.fit(x, y, epochs=1, verbose=0)
    ran = run_cli(run.folder, "--data", "test.npz", "--part", "test", "--json")
    found = json.loads(ran.stdout)
    recorded = max(workspace.glob("wandb/offline-run-*"), key=lambda path: path.stat().st_mtime_ns)
    record = read_run(recorded)

    assert 0 == ran.exit_code, ran.output
    assert ("evaluation", "lineage", run.id) == (record.job_type, record.project, record.config["evaluated_run"])
    assert found["accuracy"] == pytest.approx(record.summary["test/accuracy"])
    assert 60 == len(read_table(record)[1])
    assert any("offline" in note for note in found["notes"])
    table = CliRunner().invoke(app, ["predictions", str(recorded), "--out", "p.csv"])
    assert 0 == table.exit_code
    assert 60 == len(pd.read_csv("p.csv"))


def test_latest_is_the_latest_training_and_not_the_evaluation_of_it(run_cli, workspace, pictures):
    """A second `evaluate latest` has the same model before it as the first."""
    model, x, y = pictures
    with track("lineage", mode="offline", monitor="loss") as run:
        model.fit(x, y, epochs=1, verbose=0)
    ran = [run_cli("latest", "--data", "test.npz") for _ in range(2)]

    assert [0, 0] == [one.exit_code for one in ran], ran[1].output
    assert 3 == len(list(workspace.glob("wandb/offline-run-*")))
    assert ("evaluation", run.id) == ((last := read_run("latest")).job_type, last.config["evaluated_run"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.h5"], "is not a model file"),
        (["nothing.csv"], "does not exist"),
        (["lemons.csv", "--data", "x.npz"], "--data goes with a model"),
        (["lemons.csv", "--units", "5"], "--cost fp"),
        (["lemons.csv", "--cost", "fp=1"], "lacks fn"),
        (["lemons.csv", "--cost", "fp=1,fn=-2", "--positive", "good"], "false_negative costs -2"),
        (["lemons.csv", "--cost", "fp=1,fn=2"], "which class is positive"),
        (["lemons.csv", "--cost", "fp=1,fn=2", "--positive", "moldy"], "did you mean 'mouldy'"),
        (["lemons.csv", "--labels", "none.txt"], "--labels none.txt cannot be read"),
        (["lemons.csv", "--categories", "lemons.csv"], "expected id and category"),
        (["notes.txt"], "data, not a model"),
        (["model.pkl", "--data", "test.npz"], "--trust"),
        (["model.h5"], "say what to evaluate it on"),
        (["team/project/model:v3", "--data", "test.npz"], "this run is offline"),
        (["model.h5", "--data", "team/project/testset:v3"], "team/project/testset:v3 is an artifact on the W&B server"),
    ],
)
def test_mistakes_exit_with_two_and_say_what_to_do(run_cli, workspace, lemons, arguments, said):
    """One line on stderr, and nothing on stdout."""
    for name in ("notes.txt", "model.pkl", "model.h5"):
        (workspace / name).write_bytes(b"x")
    (workspace / "notes.txt").write_bytes(b"x")
    ran = run_cli(*arguments, *(["--data", "x"] if arguments == ["notes.txt"] else []))

    assert (2, "") == (ran.exit_code, ran.stdout)
    assert said in " ".join(ran.stderr.split())


def test_validation_rows_stand_beside_the_test_rows(run_cli, lemons, workspace):
    """A temperature and a threshold chosen on --valid are checked on the rows that are evaluated."""
    frame = pd.read_csv(lemons)
    p = np.where(frame["target"] == "mouldy", 0.8, 0.15) + np.random.default_rng(0).normal(0, 0.01, len(frame))
    frame.assign(id=[f"v{i}" for i in range(len(frame))], p_good=1 - p, p_mouldy=p).to_csv("valid.csv", index=False)
    ran = run_cli(lemons, "--valid", "valid.csv", "--cost", "fp=0.25,fn=1.5", "--positive", "mouldy", "--json",
                  "--html", "page.html")  # fmt: skip
    found = json.loads(ran.stdout)["validation"]

    assert 0 == ran.exit_code
    assert 0.75 < found["chosen"]["threshold"] < 0.8
    assert 4 == found["chosen"]["false_negatives"]
    assert "fitted on 210 rows of valid" in (workspace / "page.html").read_text()
    assert "Against validation" in run_cli(lemons, "--valid", "valid.csv").stdout


@pytest.fixture
def versions(workspace: Path) -> list[str]:
    """Three versions of a model as files of predictions of the same rows; the last two say nearly the same."""
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 300)
    good = np.where(rng.random(300) < 0.9, y, (y + 1) % 3)
    good[:2] = y[:2]
    almost = np.where(np.arange(300) < 2, (good + 1) % 3, good)
    guesses = {"v1": rng.integers(0, 3, 300), "v2": good, "v3": almost}
    for name, said in guesses.items():
        p = np.full((300, 3), 0.1)
        p[np.arange(300), said] = 0.8
        np.savez(workspace / f"{name}.npz", y_true=y, y_prob=p, ids=[f"img{i}" for i in range(300)])
    return [f"{name}.npz" for name in guesses]


def test_several_models_are_a_leaderboard(run_cli, workspace, versions):
    """Who leads, who is tied, and which rows changed side; as text, JSON, files and a page."""
    ran = run_cli(*versions, "--json", "--out", "results", "--html", "l.html")
    found = json.loads(ran.stdout)

    assert (0, "v2.npz") == (ran.exit_code, found["best"]), ran.output
    assert [True, True, False] == [line["tied_with_best"] for line in found["leaderboard"]]
    assert {"img0", "img1"} == {line["id"] for line in found["changed"]["v3.npz"]}
    assert 3 == len(pd.read_csv("results/leaderboard.csv")) == len(pd.read_csv("results/pairs.csv"))
    assert "What changed side" in (workspace / "l.html").read_text()
    folders = [workspace / name.removesuffix(".npz") / "p.npz" for name in versions]
    for name, place in zip(versions, folders, strict=True):
        place.parent.mkdir()
        (workspace / name).rename(place)
    text = run_cli(*folders).stdout
    assert "tied with the best" in text
    assert "v2 and v3: 2 rows" in text


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--fail-if", "accuracy < 0.5"], 1, "failed: v1.npz: accuracy is"),
        (["v1.npz"], 2, "v1.npz is given twice"),
        (["--categories", "errors.csv"], 2, "--categories are for one model"),
        (["lemons.csv"], 2, "expected the same rows and classes"),
    ],
)
def test_a_leaderboard_has_its_own_mistakes(run_cli, versions, lemons, options, code, said):
    """What is for one model alone, and models of other rows."""
    ran = run_cli(*versions, *options)

    assert code == ran.exit_code
    assert said in " ".join(ran.stderr.split())


def test_money_that_makes_no_sense_is_said_before_the_model_is_loaded(run_cli, workspace):
    """The file of the model is never opened."""
    (workspace / "model.h5").write_bytes(b"none")
    ran = run_cli("model.h5", "--data", "test.npz", "--cost", "fp=1,fn=-2")

    assert 2 == ran.exit_code
    assert "false_negative costs -2" in ran.stderr
