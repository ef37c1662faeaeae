from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]
KEY = "k" * 40


def checks(answer: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    """Return the checks of a `--json` answer by their names."""
    return {check["name"]: check for check in json.loads(answer.stdout)["checks"]}


def test_a_machine_without_a_key_is_healthy_and_offline(cli: Cli, tmp_path: Path):
    """Every check has its line; no run is made."""
    answer = cli("doctor", WANDB_MODE="online", KERAS_BACKEND="tensorflow")
    names = ["python", "wandb", "keras", "backend", "runs", "staging", "cache", "code", "key"]

    assert 0 == answer.returncode, answer.stdout
    assert [] == [name for name in names if f"  {name}  " not in answer.stdout]
    assert "runs are recorded offline" in " ".join(answer.stdout.split())
    assert [] == [path.name for path in tmp_path.iterdir() if path.name == "wandb"]


def test_the_key_is_told_by_its_place_and_never_shown(cli: Cli, tmp_path: Path, wandb_server):
    """From `.env`, and the server takes it."""
    (tmp_path / ".env").write_text(f"WANDB_API_KEY={wandb_server.key}\n")
    answer = cli("doctor", "--json", WANDB_MODE="online", WANDB_BASE_URL=wandb_server.url, KERAS_BACKEND="tensorflow")
    seen = checks(answer)

    assert (0, True) == (answer.returncode, json.loads(answer.stdout)["healthy"])
    assert f"from WANDB_API_KEY in {tmp_path / '.env'}" == seen["key"]["seen"]
    assert f"{wandb_server.url} answers and takes the key" == seen["server"]["seen"]
    assert wandb_server.key not in answer.stdout + answer.stderr


def test_a_key_of_the_netrc_file_is_told_by_its_place_alone(cli: Cli, tmp_path: Path):
    """Where `wandb login` left it."""
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1:9\n  login user\n  password {KEY}\n")
    answer = cli("doctor", WANDB_MODE="offline", WANDB_BASE_URL="http://127.0.0.1:9", NETRC=str(netrc), COLUMNS="300")

    assert f"from {netrc}" in answer.stdout
    assert KEY not in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("variables", "name", "seen"),
    [
        ({"WANDB_API_KEY": "w" * 40}, "server", "refuses the key read from the variable WANDB_API_KEY"),
        ({"WANDB_API_KEY": "short"}, "key", "cannot be one"),
        ({"WANDB_MODE": "ofline"}, "settings", "WANDB_MODE='ofline'"),
        ({"WANDB_API_KEY": KEY, "WANDB_ENTITY": "stranger"}, "server", "entity 'stranger' is not known"),
        ({"WANDB_API_KEY": KEY, "WANDB_BASE_URL": "http://127.0.0.1:9"}, "server", "cannot be reached"),
        ({"WANDB_DIR": "/dev/null/x"}, "runs", "/dev/null/x cannot be written"),
        ({"WANDB_DATA_DIR": "/dev/null/x"}, "staging", "cannot be written"),
        ({"KERAS_BACKEND": "tensorfow"}, "backend", "'tensorfow', from KERAS_BACKEND, is no backend of Keras"),
        ({"KERAS_BACKEND": "openvino"}, "backend", "openvino, from KERAS_BACKEND, is not installed"),
    ],
)
def test_what_needs_a_hand_ends_with_1(cli: Cli, wandb_server, variables: dict[str, str], name: str, seen: str):
    """The line says what was seen and what to do."""
    given = {"WANDB_MODE": "online", "WANDB_BASE_URL": wandb_server.url, "KERAS_BACKEND": "tensorflow", **variables}
    answer = cli("doctor", "--json", **given)
    problems = [check for check in checks(answer).values() if check["health"] == "problem"]

    assert (1, [name]) == (answer.returncode, [check["name"] for check in problems])
    assert seen in problems[0]["seen"]
    assert problems[0]["fix"]


def test_the_code_is_a_repository_a_stamp_or_nothing(cli: Cli, tmp_path: Path):
    """What a run started here would know of it."""
    nothing = checks(cli("doctor", "--json"))["code"]
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    (tmp_path / "repository").mkdir()
    subprocess.run([*git, "init", "-q"], cwd=tmp_path / "repository", check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], cwd=tmp_path / "repository", check=True)
    there = checks(cli("doctor", "--json", cwd=tmp_path / "repository"))["code"]
    told = checks(cli("doctor", "--json", WANDB_GIT_COMMIT="c" * 40))["code"]

    assert ("note", True) == (nothing["health"], "no repository and no stamp" in nothing["seen"])
    assert ("ok", True) == (there["health"], f"{tmp_path / 'repository'} at " in there["seen"])
    assert ("ok", True) == (told["health"], "from WANDB_GIT_COMMIT" in told["seen"])


def test_offline_the_server_is_not_asked(cli: Cli):
    """And that is no fault."""
    answer = cli("doctor", "--json", WANDB_MODE="offline", WANDB_API_KEY=KEY, KERAS_BACKEND="tensorflow")

    assert 0 == answer.returncode
    assert "was not asked: the mode is offline" in checks(answer)["server"]["seen"]
