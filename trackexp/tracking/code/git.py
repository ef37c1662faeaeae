"""Git, asked so that no configuration can run anything or reach a network, in bounded time and space.

A repository may be a stranger's. Its own configuration is never git's: every question is asked in a git folder of ours
(`ObjectStore`, `Shadow`) that has the repository's objects beside it and settings of our own. So there is no promisor
that a missing object is fetched from, no hook, filter, text conversion, external diff, pager, file system monitor, ssh
or credential command, neither the repository's nor the user's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from trackexp.tracking.code.repository import Repository

# Seconds for one question; a repository of 100,000 files answers in under 2.
TIMEOUT = 20.0
_KEPT = ("core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode")
_HARDENED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_SSH_COMMAND": "false",
    "GIT_ASKPASS": "true",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "true",
    "LC_ALL": "C",
}
# Before any file's, whatever a future question of ours lets git read.
_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.sshCommand": "false",
    "core.askPass": "true",
    "core.pager": "cat",
    "core.editor": "true",
    "core.alternateRefsCommand": "true",
    "credential.helper": "",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_EXTENSIONS = ("extensions.objectformat", "extensions.compatobjectformat")
# At the highest precedence: no end of line is converted, no filter or external program runs, nothing is "binary" by
# decree, so that what is compared are the bytes of the working tree with those of the commit.
_ATTRIBUTES = "* -text !eol !crlf !ident !filter !working-tree-encoding !diff !whitespace\n"


class GitError(Exception):
    """Git is missing, refused, or took too long; what failed, in one line."""


def has_git() -> bool:
    """Return whether git is installed."""
    return shutil.which("git") is not None


class ObjectStore:
    """The objects of a repository in a git folder of our own; nothing else of the repository is looked at.

    Objects that the repository does not have are missing: nothing is fetched.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._folder, self.git_dir = _new_git_dir(repository)
        self.environ = clean_environ() | {
            "GIT_DIR": str(self.git_dir),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(repository.objects),
        }

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def ask(self, *arguments: str, stdin: bytes = b"", limit: int | None = None) -> bytes:
        """Return what git answers.

        Raises:
            GitError: It failed, took longer than `TIMEOUT`, or answers more than `limit` bytes.
        """
        return ask(*arguments, cwd=self.git_dir, environ=self.environ, stdin=stdin, limit=limit)

    def has(self, commit: str) -> bool:
        """Return whether a commit is there."""
        try:
            self.ask("cat-file", "-e", f"{commit}^{{commit}}")
        except GitError:
            return False
        return True


class Shadow:
    """A git folder of our own beside the repository's: its commit and its index, and nothing of its configuration.

    The index is a copy, so that git knows by time and size which files are unchanged; new objects would land here.
    Nothing in the repository is written, not even its index.
    """

    def __init__(self, repository: Repository, *, worktree: Path | None = None) -> None:
        self.repository = repository
        self._folder, self.git_dir = _new_git_dir(repository)
        (self.git_dir / "info" / "attributes").write_text(_ATTRIBUTES)
        self._copy(repository.common_dir / "info" / "exclude", self.git_dir / "info" / "exclude")
        for path in (repository.git_dir / "index", *repository.git_dir.glob("sharedindex.*")):
            self._copy(path, self.git_dir / path.name)
        self._environ = clean_environ() | {
            "GIT_DIR": str(self.git_dir),
            "GIT_WORK_TREE": str(worktree or repository.root),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(repository.objects),
        }
        self._cwd = worktree or repository.root

    def __enter__(self) -> Shadow:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        """Copy a file with its time: git compares the bytes of what is no older than the index, and only of that."""
        if source.is_file():
            status = source.stat()
            shutil.copyfile(source, target)
            os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))

    def ask(self, *arguments: str, stdin: bytes = b"", limit: int | None = None) -> bytes:
        """Return what git answers.

        Raises:
            GitError: It failed, took longer than `TIMEOUT`, or answers more than `limit` bytes.
        """
        return ask(*arguments, cwd=self._cwd, environ=self._environ, stdin=stdin, limit=limit)


def _new_git_dir(repository: Repository) -> tuple[tempfile.TemporaryDirectory[str], Path]:
    """Return a new git folder, with settings of ours for this kind of repository."""
    folder = tempfile.TemporaryDirectory(prefix="trackexp-git-", ignore_cleanup_errors=True)
    git_dir = Path(folder.name)
    for name in ("objects", "refs", "info"):
        (git_dir / name).mkdir()
    (git_dir / "HEAD").write_text("ref: refs/heads/none\n")
    (git_dir / "config").write_text(_config_text(repository), "utf-8", errors="surrogateescape")
    return folder, git_dir


def ask(
    *arguments: str,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    limit: int | None = None,
    timeout: float = TIMEOUT,
) -> bytes:
    """Run git and return its standard output, through a file, so that it is bounded by the disk and not by memory.

    Raises:
        GitError: It failed, took too long, or answers more than `limit` bytes.
    """
    what = f"git {arguments[0]}"
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=cwd,
                env=dict(environ or clean_environ()),
                input=stdin,
                stdout=answer,
                stderr=subprocess.PIPE,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GitError(f"{what} took longer than {timeout:.0f} s") from None
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror or error}") from error
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
            raise GitError(f"{what} failed: {lines[-1][:300]}")
        size = answer.seek(0, os.SEEK_END)
        if limit is not None and size > limit:
            raise GitError(f"{what} answered {size:,} bytes")
        answer.seek(0)
        return answer.read()


def clean_environ() -> dict[str, str]:
    """Return an environment in which git reads no configuration file, runs no other program, and reaches nobody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | _HARDENED | numbered(_SETTINGS)


def numbered(settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings as variables of the environment, where they come before every configuration file."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for place, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{place}": key, f"GIT_CONFIG_VALUE_{place}": value}
    return variables


def excludes_file() -> Path | None:
    """Return the user's own list of files that git is to ignore everywhere, None where there is none."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  Path.home raises where there is no home
    try:
        path = Path(os.fsdecode(_of_user("--path", "core.excludesFile").rstrip(b"\n")))
    except GitError:
        folder = os.environ.get("XDG_CONFIG_HOME") or str(home / ".config")
        path = Path(folder) / "git" / "ignore"
    return path if path.is_file() else None


def is_ours_to_read(repository: Repository) -> bool:
    """Return whether git itself would work in a repository: it is the user's own, or named by `safe.directory`."""
    if not hasattr(os, "geteuid"):
        return True
    owners = {os.geteuid(), *([int(os.environ["SUDO_UID"])] if os.environ.get("SUDO_UID", "").isdigit() else [])}
    try:
        found = {place.stat().st_uid for place in (repository.root, repository.git_dir)}
    except OSError:
        return False
    return found <= owners or _is_safe(repository.root)


def _is_safe(folder: Path) -> bool:
    try:
        lines = os.fsdecode(_of_user("--null", "--get-all", "safe.directory")).split("\0")[:-1]
    except GitError:
        return False
    safe = False
    for line in lines:  # an empty one forgets those before it
        place = os.path.expanduser(line)  # noqa: PTH111  Path.expanduser raises where there is no home
        below = place.endswith("/*") and folder.is_relative_to(place[:-2])
        safe = bool(line) and (safe or line == "*" or below or folder == Path(place))
    return safe


def _of_user(*arguments: str) -> bytes:
    """Return what the user's and the machine's configuration says; that of no repository is read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
    outside = {"GIT_DIR": os.devnull, "GIT_PAGER": "cat", "LC_ALL": "C"}
    return ask("config", *arguments, cwd=Path("/"), environ=kept | outside)


def names(answer: bytes) -> list[str]:
    """Return the names in an answer that separates them by zero bytes; what is no UTF-8 keeps its bytes."""
    return [os.fsdecode(name) for name in answer.split(b"\0") if name]


def joined(paths: Iterable[str]) -> bytes:
    """Return names as git reads them with `-z`."""
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _config_text(repository: Repository) -> str:
    entries = {key: value for key, value in repository.config.items() if key in _KEPT}
    entries |= {"core.bare": "false", "core.autocrlf": "false", "core.fsmonitor": "false", "core.hookspath": os.devnull}
    excludes = excludes_file()
    if excludes is not None:
        entries["core.excludesfile"] = str(excludes)
    extensions = {key: value for key, value in repository.config.items() if key in _EXTENSIONS}
    entries |= {"core.repositoryformatversion": "1" if extensions else "0", **extensions}
    lines = []
    for key, value in entries.items():
        section, name = key.split(".", 1)
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'[{section}]\n\t{name} = "{quoted}"\n')
    return "".join(lines)


def _quoted(path: Path) -> str:
    """Return a folder as GIT_ALTERNATE_OBJECT_DIRECTORIES takes it, whatever its name is."""
    text = str(path)
    if os.pathsep not in text and not text.startswith('"'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
