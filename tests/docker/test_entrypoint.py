from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).parents[2] / "docker-entrypoint.sh"
KEY = "k" * 40
Enter = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def enter(tmp_path: Path, isolated_environ: dict[str, str]) -> Enter:
    """Runs the entrypoint on this machine as `sh docker-entrypoint.sh COMMAND…`."""
    here = {**isolated_environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    here |= {"WANDB_DIR": str(tmp_path), "PYTHONPATH": str(ENTRYPOINT.parent)}

    def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        given = ["sh", str(ENTRYPOINT), *command]
        return subprocess.run(
            given, cwd=tmp_path, env={**here, **variables}, capture_output=True, text=True, timeout=90
        )

    return run


def test_it_is_executable_and_for_any_posix_shell():
    """`./docker-entrypoint.sh` works too; no CR is in it."""
    assert ENTRYPOINT.stat().st_mode & stat.S_IXUSR
    assert ENTRYPOINT.read_bytes().startswith(b"#!/bin/sh\n")
    assert b"\r" not in ENTRYPOINT.read_bytes()
    assert 0 == subprocess.run(["sh", "-n", ENTRYPOINT]).returncode


def test_quotes_blanks_and_crs_are_taken_off_the_values(enter: Enter):
    """Docker does not; what is then empty is unset, and quotes inside a value stay."""
    given = {"WANDB_MODE": ' "offline"\r', "WANDB_PROJECT": " 'my project' ", "WANDB_NOTES": 'say "hi" $HOME `x`'}
    told = enter("env", **given, WANDB_ENTITY='""', TRACKEXP_DISABLED=" ")
    seen = dict(line.partition("=")[::2] for line in told.stdout.splitlines())

    assert 0 == told.returncode, told.stderr
    assert ("offline", "my project") == (seen["WANDB_MODE"], seen["WANDB_PROJECT"])
    assert 'say "hi" $HOME `x`' == seen["WANDB_NOTES"]
    assert set() == {"WANDB_ENTITY", "TRACKEXP_DISABLED"} & set(seen)


def test_without_a_key_the_command_runs_offline_which_is_said_once(enter: Enter):
    """The command gets WANDB_MODE=offline."""
    told = enter("sh", "-c", "echo $WANDB_MODE")

    assert (0, "offline\n") == (told.returncode, told.stdout)
    assert 1 == told.stderr.count("recording offline")


def test_a_key_that_the_server_takes_is_handed_on_in_the_environment(enter: Enter, tmp_path: Path, wandb_server):
    """From a file with CR and quotes; nothing of it is printed."""
    (tmp_path / "key").write_bytes(f"'{wandb_server.key}' \r\n".encode())
    command = ("sh", "-c", "test ${#WANDB_API_KEY} = 40 && echo mode=$WANDB_MODE")
    told = enter(*command, WANDB_API_KEY_FILE=str(tmp_path / "key"), WANDB_BASE_URL=wandb_server.url)

    assert (0, "mode=\n", "") == (told.returncode, told.stdout, told.stderr)


def test_a_wrong_key_ends_with_2_before_the_command(enter: Enter, wandb_server):
    """The server and the place of the key are named."""
    told = enter("echo", "never", WANDB_API_KEY="w" * 40, WANDB_BASE_URL=wandb_server.url)

    assert (2, "") == (told.returncode, told.stdout)
    assert f"{wandb_server.url} refuses the key read from the variable WANDB_API_KEY" in told.stderr
    assert "w" * 40 not in told.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "is not there"), (b" \r\n", "is empty"), (b"", "is empty"), ("folder", "cannot be read")],
)
def test_a_key_file_that_holds_no_key_is_a_mistake(
    enter: Enter, tmp_path: Path, content: bytes | str | None, said: str
):
    """Its path is named, and what to do."""
    path = tmp_path / "the key"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    told = enter("echo", "never", WANDB_API_KEY_FILE=str(path))

    assert (2, "") == (told.returncode, told.stdout)
    assert f"the key file {path} {said}" in told.stderr
    assert "WANDB_API_KEY_FILE" in told.stderr


def test_offline_nothing_is_asked(enter: Enter):
    """Neither for a key nor for a server."""
    told = enter("echo", "here", WANDB_MODE="offline", WANDB_API_KEY=KEY, WANDB_BASE_URL="http://127.0.0.1:9")

    assert (0, "here\n") == (told.returncode, told.stdout)
    assert "recording offline" not in told.stderr


def test_a_script_or_a_command_of_trackexp_may_stand_alone(enter: Enter, tmp_path: Path):
    """`docker run trackexp train.py` records it, `… trackexp show` is trackexp's; nothing at all is its help."""
    (tmp_path / "train.py").write_text("import sys\nprint(sys.argv)\n")
    script = enter("train.py", "--lr", "1", WANDB_MODE="disabled")
    version = enter("--version", WANDB_MODE="disabled")
    nothing = enter(WANDB_MODE="disabled")

    assert "['train.py', '--lr', '1']\n" == script.stdout, script.stderr
    assert version.stdout.startswith("trackexp ")
    assert nothing.stdout.startswith("Usage: trackexp")


def test_the_exit_code_is_the_commands(enter: Enter):
    """The shell is gone: the command has its process."""
    told = enter("sh", "-c", "exit 7", WANDB_MODE="offline")

    assert 7 == told.returncode


def test_a_folder_that_cannot_be_written_is_named(enter: Enter):
    """With the user whose it is not."""
    told = enter("true", WANDB_MODE="offline", WANDB_DIR="/no/such/folder")

    assert f"user {os.getuid()} cannot write to /no/such/folder" in told.stderr
