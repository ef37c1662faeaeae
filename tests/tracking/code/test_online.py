from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trackexp import track


def test_patch_and_sources_reach_the_server(repo, online: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch):
    """Under the names that the Files and Code tabs show, folders that are hidden included."""
    repo.write("a.py", "one\n")
    repo.write("Dockerfile", "FROM x\n")
    repo.write(".ci/job.yaml", "x: 1\n")
    repo.write("lib/deep/[m].py", "x\n")
    repo.commit()
    repo.write("a.py", "two\n")
    monkeypatch.chdir(repo.root)
    with track(project="p", dir=str(workspace)) as run:
        run_id = run.id
    there = online.run("p", run_id)

    names = {"code.patch", "code/a.py", "code/Dockerfile", "code/.ci/job.yaml", "code/lib/deep/[m].py"}
    assert names == {name for name in there["files"] if name.startswith("code")}
