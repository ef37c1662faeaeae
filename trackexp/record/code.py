"""The code that a run ran, as far as the run says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Of the files of a run: trackexp's own patch, which has untracked files too, before W&B's.
PATCHES = ("code.patch", "diff.patch")
_NOTED = "trackexp_code"  # where trackexp notes the state of the repository in the config


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """What is known of the code; whatever is not is None.

    Args:
        commit: Of the repository.
        remote: Where that comes from.
        program: The script.
        arguments: On its command line.
        patch: Name of the file with what was changed since the commit.
        dirty: Whether anything was.
    """

    commit: str | None = None
    remote: str | None = None
    program: str | None = None
    arguments: tuple[str, ...] = ()
    patch: str | None = None
    dirty: bool | None = None


def code_of(config: Mapping[str, Any], environment: Mapping[str, Any], files: Iterable[str]) -> CodeRecord:
    """Return what config, environment and the names of the files say of the code.

    >>> code_of({}, {"git": {"commit": "6e01f0b"}, "program": "train.py"}, ["diff.patch"]).dirty
    True
    """
    noted, git = _mapping(config.get(_NOTED)), _mapping(environment.get("git"))
    present = set(files)
    patch = next((name for name in PATCHES if name in present), None)
    dirty = noted.get("dirty")
    arguments = environment.get("args")
    return CodeRecord(
        commit=_text(noted.get("commit") or git.get("commit") or environment.get("commit")),
        remote=_text(noted.get("remote") or git.get("remote") or git.get("remoteUrl")),
        program=_text(environment.get("codePath") or environment.get("program")),
        arguments=tuple(map(str, arguments)) if isinstance(arguments, list) else (),
        patch=patch,
        dirty=True if patch is not None else dirty if isinstance(dirty, bool) else None,
    )


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
