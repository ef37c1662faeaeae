from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wandb

from trackexp import track
from trackexp.errors import ConfigurationError, UnsupportedVersionError, UsageError
from trackexp.record import RunRecord
from trackexp.tracking.failures import Notifier
from trackexp.tracking.opening.starting import _check_version


def folders(workspace: Path) -> list[str]:
    """Return the kinds of the runs that lie in the workspace: "offline-run" or "run"."""
    return sorted(path.name.partition("run-")[0] + "run" for path in workspace.glob("wandb/*run-*"))


def test_without_a_key_it_is_offline_said_in_one_line_once_a_process(
    workspace: Path, capfd: pytest.CaptureFixture[str]
):
    """With no key anywhere each run is recorded offline, which only the first one says."""
    for _ in range(2):
        with track(project="p"):
            pass

    lines = [line for line in capfd.readouterr().err.splitlines() if "no W&B key" in line]
    assert (["offline-run"] * 2, 1) == (folders(workspace), len(lines))


def test_with_a_key_it_is_online(online, workspace: Path):
    """A key that the server takes makes an online run, which the server then has with its config, rows and summary."""
    with track(project="p", config={"lr": 0.1}, name="a name", tags=["t"]) as run:
        run.log({"loss": 0.5})
        run_id = run.id

    stored = online.run("p", run_id)
    assert ["run"] == folders(workspace)
    assert "finished" == stored["state"]
    assert "a name" == stored["display_name"]


@pytest.mark.parametrize(
    ("argument", "environment", "dotenv", "expected"),
    [
        ("auto", None, None, "run"),
        ("auto", "offline", None, "offline-run"),
        ("auto", "dryrun", None, "offline-run"),
        ("offline", "online", None, "offline-run"),
        ("online", "offline", None, "run"),
        ("auto", None, "offline", "offline-run"),
        ("auto", "online", "offline", "run"),
        ("online", None, "offline", "run"),
    ],
)
def test_argument_beats_environment_beats_dotenv(
    argument: str, environment: str | None, dotenv: str | None, expected: str, online, workspace: Path
):
    """The mode is the argument's, else WANDB_MODE's, else the one in a `.env` file."""
    if environment:
        os.environ["WANDB_MODE"] = environment
    if dotenv:
        (workspace / ".env").write_text(f"WANDB_MODE={dotenv}\n")
    with track(project="p", mode=argument):
        pass

    assert [expected] == folders(workspace)


def test_wandb_mode_disabled_keeps_nothing(workspace: Path, capfd: pytest.CaptureFixture[str]):
    """WANDB_MODE=disabled is honoured as it is."""
    os.environ["WANDB_MODE"] = "disabled"
    with track(project="p") as run:
        run.log({"loss": 1.0})

    assert ([], "") == (list(workspace.iterdir()), capfd.readouterr().err)


def test_a_typo_in_wandb_mode_is_an_error_at_once(workspace: Path):
    """A WANDB_MODE that does not exist names itself and the nearest that does."""
    os.environ["WANDB_MODE"] = "ofline"
    with pytest.raises(UsageError, match=r"WANDB_MODE.*'ofline'.*did you mean 'offline'"), track():
        pass


def test_wandb_offline_of_a_folder_is_honoured(online, workspace: Path, capfd: pytest.CaptureFixture[str]):
    """`wandb offline`, which writes into wandb/settings, keeps the runs of that folder offline."""
    (workspace / "wandb").mkdir()
    (workspace / "wandb" / "settings").write_text("[default]\nmode = offline\n")
    with track(project="p"):
        pass

    assert ["offline-run"] == folders(workspace)


@pytest.mark.parametrize(
    "variables", [{"TRACKEXP_DISABLED": "1"}, {"RANK": "1"}, {"RANK": "3", "WANDB_MODE": "online"}]
)
def test_disabled_and_other_ranks_keep_nothing_and_say_nothing(
    variables: dict[str, str], workspace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    """TRACKEXP_DISABLED and a RANK other than 0 leave no file and no word, and the script runs as ever."""
    os.environ.update(variables, WANDB_DIR=str(tmp_path / "elsewhere"))

    @track(project="p")
    def train(lr: float = 0.1) -> dict[str, float]:
        return {"accuracy": lr}

    with track(project="p", config={"a": object()}) as run:
        run.log({"bad key!": 1.0})
        run.summary["x"] = 1
        run.define("loss", "epoch", "min")
    result = train()

    out, err = capfd.readouterr()
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert ({"accuracy": 0.1}, [], "", "") == (result, left, out, err)


def test_rank_zero_records(workspace: Path):
    """Of several processes the one of rank 0 records."""
    os.environ["RANK"] = "0"
    with track(project="p"):
        pass

    assert ["offline-run"] == folders(workspace)


def test_settings_name_the_server_and_the_key(wandb_server, workspace: Path):
    """A server and a key may be given as settings, as a mapping or as `wandb.Settings`, with an empty environment."""
    given = {"base_url": wandb_server.url, "api_key": wandb_server.key}
    ids = []
    for settings in (given, wandb.Settings(**given)):
        with track(project="p", settings=settings) as run:
            ids.append(run.id)

    assert ["finished", "finished"] == [wandb_server.run("p", run_id)["state"] for run_id in ids]


def test_a_key_that_never_opened_a_run_does_not_reach_the_next(workspace: Path, capfd: pytest.CaptureFixture[str]):
    """The key in the settings of a run that went offline is forgotten with it: the next run finds no key."""
    with track(project="p", settings={"base_url": "http://127.0.0.1:9", "api_key": "x" * 40}):
        pass
    with track(project="p"):
        pass

    err = capfd.readouterr().err
    assert ["offline-run", "offline-run"] == folders(workspace)
    assert (1, 1) == (err.count("http://127.0.0.1:9 cannot be reached"), err.count("no W&B key found"))


def test_online_without_a_key_is_an_error_that_says_what_to_do(workspace: Path):
    """mode="online" needs a key: without one nothing is opened, and nobody is asked."""
    with pytest.raises(ConfigurationError, match=r"mode='online' needs a W&B key.*https?://.*WANDB_API_KEY"):
        track(mode="online").__enter__()

    assert [] == folders(workspace)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"init_timout": 3}, "no setting 'init_timout'.*did you mean 'init_timeout'"),
        ({"nope": 1}, "no setting 'nope'$"),
        ({"init_timeout": "soon"}, "init_timeout"),
        ("silent", "expected a dict or wandb.Settings, not str"),
    ],
)
def test_settings_that_wandb_does_not_know_are_refused(settings: object, message: str, workspace: Path):
    """An unknown setting is named with the nearest one that exists, a wrong value by its name."""
    with pytest.raises(UsageError, match=message):
        track(settings=settings, mode="offline").__enter__()


def test_an_older_wandb_is_refused(monkeypatch: pytest.MonkeyPatch, workspace: Path):
    """A wandb before the tested window is an error with the command that mends it."""
    monkeypatch.setattr(wandb, "__version__", "0.19.1")
    with pytest.raises(UnsupportedVersionError, match=r"0\.19\.1 is installed, 0\.28\.2 or newer.*pip install"):
        track().__enter__()


@pytest.mark.parametrize(
    ("version", "lines"), [("0.31.5", 0), ("0.32.0", 1), ("1.0", 1), ("0.28.2", 0), ("0.31.0rc1", 0), ("0.29.dev1", 0)]
)
def test_a_newer_wandb_is_said_in_one_line(
    version: str, lines: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A wandb after the tested window goes on with one line; pre-releases are compared by their numbers."""
    monkeypatch.setattr(wandb, "__version__", version)
    _check_version(Notifier())

    assert lines == len(capsys.readouterr().err.splitlines())


def test_a_resumed_run_keeps_its_id(online, workspace: Path):
    """`id` and `resume` are W&B's: the rows of the second session go on after those of the first."""
    for value in (1.0, 2.0):
        with track(project="p", id="resumed1", resume="allow") as run:
            run.log({"loss": value})

    assert [1.0, 2.0] == [row["loss"] for row in online.run("p", "resumed1")["history"]]


@pytest.mark.parametrize(
    ("arguments", "earlier", "lines"),
    [
        ({"id": "one", "resume": "must"}, 0, 1),
        ({"id": "one", "resume": "allow"}, 0, 1),
        ({"resume": True}, 0, 1),
        ({"id": "one"}, 1, 1),
        ({"id": "one"}, 0, 0),
        ({"id": "one", "resume": "never"}, 0, 0),
        ({}, 0, 0),
    ],
)
def test_resuming_offline_is_said_to_need_the_server(
    arguments: dict[str, Any], earlier: int, lines: int, workspace: Path, capfd: pytest.CaptureFixture[str]
):
    """W&B drops `resume` offline without a word; ours names what was asked, and where the rows go when synced."""
    for number in range(earlier):
        (workspace / "wandb" / f"offline-run-20200101_00000{number}-one").mkdir(parents=True)
    with track(project="p", mode="offline", **arguments):
        pass

    said = [line for line in capfd.readouterr().err.splitlines() if "resuming needs the server" in line]
    assert lines == len(said)
    assert all(str(next(reversed(arguments.values()))) in line and "same id" in line for line in said)


@pytest.mark.parametrize("mode", ["auto", "offline"])
def test_a_config_file_that_is_not_there_is_refused(mode: str, workspace: Path):
    """The path of a YAML file that does not exist is named, with the folder it was looked for in, before any run."""
    with pytest.raises(UsageError, match=f"config='a': there is no such file in {re.escape(str(workspace))}"):
        track(mode=mode, config="a").__enter__()

    assert [] == folders(workspace)


@pytest.mark.filterwarnings("ignore:.*own.yaml:ResourceWarning")  # wandb leaves the file to the garbage collector
def test_a_config_file_of_wandbs_form_is_the_config(read: Callable[..., RunRecord], workspace: Path):
    """A YAML file with W&B's `value:` entries becomes the config."""
    (workspace / "own.yaml").write_text("lr:\n  value: 0.5\n")
    with track(mode="offline", config="own.yaml"):
        pass

    assert {"lr": 0.5} == read().settings


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("own.yaml", "lr: 0.5\nlayers: [32, 64]\nmodel:\n  name: cnn\n"),
        ("own.json", '{"lr": 0.5, "layers": [32, 64], "model": {"name": "cnn"}}'),
        ("own.toml", 'lr = 0.5\nlayers = [32, 64]\n[model]\nname = "cnn"\n'),
    ],
)
def test_a_config_file_as_people_write_it(name: str, text: str, read: Callable[..., RunRecord], workspace: Path):
    """Ordinary YAML, JSON and TOML are the config, and what the script reads back is that."""
    (workspace / name).write_text(text)
    with track(mode="offline", config=name) as run:
        seen = dict(run.config)

    expected = {"lr": 0.5, "layers": [32, 64], "model": {"name": "cnn"}}
    assert (expected, expected) == (read().settings, {key: seen[key] for key in seen if key[0] != "_"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "lr: [0.5", "is not YAML"),
        ("a.json", "{lr: 1}", "is not JSON"),
        ("a.toml", "lr: 1", "is not TOML"),
        ("a.yaml", "- 1\n- 2\n", "holds list, expected names with values"),
    ],
)
def test_a_config_file_that_holds_no_config_is_refused(name: str, text: str, said: str, workspace: Path):
    """What was seen is said, before any run."""
    (workspace / name).write_text(text)
    with pytest.raises(UsageError, match=said):
        track(mode="offline", config=name).__enter__()

    assert [] == folders(workspace)


def test_a_run_that_must_resume_and_does_not_exist_is_refused(online, workspace: Path):
    """resume="must" of a run that the server has not is an error with the server's words, not a fallback to offline."""
    with pytest.raises((UsageError, ConfigurationError), match="missing1"):
        track(project="p", id="missing1", resume="must").__enter__()

    assert [] == [kind for kind in folders(workspace) if kind == "offline-run"]


def test_unicode_everywhere(read: Callable[..., RunRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Names, tags, notes, config, keys, and a folder with spaces and umlauts come back as they were given."""
    folder = tmp_path / "ein Ordner mit Ümlauten 日本"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with track(
        project="прое́кт",
        mode="offline",
        name="läuft 🏃",
        group="grüppe",
        job_type="übung",
        tags=["ä", "日本"],
        notes="Zeile\nzwei „ü“",
        config={"größe": "naïve", "日本": {"α": 1}},
    ) as run:
        run.log({"größe/präzision": 0.5})

    from trackexp.reading import read_run

    record = read_run(root=folder)
    assert ("прое́кт", "läuft 🏃", "grüppe", "übung") == (record.project, record.name, record.group, record.job_type)
    assert ({"ä", "日本"}, "Zeile\nzwei „ü“") == (set(record.tags), record.notes)
    assert {"größe": "naïve", "日本": {"α": 1}} == record.settings
    assert [0.5] == list(record.history["größe/präzision"].values)


def test_a_tag_that_wandb_refuses_is_an_error_before_the_run(workspace: Path):
    """A tag of more than 64 letters, which W&B refuses, is an error of usage and no run."""
    with pytest.raises(UsageError, match="tag"):
        track(mode="offline", tags=["x" * 65]).__enter__()

    assert [] == folders(workspace)
