from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# Set by the image itself: where everything lies.
PLACES = {"WANDB_DIR", "WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_ARTIFACT_DIR"}
# Set by launchers, or another way to log in that a container does not offer.
ELSEWHERE = {"RANK", "WANDB_IDENTITY_TOKEN_FILE"}


@pytest.fixture
def example() -> list[str]:
    """The variables that `.env.example` explains."""
    return re.findall(r"^#?([A-Z_]+)=", (REPOSITORY / ".env.example").read_text("utf-8"), re.MULTILINE)


def test_the_example_names_every_variable_that_trackexp_reads(example: list[str]):
    """Each once; what the image sets itself is left out."""
    settings = (REPOSITORY / "trackexp" / "settings.py").read_text("utf-8")
    read = set(re.findall(r"\"((?:WANDB|TRACKEXP)_[A-Z_]+|RANK)\"", settings))

    assert len(example) == len(set(example))
    assert set() == read - set(example) - PLACES - ELSEWHERE


def test_every_variable_of_the_example_is_read_by_somebody(example: list[str]):
    """By trackexp, by the entrypoint or by wandb."""
    import wandb
    from wandb import env

    ours = (REPOSITORY / "trackexp" / "settings.py").read_text() + (REPOSITORY / "docker-entrypoint.sh").read_text()
    theirs = {f"WANDB_{name.upper()}" for name in wandb.Settings.model_fields}
    theirs |= {value for value in vars(env).values() if isinstance(value, str)}

    assert [] == [name for name in example if name not in theirs and not re.search(rf"\b{name}\b", ours)]


def test_compose_hands_on_what_the_example_explains(example: list[str]):
    """All of it, and nothing by `env_file`, which fails where there is none."""
    text = (REPOSITORY / "docker-compose.yml").read_text("utf-8")

    assert example == re.findall(r"^      - ([A-Z_]+)$", text, re.MULTILINE)
    assert not re.search(r"^ +env_file:", text, re.MULTILINE)


def test_the_guides_commands_are_those_that_are_tested():
    """Three, as `test_docker.py` runs them."""
    guide = (REPOSITORY / "docs" / "guides" / "docker.md").read_text("utf-8")
    block = guide.partition("```bash\n")[2].partition("```")[0]
    on_the_volume = "docker run --env-file=.env --rm -it -v trackexp:/runs"

    assert [
        "docker build -t trackexp .",
        f"{on_the_volume} trackexp",
        f'{on_the_volume} -v "$PWD/train.py:/workspace/train.py" trackexp trackexp run train.py',
    ] == block.splitlines()


def test_nothing_needs_buildkit():
    """No mounts in RUN, no here-documents, no syntax line, no --chmod."""
    text = (REPOSITORY / "Dockerfile").read_text("utf-8")

    assert [] == re.findall(r"--mount|--chmod|--link|<<\w|^# *syntax *=", text, re.MULTILINE)
    assert "ARG BASE=python:3.11-slim-bookworm\n" in text


def test_the_entrypoint_is_executable_in_git():
    """For whoever clones."""
    listed = subprocess.run(
        ["git", "ls-files", "--stage", "docker-entrypoint.sh"], cwd=REPOSITORY, capture_output=True, text=True
    )
    if not listed.stdout:
        pytest.skip("this is no git checkout")

    assert listed.stdout.startswith("100755 ")
