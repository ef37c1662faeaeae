"""Which files a `.dockerignore` keeps out of an image: in a build they are absent, and not deleted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from pathlib import Path


def ignored_by_docker(folder: Path) -> Callable[[str], bool]:
    """Return what tells of a name below `folder` whether Docker leaves it out of the build."""
    try:
        lines = (folder / ".dockerignore").read_text("utf-8-sig", errors="replace").splitlines()
    except OSError:
        lines = []
    return matcher(lines)


def matcher(lines: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells of a name whether the patterns leave it out; the last that matches it or a folder above counts.

    >>> ignored = matcher(["# data", "data", "*.md", "!README.md", "**/*.log"])
    >>> [ignored(name) for name in ("data/x.csv", "NOTES.md", "README.md", "a/b/c.log", "a/NOTES.md", "train.py")]
    [True, True, False, True, False, False]
    """
    patterns = [_pattern(line.strip()) for line in lines if line.strip() and not line.startswith("#")]

    def ignored(name: str) -> bool:
        parts = name.split("/")
        places = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        verdict = False
        for pattern, left_out in patterns:
            if any(map(pattern.fullmatch, places)):
                verdict = left_out
        return verdict

    return ignored


def _pattern(line: str) -> tuple[re.Pattern[str], bool]:
    """Return a pattern in Go's `filepath.Match`, with Docker's `**`, and whether what it matches is left out."""
    left_out = not line.startswith("!")
    path = posixpath.normpath(line.removeprefix("!").strip()).lstrip("/")
    text = re.sub(
        r"\*\*/|\*\*|\*|\?|\[\^?[^]]+\]|\\.|.",
        lambda match: _WILD.get(match[0]) or _plain(match[0]),
        path,
        flags=re.DOTALL,
    )
    return re.compile(text, re.DOTALL), left_out


_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _plain(found: str) -> str:
    if found.startswith("[") and len(found) > 1:
        return found
    return re.escape(found.removeprefix("\\") if len(found) > 1 else found)
