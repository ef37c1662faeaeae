"""The commit that a patch is against: its files, from a repository on this disk or from the recorded remote."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from trackexp.errors import UsageError
from trackexp.tracking.code.git import GitError, ask, clean_environ
from trackexp.tracking.code.repository import find_repository

# Seconds that a remote may take to send a commit.
_FETCH_SECONDS = 600.0
# A record may come from a stranger: none of the transports that run a program.
_TRANSPORTS = ("https", "http", "ssh", "git", "file")


class Base:
    """The files of one commit, read object by object through one git process: no filter, no conversion.

    Args:
        git_dir: The repository's git folder.
        commit: A commit that is there.
        place: Where it was found, for messages.
    """

    def __init__(self, git_dir: Path, commit: str, place: str) -> None:
        self.place = place
        self.files: dict[str, tuple[str, str]] = {}
        self._environ = _environ(git_dir)
        for line in ask("ls-tree", "-r", "-z", "--full-tree", commit, cwd=git_dir, environ=self._environ).split(b"\0"):
            if line:
                said, _, name = line.partition(b"\t")
                mode, _, oid = said.decode().split(" ")
                self.files[os.fsdecode(name)] = mode, oid
        self._process: subprocess.Popen[bytes] | None = None
        self._git_dir = git_dir

    def content(self, oid: str) -> bytes:
        """Return an object's bytes.

        Raises:
            GitError: The repository does not have it, as a partial clone may not.
        """
        process = self._started()
        to_git, from_git = _pipes(process)
        to_git.write(f"{oid}\n".encode())
        to_git.flush()
        said = from_git.readline().split()
        if len(said) != 3:
            raise GitError(f"{self.place} does not have the object {oid}")
        data = from_git.read(int(said[2]))
        from_git.read(1)
        return data

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=self._git_dir,
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise GitError("git has no pipes")
    return process.stdin, process.stdout


def _environ(git_dir: Path) -> dict[str, str]:
    return clean_environ() | {"GIT_DIR": str(git_dir)}


@contextmanager
def opened_base(
    commit: str | None, repo: Path | None, recorded: list[Path], remote: str | None
) -> Iterator[Base | str]:
    """Open the commit where it is found first; where it is nowhere, give the reasons as one text.

    Args:
        commit: The commit, None for a repository that had none.
        repo: A folder of the repository to take it from, and from no other.
        recorded: Folders that the run was recorded in.
        remote: The recorded address.

    Raises:
        UsageError: `repo` lies in no repository.
    """
    with tempfile.TemporaryDirectory(prefix="trackexp-fetch-", ignore_cleanup_errors=True) as spare:
        found = "the run had no commit" if commit is None else _found(commit, repo, recorded, remote, Path(spare))
        try:
            yield found
        finally:
            if isinstance(found, Base):
                found.close()


def _found(commit: str, repo: Path | None, recorded: list[Path], remote: str | None, spare: Path) -> Base | str:
    reasons = []
    if repo is not None and find_repository(repo, {}) is None:
        raise UsageError(f"--repo {repo}: this folder lies in no git repository")
    for place in [repo] if repo is not None else [Path.cwd(), *recorded]:
        repository = find_repository(place, {})
        if repository is None:
            continue
        if _has(repository.git_dir, commit):
            return Base(repository.git_dir, commit, str(repository.root))
        reasons.append(f"{repository.root} does not have it")
    if repo is None and remote:
        try:
            _fetch(remote, commit, spare)
            return Base(spare, commit, remote)
        except GitError as error:
            reasons.append(f"{remote} did not send it ({error})")
    return "; ".join(reasons) or "no repository lies around the current folder, and the run has no remote"


def _has(git_dir: Path, commit: str) -> bool:
    try:
        ask("cat-file", "-e", f"{commit}^{{commit}}", cwd=git_dir, environ=_environ(git_dir))
    except GitError:
        return False
    return True


def _fetch(remote: str, commit: str, spare: Path) -> None:
    """Fetch one commit, or all of the remote where it does not give single ones.

    Raises:
        GitError: The commit is not there, or nobody answers.
    """
    if remote.startswith("-"):
        raise GitError("this is no address")
    # The user's own configuration holds: how to reach a server and log in is its business.
    environ = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    environ |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    environ.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    allowed = [part for name in _TRANSPORTS for part in ("-c", f"protocol.{name}.allow=always")]
    ask("init", "--bare", "--quiet", ".", cwd=spare, environ=environ)
    command = ("-c", "protocol.allow=never", *allowed, "fetch", "--quiet", "--no-tags")
    try:
        ask(*command, "--depth=1", "--", remote, commit, cwd=spare, environ=environ, timeout=_FETCH_SECONDS)
    except GitError:
        ask(*command, "--", remote, "+refs/*:refs/*", cwd=spare, environ=environ, timeout=_FETCH_SECONDS)
    if not _has(spare, commit):
        raise GitError(f"it has no commit {commit}")
