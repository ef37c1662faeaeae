from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import wandb

from trackexp import track
from trackexp.tracking import wandb_gates, wandb_private

# Every setting of W&B's that is passed or read: a new wandb that moved one fails here.
SETTINGS = [
    "silent",
    "init_timeout",
    "finish_timeout",
    "finish_timeout_raises",
    "x_transaction_log_flush_interval",
    "base_url",
    "api_key",
    "mode",
    "show_info",
    "entity",
    "sweep_id",
    "sweep_param_path",
    "x_skip_transaction_log",
    "console",
    "save_code",
    "x_disable_meta",
    "x_disable_stats",
    "x_disable_machine_info",
    "x_save_requirements",
]


@pytest.mark.parametrize("name", SETTINGS)
def test_the_setting_exists(name: str):
    """The installed wandb has the setting."""
    assert name in wandb.Settings.model_fields


def test_the_flush_setting_is_one_that_wandb_takes():
    """The setting for the flush of the transaction log is valid with our value."""
    settings = wandb.Settings(**wandb_private.flush_setting())

    assert wandb_private.FLUSH_INTERVAL == settings.x_transaction_log_flush_interval


def test_global_settings_name_the_server(workspace: Path):
    """W&B's settings before any run hold the server, its web page, the key, the mode and the entity."""
    settings = wandb_private.global_settings()

    assert settings.base_url.startswith("https://")
    assert all(hasattr(settings, name) for name in ("app_url", "api_key", "mode", "entity", "model_copy"))


@pytest.mark.parametrize(
    ("key", "valid"), [("a" * 40, True), ("local-" + "b" * 40, True), ("short", False), ("ä " * 40, False), ("", False)]
)
def test_key_problem_is_wandbs_own_judgement(key: str, valid: bool):
    """A key of the right form has no problem, another one has words for it."""
    problem = wandb_private.key_problem(key)

    assert valid == (problem is None)
    assert not key or key not in str(problem)


def test_netrc_key_reads_the_entry_of_that_server_alone(workspace: Path):
    """The key and the file it stands in; None for another server."""
    netrc = Path.home() / ".netrc"
    netrc.write_text(f"machine one.test\n  login user\n  password {'k' * 40}\n")

    assert ("k" * 40, str(netrc)) == wandb_private.netrc_key("https://one.test")
    assert None is wandb_private.netrc_key("https://two.test")


def test_a_home_that_may_not_be_searched_holds_no_key(workspace: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the system refuses to look for the netrc file there is no key (a name too long: root is refused, too)."""
    monkeypatch.setenv("HOME", str(workspace / ("x" * 300)))

    assert None is wandb_private.netrc_key("https://one.test")


@pytest.mark.parametrize(("mode", "noop", "offline"), [("disabled", True, False), ("offline", False, True)])
def test_the_kind_of_a_run_is_known(mode: str, noop: bool, offline: bool, workspace: Path):
    """Of a run it can be told whether it keeps nothing, or writes to this disk alone."""
    with track(mode=mode) as run:
        seen = (wandb_private.is_noop(run.wandb_run), wandb_private.is_offline(run.wandb_run))

    assert (noop, noop or offline) == (seen[0], seen[0] or seen[1])


def test_an_online_run_is_neither(online):
    """A run on a server is no noop and not offline."""
    with track(project="p") as run:
        seen = (wandb_private.is_noop(run.wandb_run), wandb_private.is_offline(run.wandb_run))

    assert (False, False) == seen


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (wandb.Run.log, ("data", "step", "commit")),
        (wandb.Run.define_metric, ("name", "step_metric", "summary", "overwrite")),
        (wandb.Run.log_artifact, ("artifact_or_path", "aliases")),
        (wandb.Run.finish, ("exit_code",)),
        (wandb.Run.save, ("glob_str", "base_path", "policy")),
        (
            wandb.init,
            ("project", "entity", "name", "group", "job_type", "tags", "notes", "config", "id", "resume", "dir"),
        ),
        (wandb.init, ("mode", "reinit", "settings")),
    ],
)
def test_wandbs_public_arguments_are_those_that_are_passed(function: object, names: tuple[str, ...]):
    """The public functions of W&B take what trackexp passes to them."""
    assert set(names) <= set(inspect.signature(function).parameters)


def test_the_command_line_can_be_masked_on_its_way(monkeypatch: pytest.MonkeyPatch):
    """W&B's process gets the settings through `to_proto`, with the command line in `_args`; all else is untouched."""
    monkeypatch.setattr("sys.argv", ["x.py", "--one", "two"])
    plain = wandb.Settings().to_proto()
    with wandb_gates.masked_arguments(lambda arguments: [word.upper() for word in arguments]):
        masked = wandb.Settings().to_proto()
    after = wandb.Settings().to_proto()
    arguments = "_args"

    assert ["--one", "two"] == list(getattr(plain, arguments).value) == list(getattr(after, arguments).value)
    assert ["--ONE", "TWO"] == list(getattr(masked, arguments).value)
    assert {} == wandb_gates.check_gates().settings()
    assert plain.base_url == masked.base_url


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_config_of_a_file_is_read_as_wandb_reads_it(tmp_path: Path):
    """W&B's YAML files have a description and a value a key; its own function knows that."""
    (tmp_path / "config.yaml").write_text("lr:\n  desc: rate\n  value: 0.1\n")

    assert {"lr": 0.1} == wandb_private.config_of_file(str(tmp_path / "config.yaml"))


def test_the_filters_reach_config_records_and_console(workspace: Path, capsys: pytest.CaptureFixture[str]):
    """The four places that the filters hang on are there: `_sanitize`, `_publish`, and the two redirects' `cbs`."""
    with track(mode="offline", save_code=False) as run:
        inner, seen = run.wandb_run, []
        wandb_gates.filter_config(inner, lambda key, value: seen.append(key) or value)
        wandb_gates.filter_records(inner, lambda record: seen.append(record.WhichOneof("record_type")))
        run.config["lr"] = 0.1
        run.log({"loss": 0.5})
        streams = [stream for stream in (inner._out_redir, inner._err_redir) if stream is not None]
        outlets = [outlet for stream in streams for outlet in stream.cbs]

    assert {"lr", "config", "request"} <= set(seen)
    assert [True, True] == [hasattr(outlet, "flush") for outlet in outlets]


@pytest.mark.timeout(200)  # unbounded, each of the two waits for 300 s
def test_the_check_of_an_artifact_is_the_function_that_is_bounded(online):
    """Before each artifact W&B calls `_assert_can_log_artifact(artifact)`; a silent server costs its limit, once."""
    path = Path("notes.txt")
    path.write_text("notes")
    with track(project="p", autolog=False) as run:
        assert ["artifact"] == list(inspect.signature(wandb.Run._assert_can_log_artifact).parameters)[1:]
        assert [] == [p for p in inspect.signature(run._public_api).parameters.values() if p.default is p.empty]
        run._public_api()  # so that the second login is over
        online.fault(path="graphql", action="hang", seconds=300, times=2)
        for name in ("one", "two"):
            run.wandb_run._assert_can_log_artifact(wandb.Artifact(name, "text"))
        online.admin("faults", method="DELETE")


def test_every_artifact_passes_the_watcher(online):
    """Whatever logs one calls `_log_artifact`, by whose signature the aliases are found."""
    Path("notes.txt").write_text("notes")
    seen = []
    with track(project="p", autolog=False) as run:
        wandb_private.watch_artifacts(run.wandb_run, lambda artifact, aliases: seen.append((artifact.name, aliases)))
        run.log_artifact("notes.txt", "one", "text", ["first"])
        run.log_model("notes.txt", "two", aliases=["second"])
        run.log({"rows": wandb.Table(columns=["a"], data=[[1]])})

    assert ["one", "two", f"run-{run.id}-rows"] == [name.partition(":")[0] for name, _ in seen]
    assert [["first"], ["second"]] == [aliases for _, aliases in seen[:2]]


def test_a_run_is_opened_again_with_nothing_of_its_own(online, tmp_path: Path):
    """A further session under the same id adds no rows, no code and no machine to it."""
    with track(project="p", autolog=False) as run:
        run.log({"loss": 1.0})
    before = online.run("p", run.id)
    again = wandb_private.reopened("", "p", run.id, str(tmp_path), online.url, online.key)
    again.finish()
    after = online.run("p", run.id)

    assert (sorted(before["files"]), before["history"]) == (sorted(after["files"]), after["history"])
    assert run.id == again.id


@pytest.mark.parametrize(("name", "kind"), [("model", "model"), ("run-x-rows", "run_table"), ("source-p-t.py", "code")])
def test_an_artifact_of_any_type_can_be_made_again(name: str, kind: str):
    """Also of those types that W&B keeps for itself, with the name as it was."""
    artifact = wandb_private.artifact_like(name, kind, None, {"rows": 1})

    assert (name, kind, {"rows": 1}) == (artifact.name, artifact.type, artifact.metadata)


def test_the_settings_of_now_are_those_of_wandbs_setup(workspace: Path, monkeypatch: pytest.MonkeyPatch):
    """The same variables and the same settings file, read without the setup."""
    (Path.home() / ".config" / "wandb").mkdir(parents=True)
    (Path.home() / ".config" / "wandb" / "settings").write_text("[default]\nentity = mine\n")
    monkeypatch.setenv("WANDB_PROJECT", "p")
    now, setup = wandb_private.settings_now(), wandb_private.global_settings()

    names = ("entity", "project", "base_url", "mode", "api_key")
    assert [getattr(setup, name) for name in names] == [getattr(now, name) for name in names]
    assert ("mine", "p") == (now.entity, now.project)
