from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_html_writes_a_page_beside_whatever_else_is_printed(pair: Path, cli: Cli, tmp_path: Path):
    """Where it is goes to stderr, so that JSON stays JSON."""
    page = tmp_path / "page.html"
    answer = cli("compare", "wandb", "--html", str(page), "--json", cwd=pair)

    assert (0, f"trackexp: the page is {page}\n") == (answer.returncode, answer.stderr)
    assert json.loads(answer.stdout)["verdict"]["text"].split(":")[0] == "Believe dense"
    assert "TX101" in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_a_usage_error(pair: Path, cli: Cli):
    """With what to do about it."""
    answer = cli("compare", "wandb", "--html", "nowhere/page.html", cwd=pair)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert "nowhere/page.html: the page cannot be written" in answer.stderr
