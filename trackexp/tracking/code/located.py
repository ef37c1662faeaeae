"""Where the code of a run is, and which commit it is of: the repository, else the stamp, else what W&B was told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackexp.record.code import SCHEMA, CodeFacts
from trackexp.settings import Environment
from trackexp.tracking.code.repository import Repository, find_repository, without_password
from trackexp.tracking.code.sources import script_path

if TYPE_CHECKING:
    from trackexp.tracking.code.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Located:
    """What is known before anything was looked at, read from a few small files.

    Args:
        root: The folder that names of source files begin from.
        script: The file of the script; None in a notebook or an installed program.
        with_code: Whether contents may be stored.
        with_git: Whether git may be looked at.
    """

    root: Path
    script: Path | None
    repository: Repository | None
    stamp: Stamp | None
    environment: Environment
    with_code: bool
    with_git: bool = True

    @property
    def commit(self) -> str | None:
        """The commit, from the best source that has one."""
        found = self.repository or self.stamp
        return found.commit if found else self.environment.git_commit

    @property
    def remote(self) -> str | None:
        """The remote without user and password; what W&B was told comes first, as it does for W&B."""
        found = self.repository or self.stamp
        url = self.environment.git_remote_url or (found.remote if found else None)
        return without_password(url) if url else None

    def facts(self) -> CodeFacts:
        """Return what is known without asking git."""
        found = self.repository or self.stamp
        facts: CodeFacts = {"schema": SCHEMA, "source": self._source(), "commit": self.commit}
        if found:
            facts["branch"] = printable(found.branch)
        if self.remote:
            facts["remote"] = printable(self.remote) or ""
        if self.stamp:
            facts["stamped_at"] = self.stamp.stamped_at
        return facts

    def _source(self) -> Any:
        if self.repository:
            return "git"
        return "stamp" if self.stamp else "environment" if self.environment.git_commit else "files"

    def wandb_settings(self) -> dict[str, Any]:
        """Return W&B's own settings for what is known; with them it runs no git of its own, and keeps no code.

        Its own copies of the script and of the difference would not have passed the scrubber.
        """
        settings: dict[str, Any] = {"save_code": False, "disable_code": True}
        if self.remote:
            settings["git_remote_url"] = self.remote
        if self.commit and not self.environment.git_commit:
            settings["git_commit"] = self.commit
        if self.repository:
            settings["git_root"] = str(self.repository.root)
        return settings


def locate(environment: Environment, *, with_git: bool, with_code: bool) -> Located:
    """Look for the code of the script that runs: in its folder and above, then in the working folder and above."""
    from trackexp.tracking.code.stamp import find_stamp  # a builder runs that module: it must not be imported before

    script = script_path()
    starts = [script.parent] if script else []
    try:
        starts.append(Path.cwd())
    except OSError:  # the working folder is gone
        starts = starts or [Path("/")]
    repository = next(filter(None, map(find_repository, starts)), None) if with_git else None
    stamp = find_stamp(starts, environment.stamp) if with_git and repository is None else None
    root = repository.root if repository else starts[0]
    return Located(root, script, repository, stamp, environment, with_code, with_git)


def printable(text: str | None) -> str | None:
    """Return a name that JSON can hold: bytes that are no UTF-8 become question marks."""
    return None if text is None else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
