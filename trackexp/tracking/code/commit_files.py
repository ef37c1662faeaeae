"""The commit that a patch is against: its files, from a repository on this disk or from the recorded remote."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from trackexp.errors import UsageError
from trackexp.tracking.code.git import GitError, ObjectStore, ask, clean_environ, is_ours_to_read, numbered
from trackexp.tracking.code.repository import Repository, find_bare, find_repository

# Seconds that a remote may take to send a commit.
_FETCH_SECONDS = 600.0
# A record may come from a stranger: none of the transports that run a program on this machine.
_TRANSPORTS = ("https", "http", "ssh", "git")
# A file of code is no larger; a stranger's object of a few bytes may unpack to any size.
_MOST_BYTES = 256_000_000
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Base:
    """The files of one commit, read object by object through one git process: no filter, no conversion.

    Args:
        store: The repository's objects; closed with this.
        commit: A commit that is there.
        place: Where it was found, for messages.
    """

    def __init__(self, store: ObjectStore, commit: str, place: str) -> None:
        self.place = place
        self.files: dict[str, tuple[str, str]] = {}
        self._store = store
        for line in store.ask("ls-tree", "-r", "-z", "--full-tree", commit, limit=_MOST_BYTES).split(b"\0"):
            if line:
                said, _, name = line.partition(b"\t")
                mode, _, oid = said.decode().split(" ")
                self.files[os.fsdecode(name)] = mode, oid
        self._process: subprocess.Popen[bytes] | None = None

    def content(self, oid: str) -> bytes:
        """Return an object's bytes.

        Raises:
            GitError: The repository does not have it, as a partial clone may not, or it is larger than code is.
        """
        to_git, from_git = _pipes(self._started())
        to_git.write(f"{oid}\n".encode())
        to_git.flush()
        said = from_git.readline().split()
        if len(said) != 3:
            raise GitError(f"{self.place} does not have the object {oid}")
        if int(said[2]) > _MOST_BYTES:
            self._stop()
            raise GitError(f"{int(said[2]):,} bytes, and at most {_MOST_BYTES // 1_000_000} MB are read")
        data = from_git.read(int(said[2]))
        from_git.read(1)
        return data

    def close(self) -> None:
        """End the process, and remove what was made for it."""
        self._stop()
        self._store.close()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()  # it only reads
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=self._store.git_dir,
                env=self._store.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise GitError("git has no pipes")
    return process.stdin, process.stdout


@contextmanager
def opened_base(
    commit: str | None, repo: Path | None, recorded: list[Path], remote: str | None, *, fetch: bool = False
) -> Iterator[Base | str]:
    """Open the commit where it is found first; where it is nowhere, give the reasons as one text.

    Args:
        commit: The commit, None for a repository that had none.
        repo: A folder of the repository to take it from, and from no other.
        recorded: Folders that the run was recorded in.
        remote: The recorded address; one on this disk is read, one on a network asked if `fetch` allows it.
        fetch: Whether the remote may be asked, with what the user's own git knows of servers and logins.

    Raises:
        UsageError: `repo` lies in no repository, or the run's commit is none.
    """
    if commit is not None and not _COMMIT.fullmatch(commit):
        raise UsageError(f"the run says that its commit is {commit[:60]!r}; a commit has 40 or 64 hexadecimal digits")
    with tempfile.TemporaryDirectory(prefix="trackexp-fetch-", ignore_cleanup_errors=True) as spare:
        if commit is None:
            found: Base | str = "the run had no commit"
        else:
            found = _found(commit, repo, recorded, remote, Path(spare) if fetch else None)
        try:
            yield found
        finally:
            if isinstance(found, Base):
                found.close()


def _found(commit: str, repo: Path | None, recorded: list[Path], remote: str | None, spare: Path | None) -> Base | str:
    reasons = []
    for repository, named in _repositories(repo, recorded, remote):
        if repo is None and not is_ours_to_read(repository):
            reasons.append(
                f"{named} belongs to another user (git config --global --add safe.directory {repository.root})"
            )
        elif base := _opened(repository, commit, named):
            return base
        else:
            reasons.append(f"{named} does not have it")
    if repo is None and remote and _local(remote) is None:
        if spare is None:
            reasons.append(f"{remote} was not asked: --fetch lets git reach it")
        else:
            try:
                return _fetched(remote, commit, spare)
            except GitError as error:
                reasons.append(f"{remote} did not send it ({error})")
    return "; ".join(reasons) or "no repository lies around the current folder, and the run has no remote"


def _repositories(repo: Path | None, recorded: list[Path], remote: str | None) -> Iterator[tuple[Repository, str]]:
    """Yield the repositories on this disk that may have the commit, each with its name for messages."""
    if repo is not None:
        named = find_repository(repo, {})
        if named is None:
            raise UsageError(f"--repo {repo}: this folder lies in no git repository")
        yield named, str(named.root)
        return
    found = {one.root: one for place in [Path.cwd(), *recorded] if (one := find_repository(place, {})) is not None}
    yield from ((one, str(root)) for root, one in found.items())
    local = _local(remote) if remote else None
    repository = (find_bare(local) or find_repository(local, {})) if local is not None else None
    if repository is not None and remote:
        yield repository, remote


def _opened(repository: Repository, commit: str, named: str) -> Base | None:
    store = ObjectStore(repository)
    try:
        if store.has(commit):
            return Base(store, commit, named)
    except GitError:
        store.close()
        raise
    store.close()
    return None


def _local(remote: str) -> Path | None:
    """Return the folder on this disk that an address stands for; None for one on a network."""
    if remote.startswith("file://"):
        return Path(unquote(urlsplit(remote).path))
    return Path(remote) if remote.startswith("/") else None


def _fetched(remote: str, commit: str, spare: Path) -> Base:
    """Fetch one commit, or all of the remote where it does not give single ones.

    Raises:
        GitError: The commit is not there, or nobody answers.
    """
    if remote.startswith("-"):
        raise GitError("this is no address")
    ask("init", "--bare", "--quiet", "--template=", ".", cwd=spare, environ=clean_environ())
    # How to reach a server and log in is the business of the user's own configuration, who asked for it. Nothing else
    # of it holds: no hook, no other transport.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "SSH" in name}
    settings = {"protocol.allow": "never", **{f"protocol.{name}.allow": "always" for name in _TRANSPORTS}}
    settings |= {"core.hooksPath": os.devnull, "core.fsmonitor": "false", "core.alternateRefsCommand": "true"}
    settings |= {"gc.auto": "0", "maintenance.auto": "false", "fetch.recurseSubmodules": "false"}
    environ |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **numbered(settings)}
    environ.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    command = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules")
    try:
        ask(*command, "--depth=1", "--", remote, commit, cwd=spare, environ=environ, timeout=_FETCH_SECONDS)
    except GitError:
        ask(*command, "--", remote, "+refs/*:refs/*", cwd=spare, environ=environ, timeout=_FETCH_SECONDS)
    repository = find_bare(spare)
    base = _opened(repository, commit, remote) if repository else None
    if base is None:
        raise GitError(f"it has no commit {commit}")
    return base
