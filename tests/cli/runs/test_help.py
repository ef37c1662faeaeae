from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp.cli.runs.help import topics

Cli = Callable[..., subprocess.CompletedProcess[str]]
DOCS = Path(__file__).parents[3] / "docs"


def test_the_list_names_every_page(cli: Cli):
    """With its title."""
    answer = cli("help")

    assert (0, "") == (answer.returncode, answer.stderr)
    assert re.search(r"^ +security +Security$", answer.stdout, re.MULTILINE)
    assert all(f" {name} " in answer.stdout for name in topics(DOCS))


@pytest.mark.parametrize(
    ("topic", "told"),
    [("docker", "# W&B in Docker"), ("from-mlflow", "# Coming from MLflow"), ("TX101", "# TX101"), ("show", "Usage: ")],
)
def test_a_topic_is_a_page_a_command_or_a_rule(topic: str, told: str, cli: Cli):
    """As Markdown where nobody looks at a terminal."""
    answer = cli("help", topic)

    assert (0, "") == (answer.returncode, answer.stderr)
    assert answer.stdout.startswith(told)


def test_a_misspelt_topic_is_told_the_nearest(cli: Cli):
    """Exit 2, nothing on stdout."""
    answer = cli("help", "secrity")

    assert (2, "") == (answer.returncode, answer.stdout)
    assert "did you mean 'security'?" in answer.stderr


def test_every_page_of_the_folder_has_a_name_of_its_own():
    """No page hides another one."""
    pages = [path for path in DOCS.rglob("*.md") if not {"_build", "_generated"} & set(path.parts)]

    assert len(pages) - 1 == len(topics(DOCS))  # all but the site's first page
