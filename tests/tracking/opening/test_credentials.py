from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from trackexp import track
from trackexp.errors import CredentialsError

WRONG = "wrongwrong" * 5
MALFORMED = "short-key-of-mine"


@pytest.fixture
def silent_port() -> Iterator[str]:
    """The address of a port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def closed_port() -> str:
    """The address of a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


def refusal(**arguments: object) -> str:
    """Return the message of the CredentialsError that opening a run raises."""
    with pytest.raises(CredentialsError) as caught:
        track(**arguments).__enter__()
    return str(caught.value)


@pytest.mark.parametrize("mode", ["auto", "online"])
def test_a_wrong_key_is_an_error_that_names_server_and_source(
    mode: str, online, workspace: Path, capfd: pytest.CaptureFixture[str]
):
    """A key that the server refuses is a mistake, not weather: no run, and a message without the key."""
    os.environ["WANDB_API_KEY"] = WRONG
    message = refusal(project="p", mode=mode)

    assert (True, True) == (online.url in message, "variable WANDB_API_KEY" in message)
    assert ("", False, []) == (capfd.readouterr().err, WRONG in message, list(workspace.glob("wandb/*run-*")))


def test_a_malformed_key_is_an_error_without_asking_the_server(closed_port: str, workspace: Path):
    """A key that cannot be one is refused with no network at all, and is not shown."""
    os.environ.update(WANDB_API_KEY=MALFORMED, WANDB_BASE_URL=closed_port)
    message = refusal()

    assert (True, True, False) == ("WANDB_API_KEY" in message, "40" in message, MALFORMED in message)


@pytest.mark.parametrize("key", [WRONG, MALFORMED])
def test_a_bad_key_in_a_dotenv_names_that_file(key: str, online, workspace: Path):
    """A key from a `.env` file in a folder above is refused with the path of that file."""
    del os.environ["WANDB_API_KEY"]
    dotenv = workspace.parent / ".env"
    dotenv.write_text(f"WANDB_API_KEY={key}\n")
    message = refusal()

    assert (True, False) == (str(dotenv) in message, key in message)


def test_a_dotenv_never_overrides_the_environment(online, workspace: Path):
    """A key in the environment beats the one in a `.env` file."""
    (workspace / ".env").write_text(f"WANDB_API_KEY={WRONG}\nOF_MY_OWN=1\n")
    with track(project="p") as run:
        own = os.environ["OF_MY_OWN"]

    assert ("finished", "1") == (online.run("p", run.id)["state"], own)
    assert "OF_MY_OWN" not in os.environ


@pytest.mark.parametrize("key", [WRONG, MALFORMED])
def test_a_bad_key_in_the_netrc_names_that_file(key: str, online, workspace: Path, capfd: pytest.CaptureFixture[str]):
    """A key from the netrc file is refused with the path of that file."""
    del os.environ["WANDB_API_KEY"]
    netrc = Path(os.environ["HOME"]) / ".netrc"
    netrc.write_text(f"machine {online.url.removeprefix('http://')}\n  login user\n  password {key}\n")
    message = refusal()

    assert (True, True, False) == (
        ".netrc" in message or "netrc file" in message,
        online.url in message,
        key in message,
    )
    assert key not in capfd.readouterr().err


def test_a_key_in_the_netrc_works(online, workspace: Path):
    """A key that `wandb login` once wrote into the netrc file makes the run an online one."""
    del os.environ["WANDB_API_KEY"]
    netrc = Path(os.environ["HOME"]) / ".netrc"
    netrc.write_text(f"machine {online.url.removeprefix('http://')}\n  login user\n  password {online.key}\n")
    with track(project="p") as run:
        pass

    assert "finished" == online.run("p", run.id)["state"]


def test_a_key_in_settings_beats_the_environment(online, workspace: Path):
    """The argument's key is the one that is checked, and the one that is named when it is refused."""
    message = refusal(settings={"api_key": WRONG})

    assert (True, False) == ("argument settings" in message, "WANDB_API_KEY" in message)


@pytest.mark.parametrize("by", ["argument", "variable"])
def test_an_unknown_entity_lists_those_that_are_open(by: str, online, workspace: Path):
    """An entity that the server does not know is an error that names it and the ones that the key can write to."""
    arguments = {"entity": "nobodys"} if by == "argument" else {}
    if by == "variable":
        os.environ["WANDB_ENTITY"] = "nobodys"
    message = refusal(project="p", **arguments)

    assert all(part in message for part in ("'nobodys'", online.url, "tester", "team-a"))
    assert [] == list(workspace.glob("wandb/*run-*"))


def test_a_team_is_an_entity(online, workspace: Path):
    """A team of the user takes runs."""
    with track(project="p", entity="team-a") as run:
        pass

    assert "finished" == online.run("p", run.id, entity="team-a")["state"]


@pytest.mark.timeout(80)  # ten seconds and a busy machine; without our bound W&B takes 90 s
@pytest.mark.parametrize("mode", ["auto", "online"])
@pytest.mark.parametrize("weather", ["closed port", "hanging port", "HTTP 500", "garbage"])
def test_a_server_that_cannot_be_reached_means_offline_in_time(
    weather: str,
    mode: str,
    request: pytest.FixtureRequest,
    online,
    workspace: Path,
    capfd: pytest.CaptureFixture[str],
):
    """With a key and no server the same process records offline within ten seconds, in one line with what to do."""
    if weather.endswith("port"):
        fixture = "closed_port" if weather == "closed port" else "silent_port"
        os.environ["WANDB_BASE_URL"] = request.getfixturevalue(fixture)
    elif weather == "garbage":
        online.fault(path="graphql", action="garbage")
    else:
        online.fault(path="graphql", action="status", status=500)
    with track(project="p", mode=mode) as run:
        run.log({"loss": 1.0})

    lines = [line for line in capfd.readouterr().err.splitlines() if "cannot be reached" in line]
    assert (1, True) == (len(lines), os.environ["WANDB_BASE_URL"] in lines[0] and "trackexp sync" in lines[0])
    assert ["offline-run"] == [path.name.partition("-2")[0] for path in workspace.glob("wandb/*run-*")]


@pytest.mark.parametrize(("mode", "status"), [("auto", 404), ("online", 404), ("auto", 405), ("auto", 410)])
def test_a_server_that_is_not_wandbs_means_offline(
    mode: str, status: int, online, workspace: Path, capfd: pytest.CaptureFixture[str]
):
    """An address at which there is no /graphql is weather, and its one line asks whether it is the right one."""
    online.fault(path="graphql", action="status", status=status)
    with track(project="p", mode=mode):
        pass

    asked = f"{online.url} cannot be reached (answers {status} at /graphql: is this a W&B server?): recording offline"
    assert (1, 1) == (capfd.readouterr().err.count(asked), len(list(workspace.glob("wandb/offline-run-*"))))


@pytest.mark.timeout(80)
@pytest.mark.parametrize("rule", [{"action": "hang", "seconds": 300}, {"action": "status", "status": 502}])
def test_a_server_that_fails_after_the_key_was_taken_means_offline_in_time(
    rule: dict[str, object], online, workspace: Path, capfd: pytest.CaptureFixture[str]
):
    """A server that takes the key and does not answer to the start of the run is weather too."""
    online.fault(op="^UpsertBucket$", **rule)
    with track(project="p", mode="online") as run:
        run.log({"loss": 1.0})

    err = capfd.readouterr().err
    assert (1, 1) == (err.count("cannot be reached"), len(list(workspace.glob("wandb/offline-run-*"))))


def test_a_refused_run_is_an_error_with_the_servers_words(online, workspace: Path):
    """A key that may not write to the project is a mistake, though it is a valid key."""
    from trackexp.errors import ConfigurationError

    body = {"errors": [{"message": "permission denied on project p"}]}
    online.fault(op="^UpsertBucket$", action="status", status=403, body=body)
    with pytest.raises(ConfigurationError, match=f"{online.url} refuses the run: .*permission denied") as caught:
        track(project="p").__enter__()

    assert caught.value.__suppress_context__


def test_a_run_refused_without_a_word_has_a_reason_all_the_same(online, workspace: Path):
    """A refusal with an empty body names where to look on, and never ends after the colon."""
    from trackexp.errors import ConfigurationError

    online.fault(op="^UpsertBucket$", action="status", status=404, body={"errors": [{"message": ""}]})
    with pytest.raises(ConfigurationError) as caught:
        track(project="p").__enter__()

    assert not str(caught.value).rstrip().endswith((":", "<no message>"))


def test_an_older_server_that_knows_not_the_question_is_asked_no_more(online, workspace: Path):
    """A 400 to the question is no refusal of the key: the run goes online."""
    online.fault(op="^Trackexp$", action="status", status=400)
    with track(project="p") as run:
        pass

    assert "finished" == online.run("p", run.id)["state"]


def test_nothing_is_ever_asked_of_a_script_without_a_terminal(script):
    """Without a key and with stdin closed, every mode but "online" runs through, and "online" ends with what to do."""
    source = "from trackexp import track\nwith track(mode={!r}):\n    print('inside')"
    auto, online = script(source.format("auto")), script(source.format("online"))

    assert (0, "inside\n") == (auto.returncode, auto.stdout)
    assert (1, "") == (online.returncode, online.stdout)
    assert online.stderr.strip().splitlines()[-1].startswith("trackexp.errors.ConfigurationError: mode='online' needs")


def test_the_key_is_nowhere_in_the_runs_files(online, workspace: Path):
    """Neither the run's folder nor its record holds the key."""
    with track(project="p", settings={"api_key": online.key}):
        pass

    files = [path for path in workspace.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [] == [path for path in files if online.key.encode() in path.read_bytes()]
    assert online.key not in json.dumps(repr(track(settings={"api_key": online.key})._options))
