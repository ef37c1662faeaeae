from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.heavy, pytest.mark.timeout(1200), pytest.mark.usefixtures("built")]
TAG = "trackexp-under-test"
ONLINE = ("--network", "host")  # the test server listens on the host's loopback alone


def record(docker, run: str = "latest"):
    """Return what `trackexp show` says of a run on the volume, in a container of its own."""
    said = docker.run(command=f"trackexp show {run} --json")
    assert 0 == said.code, said.err
    return json.loads(said.out)


def account(server, key: str | None = None) -> tuple[str, ...]:
    """Return the arguments that let a container go online to the server."""
    return (*ONLINE, "-e", f"WANDB_BASE_URL={server.url}", "-e", f"WANDB_API_KEY={key or server.key}")


def test_the_image_holds_a_stamp_and_nothing_secret(docker, checkout: Path):
    """It runs as nobody in particular, without `.git` and `.env`, and knows its commit where the build saw one."""
    look = "id -u; ls -a; git --version; cat .trackexp-stamp.json; find / -name .env -not -path '/proc/*'"
    said = docker("run", "--rm", "--entrypoint", "sh", TAG, "-c", look)
    user, *rest = said.out.splitlines()
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True).stdout.strip()

    assert ("1000", ".git" in rest, "/.env" in said.out) == (user, False, False)
    assert (checkout / ".git").exists() == (f'"commit": "{commit}"' in said.out)
    assert (checkout / ".git").exists() == (".trackexp-stamp.json" in rest)


def test_the_users_first_command(docker, checkout: Path, tmp_path: Path, on_a_terminal):
    """`docker run --env-file=.env --rm -it` trains on digits, says which run to believe, and what would be lost."""
    shutil.copy(checkout / ".env.example", tmp_path / ".env")
    said = on_a_terminal("docker", "run", "--env-file=.env", "--rm", "-it", TAG, cwd=tmp_path)

    assert 0 == said.code, said.out[-3000:]
    assert 1 == said.out.count("recording offline")
    assert "/runs is no volume of yours: what is recorded goes with the container" in said.out
    assert "dense-bce is disqualified" in " ".join(said.out.split())


def test_a_mounted_script_is_recorded_on_the_volume(docker, mounted, checkout: Path):
    """Without a `.env`: the next container reads the run, its commit, its model and what is staged of it."""
    said = docker.run(*mounted, command="trackexp run train.py 3")
    run = record(docker)
    staged = docker.run(command="find /runs/data/artifacts/staging -type f -size +0")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True).stdout.strip()

    assert (0, "epoch 0\nepoch 1\nepoch 2\n") == (said.code, said.out), said.err
    assert "is no volume of yours" not in said.err
    assert ("finished", 0) == (run["state"], run["exit_code"])
    assert "model-best.h5" in {file["name"] for file in run["files"]}
    assert staged.out.count("/tmp") >= 1
    assert not (checkout / ".git").exists() or commit in json.dumps(run)


def test_an_offline_run_is_sent_from_the_volume(docker, mounted, mortal_server):
    """A later container with a key sends rows and model, though the one that wrote them is gone."""
    docker.run(*mounted, "-e", "WANDB_PROJECT=sent", "-e", "WANDB_RUN_ID=later", command="trackexp run train.py 2")
    folder = record(docker)["path"].rsplit("/", 1)[0]
    said = docker.run(*account(mortal_server), command=f"trackexp sync {folder}")
    done = [seen for seen in mortal_server.admin("requests?since=0") if seen["op"] == "CommitArtifact"]

    assert 0 == said.code, said.err
    assert 2 == len(mortal_server.run("sent", "later")["history"])
    assert [200] == [seen["status"] for seen in done]


def test_the_key_may_be_in_a_file(docker, mounted, wandb_server, tmp_path: Path):
    """Quoted, with a CR: the run goes online, and the key is printed nowhere."""
    (tmp_path / "key").write_bytes(f'"{wandb_server.key}"\r\n'.encode())
    (tmp_path / "key").chmod(0o644)
    said = docker.run(
        *mounted, *ONLINE, "-v", f"{tmp_path}/key:/run/secrets/key:ro",
        "-e", "WANDB_API_KEY_FILE=/run/secrets/key", "-e", f"WANDB_BASE_URL='{wandb_server.url}' ",
        command="trackexp run --project keys --id by-file train.py 2",
    )  # fmt: skip

    assert 0 == said.code, said.err
    assert 2 == len(wandb_server.run("keys", "by-file")["history"])
    assert wandb_server.key not in said.out + said.err


def test_a_wrong_key_ends_the_container_before_the_training(docker, mounted, wandb_server):
    """With one line that names the server and the place of the key, never the key."""
    wrong = "w" * 40
    said = docker.run(*mounted, *account(wandb_server, wrong), command="trackexp run train.py 2")

    assert (2, "") == (said.code, said.out)
    assert f"{wandb_server.url} refuses the key read from the variable WANDB_API_KEY" in said.err
    assert wrong not in said.err


def test_a_key_without_a_server_records_offline(docker, mounted):
    """Said once."""
    said = docker.run(
        *mounted, "-e", "WANDB_BASE_URL=http://127.0.0.1:9", "-e", f"WANDB_API_KEY={'k' * 40}",
        command="trackexp run train.py 2",
    )  # fmt: skip

    assert (0, 1) == (said.code, said.err.count("recording offline")), said.err
    assert "finished" == record(docker)["state"]


def test_docker_stop_in_mid_training_loses_nothing(docker, mounted):
    """The run has its end, within Docker's ten seconds, and its best model is in the artifact."""
    name = docker.start(*mounted, command="trackexp run train.py 100000", until="epoch 3")
    stopped = docker("stop", name)
    code = docker("inspect", "-f", "{{.State.ExitCode}}", name)
    run = record(docker)

    assert (0, "143\n") == (stopped.code, code.out), docker("logs", name).err
    assert "SIGTERM: ending the run" in docker("logs", name).err
    assert "interrupted" == run["state"]
    assert "model-best.h5" in {file["name"] for file in run["files"]}
    assert [f"run_{run['id']}_model"] == [artifact["name"] for artifact in run["artifacts"]]


def test_docker_kill_leaves_a_readable_run(docker, mounted):
    """There is no end in it, and everything up to the last second."""
    name = docker.start(*mounted, command="trackexp run train.py 100000", until="epoch 40")
    docker("kill", name)
    run = record(docker)

    assert run["state"] in ("killed", "running")  # the file of a moment ago may be growing yet
    assert "model-best.h5" in {file["name"] for file in run["files"]}


def test_a_second_container_resumes_the_run(docker, mounted, wandb_server):
    """On the same volume, online: one run on the server, whose epochs go on."""
    command = "trackexp run --project again --id one --resume allow train.py 2"
    said = [docker.run(*mounted, *account(wandb_server), command=command) for _ in range(2)]

    assert [0, 0] == [one.code for one in said], said
    assert [0, 1, 2, 3] == [row["epoch"] for row in wandb_server.run("again", "one")["history"] if "epoch" in row]


@pytest.mark.parametrize("env_file", [True, False])
def test_compose_brings_it_up_with_and_without_an_env_file(docker, checkout: Path, env_file: bool, tmp_path: Path):
    """`docker-compose --env-file=.env -f docker-compose.yml up -d --build`, and what .env says arrives."""
    if shutil.which("docker-compose") is None:
        pytest.skip("there is no docker-compose here")
    folder = tmp_path / "composed"
    shutil.copytree(checkout, folder, symlinks=True)
    if env_file:
        (folder / ".env").write_text('WANDB_PROJECT="from the file" \nWANDB_MODE=offline\n')
    given = ["--env-file=.env"] if env_file else []
    compose = [*given, "-f", "docker-compose.yml", "-p", docker.volume]
    up = docker(*compose, "up", "-d", "--build", program="docker-compose", cwd=folder)
    assert 0 == up.code, f"{up.out[-2000:]}\n{up.err[-2000:]}"
    try:
        name = docker(*compose, "ps", "-q", program="docker-compose", cwd=folder).out.strip()
        assert "0" == docker("wait", name).out.strip(), docker("logs", name)
        seen = docker("inspect", "-f", "{{json .Config.Env}}", name).out
        said = docker("logs", name)
    finally:
        docker(*compose, "down", "-v", "--rmi", "local", program="docker-compose", cwd=folder)

    assert env_file == ("from the file" in seen)
    assert "dense-bce is disqualified" in " ".join(said.out.split())


def test_a_change_of_code_installs_no_dependency_again(docker, checkout: Path):
    """Everything up to the installation of TensorFlow comes out of the cache."""
    source = checkout / "trackexp" / "__init__.py"
    source.write_text(source.read_text() + "\n# changed\n")
    said = docker("build", "-t", f"{TAG}-changed", ".", cwd=checkout)
    docker("rmi", f"{TAG}-changed")
    installing = said.out.partition("RUN pip install --quiet --requirement")[2]

    assert 0 == said.code, said.err
    assert "Using cache" in installing.splitlines()[1] or "CACHED" in said.err


def test_sources_without_git_are_built_and_it_is_said(docker, checkout: Path, tmp_path: Path):
    """An archive of the sources has no `.git`."""
    folder = tmp_path / "archive"
    shutil.copytree(checkout, folder, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    said = docker("build", "-t", f"{TAG}-archive", ".", cwd=folder)
    stamp = docker("run", "--rm", "--entrypoint", "ls", f"{TAG}-archive", "-A", "/workspace")
    docker("rmi", f"{TAG}-archive")

    assert (0, 0, "") == (said.code, stamp.code, stamp.out), said.err
    assert "No stamp: give runs their commit with --build-arg WANDB_GIT_COMMIT" in said.out + said.err
