from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_a_stamp_is_written_and_told(cli: Cli, tmp_path: Path):
    """Into the folder, or into the file that is named."""
    folder = tmp_path / "clone"
    folder.mkdir()
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", "init", "-q", "-b", "main", "."], cwd=folder, env=environ, check=True, capture_output=True)
    (folder / "a.py").write_text("x\n")
    plain = cli("stamp", cwd=folder)
    data = json.loads(cli("stamp", "clone", "--out", "s.json", "--json").stdout)

    assert (0, "") == (plain.returncode, plain.stderr)
    assert ".trackexp-stamp.json: no commit yet (main), 0 changed files, 1 untracked one\n" == plain.stdout
    assert (1, None, "main", 1) == (data["schema"], data["commit"], data["branch"], data["untracked"])
    assert "diff --git" in (tmp_path / "s.json").read_text()


def test_where_nothing_can_be_stamped_the_exit_code_is_2(cli: Cli):
    """With what to do."""
    (none, missing) = cli("stamp"), cli("stamp", "nowhere")

    assert (2, 2) == (none.returncode, missing.returncode)
    assert "WANDB_GIT_COMMIT" in none.stderr
    assert "nowhere is no folder" in missing.stderr
