"""Git, asked so that the user's configuration, hooks, filters and pagers change nothing, in bounded time and space."""

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
_EXTENSIONS = ("extensions.objectformat", "extensions.compatobjectformat")
# At the highest precedence: no end of line is converted, no filter or external program runs, nothing is "binary" by
# decree, so that what is compared are the bytes of the working tree with those of the commit.
_ATTRIBUTES = "* -text !eol !crlf !ident !filter !working-tree-encoding !diff !whitespace\n"


class GitError(Exception):
    """Git is missing, refused, or took too long; what failed, in one line."""


def has_git() -> bool:
    """Return whether git is installed."""
    return shutil.which("git") is not None


class Shadow:
    """A git folder of our own beside the repository's: its commit and its index, and nothing of its configuration.

    The index is a copy, so that git knows by time and size which files are unchanged; new objects would land here.
    Nothing in the repository is written, not even its index.
    """

    def __init__(self, repository: Repository, *, worktree: Path | None = None) -> None:
        self.repository = repository
        self._folder = tempfile.TemporaryDirectory(prefix="trackexp-git-", ignore_cleanup_errors=True)
        self.git_dir = Path(self._folder.name)
        for name in ("objects", "refs", "info"):
            (self.git_dir / name).mkdir()
        (self.git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (self.git_dir / "info" / "attributes").write_text(_ATTRIBUTES)
        self._copy(repository.common_dir / "info" / "exclude", self.git_dir / "info" / "exclude")
        (self.git_dir / "config").write_text(_config_text(repository), "utf-8", errors="surrogateescape")
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
    """Return the environment without git's own variables, and with those that keep every configuration file out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }


def excludes_file() -> Path | None:
    """Return the user's own list of files that git is to ignore everywhere, None where there is none."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  Path.home raises where there is no home
    try:
        found = ask("config", "--path", "core.excludesFile", cwd=Path("/"), environ=dict(os.environ))
        path = Path(os.fsdecode(found.rstrip(b"\n")))
    except GitError:
        folder = os.environ.get("XDG_CONFIG_HOME") or str(home / ".config")
        path = Path(folder) / "git" / "ignore"
    return path if path.is_file() else None


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
