from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from trackexp.record import FileRecord, RunRecord
from trackexp.record.code import KEY, PATCH_FILE
from trackexp.tracking.code.masking import masked
from trackexp.tracking.code.patch import Patch, make_patch
from trackexp.tracking.code.repository import find_repository
from trackexp.tracking.code.restore import Restored, restore_code
from trackexp.tracking.secrets import Scrubber

OWN = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass
class Repo:
    """A small repository on this disk, and what a run would store of it."""

    root: Path

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run git as a user would, with no configuration of this machine."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.root,
            env={**environ, **OWN},
            capture_output=True,
            check=False,
            text=True,
            errors="surrogateescape",
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout

    def write(self, name: str, content: bytes | str, mode: int = 0o644) -> Path:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def commit(self) -> str:
        """Commit all that is there."""
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")
        return self.git("rev-parse", "HEAD").strip()

    def patch(self, start: str = ".") -> Patch:
        """Return what differs from the commit."""
        repository = find_repository(self.root / start, {})
        assert repository is not None
        return make_patch(repository)

    def record(self, folder: Path, scrubber: Scrubber | None = None) -> RunRecord:
        """Return a run of this code, as it would read back, with its patch in `folder`."""
        patch = self.patch()
        text, patch = masked(patch, scrubber or Scrubber())
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / PATCH_FILE
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        facts = {
            "schema": 1,
            "commit": patch.base,
            "patch": {"left_out": list(patch.left_out)},
            "submodules": list(patch.submodules),
        }
        return RunRecord("abc", config={KEY: facts}, files=(FileRecord(PATCH_FILE, file, file.stat().st_size),))

    def restored(self, folder: Path, scrubber: Scrubber | None = None) -> tuple[Path, Restored]:
        """Capture the working tree, and write it anew below `folder`."""
        record = self.record(folder, scrubber)
        target = folder / "restored"
        return target, restore_code(record, target, self.root)


def make_repo(root: Path) -> Repo:
    """Return a new, empty repository."""
    root.mkdir(parents=True)
    repo = Repo(root)
    repo.git("init", "--quiet", "--initial-branch=main")
    return repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository without commits."""
    return make_repo(tmp_path / "repo")


@pytest.fixture(scope="session")
def new_repo() -> Callable[[Path], Repo]:
    """Makes repositories."""
    return make_repo
