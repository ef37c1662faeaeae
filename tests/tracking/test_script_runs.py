"""`wandb.init` inside a session: the runs are those that the script means, each recorded whole."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wandb

from trackexp import track
from trackexp.errors import CredentialsError
from trackexp.reading import read_runs
from trackexp.record import RunRecord
from trackexp.session import Session, current_session
from trackexp.tracking import TrackOptions

Runs = Callable[[], list[RunRecord]]


@contextmanager
def run_script(**options: Any) -> Iterator[Session]:
    """Do what `trackexp run` does around a script."""
    session = Session(TrackOptions(**options), lazily=True)
    try:
        yield session
    except BaseException as error:
        session.end(error)
        raise
    session.end()


@pytest.fixture
def runs(workspace: Path) -> Runs:
    """Returns every run of the workspace, in the order of their names; there is no key."""
    return lambda: sorted(read_runs(workspace / "wandb"), key=lambda record: str(record.name))


def settings(record: RunRecord) -> dict[str, Any]:
    """Return the config without what trackexp and W&B keep in it."""
    return {name: value for name, value in record.config.items() if not name.startswith(("trackexp", "_wandb"))}


def rows(record: RunRecord, key: str) -> list[float]:
    """Return the values that the run has of a metric."""
    return list(record.history[key].values) if key in record.history else []


def test_the_arguments_are_the_scripts(runs: Runs):
    """Config, name, project, tags, group, job type and notes arrive, and the run is finished by `with`."""
    with run_script():
        arguments: dict[str, Any] = {"group": "g", "job_type": "train", "notes": "a note", "tags": ["baseline"]}
        with wandb.init(project="mine", name="first", config={"lr": 0.01}, **arguments) as run:
            seen = (wandb.config.lr, wandb.run is run)
            wandb.log({"loss": 1.0})
            run.summary["accuracy"] = 0.9
        after = wandb.run

    (record,) = runs()
    assert ((0.01, True), None) == (seen, after)
    assert ("mine", "first", "g", "train", "a note", ("baseline",)) == (
        record.project,
        record.name,
        record.group,
        record.job_type,
        record.notes,
        tuple(record.tags),
    )
    assert ({"lr": 0.01}, [1.0], 0.9) == (settings(record), rows(record, "loss"), record.summary["accuracy"])


@pytest.mark.parametrize("reinit", [True, "finish_previous", "create_new"])
def test_a_loop_of_runs_is_as_many_runs(runs: Runs, reinit: bool | str, recwarn: pytest.WarningsRecorder):
    """Each `wandb.init(reinit=…)` is a run with its own config, and none is empty."""
    with run_script():
        for lr in (1, 2, 3):
            run = wandb.init(project="loop", name=f"r{lr}", config={"lr": lr}, reinit=reinit)
            run.log({"x": lr})

    records = runs()
    assert ["r1", "r2", "r3"] == [record.name for record in records]
    assert [[1.0], [2.0], [3.0]] == [rows(record, "x") for record in records]
    assert [{"lr": 1}, {"lr": 2}, {"lr": 3}] == [settings(record) for record in records]


def test_finish_ends_a_run_and_the_next_init_begins_one(runs: Runs):
    """`wandb.finish()` between two inits, in a function."""

    def train(name: str) -> None:
        wandb.init(name=name)
        wandb.log({"x": 1})
        wandb.finish()

    with run_script():
        train("a")
        train("b")

    assert [("a", "finished"), ("b", "finished")] == [(record.name, record.state) for record in runs()]


def test_a_second_init_returns_the_run_that_is_open(runs: Runs):
    """As W&B does without `reinit`."""
    with run_script():
        first = wandb.init(name="only", config={"a": 1})
        second = wandb.init(config={"b": 2})
        same = first is second

    (record,) = runs()
    assert (True, {"a": 1}) == (same, settings(record))


def test_a_script_that_records_nothing_is_one_run_with_its_exit_code(runs: Runs):
    """Code, console and how it ended are kept."""
    with pytest.raises(SystemExit), run_script(project="p"):
        raise SystemExit(3)

    (record,) = runs()
    assert (("failed", 3, "p")) == (record.state, record.exit_code, record.project)


def test_a_run_that_the_script_leaves_open_ends_as_the_script_does(runs: Runs):
    """Most scripts never call `finish`; an error makes the run a failed one."""

    def script() -> None:
        with run_script():
            wandb.init(name="open")
            raise ValueError("told")

    with pytest.raises(ValueError, match="told"):
        script()

    (record,) = runs()
    assert ("open", "failed") == (record.name, record.state)


def test_options_of_the_command_line_stand_and_the_rest_is_the_scripts(runs: Runs, capfd: pytest.CaptureFixture[str]):
    """`--project` overrules the script's, which is said; tags are joined."""
    with run_script(project="outer", tags=["cli"]):
        wandb.init(project="inner", name="mine", tags=["script"]).finish()

    (record,) = runs()
    assert ("outer", "mine", {"cli", "script"}) == (record.project, record.name, set(record.tags))
    assert "project='inner' of wandb.init is not used" in capfd.readouterr().err


def test_tracked_calls_of_the_script_are_runs_of_their_own(runs: Runs):
    """Two `track` blocks in a script are two runs, as without `trackexp run`; its options hold for both."""
    with run_script(project="p", tags=["cli"]):
        for name in ("a", "b"):
            with track(name=name) as run:
                run.log({"x": 1})

    assert [("a", "p", ("cli",)), ("b", "p", ("cli",))] == [(r.name, r.project, tuple(r.tags)) for r in runs()]


def test_an_empty_run_of_track_becomes_the_scripts(runs: Runs):
    """What can be changed is changed: one run, with the script's name and both configs."""
    with track(project="p", config={"a": 1}, mode="offline") as run:
        inner = wandb.init(config={"lr": 0.5}, name="inner", tags="t")
        same = inner is run.wandb_run
        wandb.log({"x": 1})
        run.log({"y": 2})

    (record,) = runs()
    assert (True, "inner", {"a": 1, "lr": 0.5}) == (same, record.name, settings(record))
    assert ([1.0], [2.0]) == (rows(record, "x"), rows(record, "y"))


def test_an_empty_run_of_track_that_cannot_become_the_scripts_never_existed(runs: Runs):
    """Another project is another run; the empty one is gone, and `run` writes to the new one."""
    with track(project="p", config={"a": 1}, mode="offline") as run:
        with wandb.init(project="mine", name="inner", config={"lr": 0.5}):
            run.log({"x": 1})
        run.log({"late": 2})

    by_project = {record.project: record for record in runs()}
    assert {"mine", "p"} == set(by_project)
    assert ({"a": 1, "lr": 0.5}, [1.0]) == (settings(by_project["mine"]), rows(by_project["mine"], "x"))
    assert [2.0] == rows(by_project["p"], "late")


def test_a_run_of_track_that_holds_rows_stays_beside_the_scripts(runs: Runs):
    """The script's run for another project is one of its own, and `wandb.log` goes to it."""
    with track(project="p", name="outer", mode="offline") as run:
        run.log({"x": 1})
        wandb.init(project="mine", name="inner")
        wandb.log({"y": 2})

    inner, outer = runs()
    assert (("inner", [2.0]), ("outer", [1.0])) == ((inner.name, rows(inner, "y")), (outer.name, rows(outer, "x")))


def test_a_disabled_run_of_the_script_is_one(runs: Runs):
    """`mode="disabled"` is the script's wish: its calls do nothing, and our own run goes on."""
    with track(project="p", name="outer", mode="offline") as run:
        wandb.init(mode="disabled").log({"x": 1})
        run.log({"y": 2})

    (record,) = runs()
    assert ("outer", [], [2.0]) == (record.name, rows(record, "x"), rows(record, "y"))


def test_everything_is_as_before_when_the_session_has_ended(workspace: Path):
    """`wandb.init` is W&B's own again, and so is the mode of the process."""
    from trackexp.tracking import wandb_private

    before = wandb.init, wandb.init.__code__, wandb_private.global_settings().mode
    with run_script():
        wandb.init().finish()
        during = wandb.init.__code__, wandb_private.global_settings().mode
    after = wandb.init, wandb.init.__code__, wandb_private.global_settings().mode

    assert before == after
    assert during[0] is not before[1]
    assert "offline" == during[1]


def test_a_login_without_a_key_is_no_error(workspace: Path):
    """Tutorials begin with `wandb.login()`: without a key the process is offline, and the script goes on."""
    with run_script():
        answer = wandb.login()
        offline = wandb.init().offline

    assert (False, True) == (answer, offline)


def test_what_is_printed_before_the_run_begins_is_in_it(runs: Runs, workspace: Path):
    """A lazily begun run has the whole console, and the streams are as they were."""
    before = sys.stdout.write
    with run_script():
        print("printed early")
        wandb.init().log({"x": 1})
        print("printed late")

    (log,) = workspace.glob("wandb/*run-*/files/output.log")
    text = log.read_text()
    assert (True, True) == ("printed early" in text, "printed late" in text)
    assert before == sys.stdout.write


def test_what_the_script_reads_back_is_what_it_put_in(runs: Runs, workspace: Path):
    """Config and summary are masked in the record, on the disk and in W&B's debug file, and nowhere in the script."""
    secret = "".join(["k9", "Xv2", "Lm8", "Qz"])
    with run_script():
        run = wandb.init(config={"db_password": secret, "nested": {"api_key": secret}})
        run.config["auth_token"] = secret
        run.summary["access_token"] = secret
        seen = (run.config["db_password"], run.config["nested"], run.config.auth_token, run.summary["access_token"])
    with track(config={"db_password": secret}, mode="offline") as ours:
        seen_in_track = ours.config["db_password"]

    held = [
        path.name for path in workspace.glob("wandb/**/*") if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert ((secret, {"api_key": secret}, secret, secret), secret, []) == (seen, seen_in_track, held)
    assert {"<masked:db_password>"} == {record.config["db_password"] for record in runs()}


def test_two_models_do_not_share_an_artifact_name(runs: Runs, workspace: Path, capfd: pytest.CaptureFixture[str]):
    """Where the script has written `run_<id>_model`, as W&B's checkpoint callback does, ours stands beside it."""
    file = workspace / "model.bin"
    file.write_bytes(b"weights")
    with track(mode="offline", save_code=False) as run:
        artifact = wandb.Artifact(f"run_{run.id}_model", type="model")
        artifact.add_file(str(file))
        wandb.run.log_artifact(artifact)
        run.improve({"metric": "val/loss", "value": 0.5, "epoch": 1}, file)

    (record,) = runs()
    assert {f"run_{run.id}_model", f"run_{run.id}_model_best"} == {
        found.name.split(":")[0] for found in record.artifacts
    }
    assert f"trackexp's best model is run_{run.id}_model_best" in capfd.readouterr().err


def test_a_run_that_holds_nothing_says_so(workspace: Path, capfd: pytest.CaptureFixture[str]):
    """And one that holds a row does not."""
    with track(mode="offline", save_code=False):
        pass
    empty = capfd.readouterr().err
    with track(mode="offline", save_code=False) as run:
        run.log({"x": 1})
    full = capfd.readouterr().err

    assert (True, False) == ("no fit seen and nothing logged" in empty, "no fit seen" in full)


def test_a_function_bound_before_the_session_is_seen(runs: Runs):
    """`from wandb import init`, a partial of it: taken out of W&B before `track`, and answered all the same."""
    init, begin = wandb.init, functools.partial(wandb.init, name="partial")
    with track(project="p", config={"a": 1}, mode="offline"):
        run = init(name="bound", config={"lr": 0.5})
        run.log({"x": 1})
        run.finish()
        begin(project="p").log({"y": 2})

    assert ["bound", "partial"] == [record.name for record in runs()]
    assert [{"a": 1, "lr": 0.5}, {"a": 1}] == [settings(record) for record in runs()]


def test_variables_that_the_script_sets_hold(runs: Runs, workspace: Path, recwarn: pytest.WarningsRecorder):
    """A script sets `os.environ` on top, after we have begun: project, name and folder are those."""
    with run_script():
        os.environ |= {"WANDB_PROJECT": "mine", "WANDB_NAME": "first", "WANDB_DIR": str(workspace / "there")}
        with wandb.init(config={"lr": 1}) as run:
            run.log({"x": 1})

    (record,) = read_runs(workspace / "there" / "wandb")
    assert ("mine", "first", {"lr": 1}) == (record.project, record.name, settings(record))


def test_nothing_of_ours_is_in_the_scripts_config_and_summary(runs: Runs):
    """A script goes through its config and its summary: it finds what it and its logs have put there."""
    config = {"lr": 0.5, "weights": np.array([1.0, 2.0]), "api_key": "sk-abcdef1234567890ab"}
    with run_script(), wandb.init(config=config) as run:
        run.log({"loss": 1.0})
        session = current_session()
        assert session is not None
        session.current_run().improve({"metric": "loss", "value": 1.0, "epoch": 0}, Path("none"))
        session.current_run().store_state()
        seen = dict(run.config), {key for key in run.summary.keys() if key[0] != "_"}  # noqa: SIM118  no mapping
        run.summary["best"] = 3
        again = run.summary["best"]

    (record,) = runs()
    assert ({**config, "weights": [1.0, 2.0]}, {"loss"}, 3) == (*seen, again)
    assert {"trackexp", "trackexp_code"} <= {*record.config, *record.summary}


def test_a_relative_folder_of_the_script_is_where_the_script_is(runs: Runs, workspace: Path):
    """Whatever folder W&B's own process has begun in."""
    (workspace / "deep").mkdir()
    with run_script():
        with wandb.init(name="before"):
            pass
        os.chdir("deep")
        with wandb.init(name="after", dir=".."):
            os.chdir("..")

    assert ["after", "before"] == [record.name for record in runs()]


def test_save_code_of_the_script_holds(runs: Runs, capfd: pytest.CaptureFixture[str]):
    """`save_code=False` keeps the code out, and is not said to be overruled by options that nobody gave."""
    with run_script():
        wandb.init(save_code=False).finish()

    (record,) = runs()
    assert [] == [file.name for file in record.files if file.name.startswith("code/")]
    assert "not used" not in capfd.readouterr().err


def test_a_wrong_key_is_told_before_the_script_begins(wandb_server: Any, workspace: Path):
    """A mistake, not weather; and W&B is not set up by it, so that what the script sets still holds."""
    os.environ |= {"WANDB_BASE_URL": wandb_server.url, "WANDB_API_KEY": "w" * 40}
    with pytest.raises(CredentialsError, match="refuses the key"), run_script():
        pytest.fail("the script has begun")

    os.environ["WANDB_API_KEY"] = wandb_server.key
    with run_script():
        os.environ["WANDB_PROJECT"] = "late"
        with wandb.init(name="first") as run:
            run.log({"x": 1})
            seen = (run.project, run.offline)

    assert ("late", False) == seen
