r"""The stamp: what git knew of the code when an image was built, for a container that has neither `.git` nor git.

A JSON file, `.trackexp-stamp.json`, in the folder of the code. A builder stage that sees `.git` writes it with nothing
installed but Python and git, in the folder that holds this package (or with the package on PYTHONPATH):

    python -m trackexp.tracking.code.stamp SOURCE [OUT]

`SOURCE` is a folder of the repository, `OUT` the file to write, by default `SOURCE/.trackexp-stamp.json`. Tracked files
that are missing because `.dockerignore` names them do not count as deleted. Exit code 2, with one line on stderr, where
there is no repository. Without git the stamp has the commit and no patch, and says so (`problem`).

    {"schema": 1, "commit": "…", "branch": "main", "remote": "https://…", "dirty": true, "stamped_at": "2026-…",
     "patch": "diff --git a/train.py b/train.py\n…", "untracked": 1, "left_out": […], "submodules": […]}

The patch is not scrubbed: it is in the image, beside the files that it was made from. A run scrubs it when it reads it.
A run looks for the stamp at `TRACKEXP_STAMP`, then in the folder of its script and above, then in the working folder
and above; a `.git` comes before any stamp.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trackexp.tracking.code.dockerignore import ignored_by_docker
from trackexp.tracking.code.git import GitError, has_git
from trackexp.tracking.code.patch import Patch, make_patch
from trackexp.tracking.code.repository import find_repository, without_password
from trackexp.tracking.code.sections import sections
from trackexp.tracking.code.untracked import STAMP

SCHEMA = 1


class NoRepositoryError(Exception):
    """There is nothing to stamp."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a stamp says.

    Args:
        remote: Without user and password.
        dirty: Tracked files differed from the commit; None where git was missing.
        patch: What differed; None where it could not be taken, and `problem` says why.
        stamped_at: UTC, ISO 8601.
    """

    commit: str | None = None
    branch: str | None = None
    remote: str | None = None
    dirty: bool | None = None
    patch: Patch | None = None
    problem: str | None = None
    stamped_at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as it is written."""
        data: dict[str, Any] = {"schema": SCHEMA, "commit": self.commit, "branch": self.branch, "remote": self.remote}
        data |= {"dirty": self.dirty, "stamped_at": self.stamped_at, "problem": self.problem}
        if self.patch is not None:
            data["patch"] = "".join(section.text for section in self.patch.sections)
            counted = ("untracked", "left_out", "unnamed", "unnamed_in", "submodules")
            data |= {name: getattr(self.patch, name) for name in counted}
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Stamp:
        """Return what was written; unknown entries are passed over."""
        known = ("commit", "branch", "remote", "dirty", "problem", "stamped_at")
        stamp = cls(**{name: data[name] for name in known if data.get(name) is not None})
        if data.get("patch") is None:
            return stamp
        patch = Patch(
            base=stamp.commit,
            sections=tuple(sections(data["patch"])),
            untracked=int(data.get("untracked", 0)),
            left_out=tuple(data.get("left_out", ())),
            unnamed=int(data.get("unnamed", 0)),
            unnamed_in=str(data.get("unnamed_in", "")),
            dirty=bool(stamp.dirty),
            submodules=tuple(data.get("submodules", ())),
        )
        return replace(stamp, patch=patch)


def write_stamp(folder: Path, out: Path | None = None) -> tuple[Stamp, Path]:
    """Write the stamp of the repository that a folder lies in; returns it and the file.

    Raises:
        NoRepositoryError: The folder lies in no git repository.
        OSError: The file cannot be written.
    """
    stamp = make_stamp(folder)
    path = out if out is not None else folder / STAMP
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(stamp.to_dict(), indent=1)  # in ASCII: bytes that are no UTF-8 are kept as lone surrogates
    path.write_text(text + "\n", encoding="utf-8")
    return stamp, path


def make_stamp(folder: Path) -> Stamp:
    """Return the stamp of the repository that a folder lies in.

    Raises:
        NoRepositoryError: It lies in none.
    """
    repository = find_repository(folder)
    if repository is None:
        raise NoRepositoryError(
            f"{folder.resolve()} lies in no git repository; stamp where .git is visible (does .dockerignore hide it?), "
            "or give the run WANDB_GIT_COMMIT"
        )
    remote = without_password(repository.remote) if repository.remote else None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    stamp = Stamp(commit=repository.commit, branch=repository.branch, remote=remote, stamped_at=now)
    if not has_git():
        return replace(stamp, problem="git was not installed where the stamp was made")
    try:
        patch = make_patch(repository, absent=ignored_by_docker(repository.root))
    except GitError as error:
        return replace(stamp, problem=str(error))
    return replace(stamp, commit=patch.base, dirty=patch.dirty, patch=patch)


def read_stamp(folder: Path) -> Stamp | None:
    """Return the stamp in a folder, or in the file of that name; None where there is none that can be read."""
    path = folder / STAMP if folder.is_dir() else folder
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Stamp.from_dict(data) if isinstance(data, dict) and data.get("schema") == SCHEMA else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def find_stamp(starts: list[Path], told: Path | None = None) -> Stamp | None:
    """Return the stamp that belongs to a run: the one that was told, else the nearest in a folder or above."""
    folders = [told] if told else [place for start in starts for place in (start, *start.parents)]
    return next((stamp for stamp in map(read_stamp, folders) if stamp is not None), None)


def main(arguments: list[str]) -> None:
    """Write a stamp; the messages are the exit's own."""
    if not 1 <= len(arguments) <= 2 or arguments[0].startswith("-"):
        sys.exit(_refused("usage: python -m trackexp.tracking.code.stamp SOURCE [OUT]"))
    try:
        write_stamp(Path(arguments[0]), Path(arguments[1]) if len(arguments) > 1 else None)
    except (NoRepositoryError, OSError) as error:
        sys.exit(_refused(error))


def _refused(error: Exception | str) -> int:
    from trackexp.reporting.talk import talk

    talk(f"trackexp: {error}")
    return 2


if __name__ == "__main__":
    main(sys.argv[1:])
