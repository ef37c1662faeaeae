"""The git repository around a script, read from its own files: no process, no ownership check, no configuration run.

Git refuses a folder of another owner ("dubious ownership", usual in containers) because its configuration may name
programs to run; only text is read here, and a bounded amount of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SECTION = re.compile(r'\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
# More than any file of git's that is read here; a stranger's may be a sparse one of any size.
_MOST_BYTES = 64_000_000
_ENTRY = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*?))?\s*$")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository and its working tree.

    Args:
        root: The top of the working tree.
        git_dir: What belongs to this working tree: `HEAD`, `index`.
        common_dir: What all working trees share: `objects`, `refs`, `config`.
        commit: The commit that is checked out; None before the first one, or where only git can tell.
        branch: The branch that is checked out; None for a detached HEAD.
        config: Git's own entries of this repository, such as `{"core.filemode": "true"}`; the last one counts.
    """

    root: Path
    git_dir: Path
    common_dir: Path
    commit: str | None
    branch: str | None
    config: Mapping[str, str]

    @property
    def objects(self) -> Path:
        """Where the objects lie."""
        return self.common_dir / "objects"

    @property
    def remote(self) -> str | None:
        """The address of `origin`, or of the only other remote; as it is written, with a password if it has one."""
        urls = {key: url for key, url in self.config.items() if key.startswith("remote.") and key.endswith(".url")}
        return urls.get("remote.origin.url") or next(iter(urls.values()), None)


def find_repository(start: Path, environ: Mapping[str, str] | None = None) -> Repository | None:
    """Return the repository that `start` lies in, None where there is none.

    GIT_DIR, which a hook or an alias leaves behind, counts only where no `.git` lies above.
    """
    values = os.environ if environ is None else environ
    try:
        start = start.resolve()
        for folder in (start, *start.parents):
            git_dir = _git_dir(folder / ".git")
            if git_dir is not None:
                found = _read(git_dir, folder)
                # `core.worktree` may name any folder; one that `start` is not in is none of the script's
                return found if found is not None and start.is_relative_to(found.root) else None
        return _from_variables(start, values)
    except (OSError, ValueError, RuntimeError):
        return None


def find_bare(folder: Path) -> Repository | None:
    """Return a repository without a working tree by its folder; None where it is none."""
    try:
        if not (folder / "objects").is_dir() or not (folder / "HEAD").is_file():
            return None
        folder = folder.resolve()
        commit, branch = _head(folder, folder)
        return Repository(folder, folder, folder, commit, branch, _config(folder / "config"))
    except (OSError, ValueError, RuntimeError):
        return None


def _git_dir(place: Path) -> Path | None:
    """Return the folder that a `.git` stands for; a file names another place, as linked trees and submodules have."""
    if place.is_file():
        text = _text(place)
        if not text.startswith("gitdir:"):
            return None
        place = (place.parent / text.removeprefix("gitdir:").strip()).resolve()
    return place if (place / "HEAD").is_file() else None


def _from_variables(start: Path, values: Mapping[str, str]) -> Repository | None:
    if not values.get("GIT_DIR"):
        return None
    git_dir = _git_dir(Path(values["GIT_DIR"]).resolve())
    if git_dir is None:
        return None
    found = _read(git_dir, Path(values["GIT_WORK_TREE"]).resolve() if values.get("GIT_WORK_TREE") else None)
    return found if found is not None and start.is_relative_to(found.root) else None


def _read(git_dir: Path, above: Path | None) -> Repository | None:
    common = git_dir / "commondir"
    common_dir = (git_dir / _text(common).strip()).resolve() if common.is_file() else git_dir
    config = _config(common_dir / "config") | _config(git_dir / "config.worktree")
    if not (common_dir / "objects").is_dir():
        return None
    told = config.get("core.worktree")
    root = (git_dir / told).resolve() if told else above
    if root is None or config.get("core.bare") == "true":
        return None
    commit, branch = _head(git_dir, common_dir)
    return Repository(root, git_dir, common_dir, commit, branch, config)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES).decode("utf-8", "surrogateescape")


def _head(git_dir: Path, common_dir: Path) -> tuple[str | None, str | None]:
    """Return the commit and the branch that HEAD stands for."""
    text = _text(git_dir / "HEAD").strip()
    branch = None
    for _ in range(5):  # a reference may name another one
        if not text.startswith("ref:"):
            break
        name = text.removeprefix("ref:").strip()
        if branch is None and name != "refs/heads/.invalid":  # what stands there where references are a table
            branch = name.removeprefix("refs/heads/")
        text = _reference(name, git_dir, common_dir)
    return (text if _HEX.fullmatch(text) else None), branch


def _reference(name: str, git_dir: Path, common_dir: Path) -> str:
    for folder in (git_dir, common_dir):
        if (folder / name).is_file():
            return _text(folder / name).strip()
    packed = common_dir / "packed-refs"
    if packed.is_file():
        for line in _text(packed).splitlines():
            if line.endswith(f" {name}"):
                return line.split(" ", 1)[0]
    return ""


def _config(path: Path) -> dict[str, str]:
    """Return the entries of one of git's configuration files, sections in lower case; what it includes is left out."""
    found: dict[str, str] = {}
    if not path.is_file():
        return found
    section = ""
    for line in _text(path).splitlines():
        header = _SECTION.match(line.strip())
        if header:
            name = re.sub(r"\\(.)", r"\1", header[2]) if header[2] is not None else None
            section = header[1].lower() if name is None else f"{header[1].lower()}.{name}"
            line = line.strip()[header.end() :]
        entry = _ENTRY.match(line)
        if entry and section:
            found[f"{section}.{entry[1].lower()}"] = _value(entry[2])
    return found


def _value(text: str | None) -> str:
    if text is None:
        return "true"
    if text.startswith('"'):
        end = re.match(r'"((?:[^"\\]|\\.)*)"', text)
        return re.sub(r"\\(.)", r"\1", end[1]) if end else text
    return re.split(r"\s[#;]", text, maxsplit=1)[0].strip()


def without_password(url: str) -> str:
    """Return an address without the user and password in it; the `git@` of an ssh address is no secret and stays.

    >>> without_password("https://me:secret@example.org/x.git")
    'https://example.org/x.git'
    >>> without_password("ssh://git@example.org/x.git")
    'ssh://git@example.org/x.git'
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    host, slash, path = rest.partition("/")
    user, at, name = host.rpartition("@")
    keep = at and scheme.lower() in ("ssh", "git+ssh") and ":" not in user
    return f"{scheme}{mark}{user + at if keep else ''}{name}{slash}{path}"
