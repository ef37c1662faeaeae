"""Which files that git does not track go into the patch: text, not too large, not secret by name, not too many."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if sys.platform != "win32":
    import fcntl
if TYPE_CHECKING:
    from trackexp.record.code import LeftOut

# One file, all of them, and how many; a tree of 100,000 untracked files is data, and its listing alone takes a second.
MOST_BYTES, MOST_BYTES_TOGETHER, MOST_FILES = 1_000_000, 16_000_000, 2_000
# Of so many at most is the size looked up.
_LOOKED_AT = 20_000
# What git takes for the beginning that shows whether a file is text.
_BEGINNING = 8_000
STAMP = ".trackexp-stamp.json"

# Files whose whole purpose is to hold secrets. Examples, which are made to be shared, are not among them.
_SECRET = re.compile(
    r"""(?ix) ^(?: \.env(?:\..+|rc)? | .+\.env | \.netrc | _netrc | \.pgpass | \.pypirc | \.npmrc | \.git-credentials
    | \.htpasswd | id_(?:rsa|dsa|ecdsa|ed25519) | .+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk)
    | credentials(?:\.json)? | kaggle\.json | secrets?\.(?:json|ya?ml|toml|ini|env|txt) )$"""
)
_EXAMPLE = re.compile(r"(?i)^\.env\.(?:example|sample|template|dist|defaults?)$")
_SECRET_FOLDERS = frozenset({".ssh", ".aws", ".gnupg", ".kube"})
# W&B's own files, which an ignore list often forgets.
_WANDB = re.compile(
    r"(?:^|/)\.?wandb/(?:(?:offline-)?run-\d|latest-run|debug[\w-]*\.log|settings$|sweep-|(?:cache|config|data)_dir/)"
)
# What programs write about themselves, and no program reads.
_LOG = re.compile(r"(?i)^(?:.+\.(?:log|out|err|pid)(?:\.\d+)?|nohup\.out|slurm-.+\.(?:out|err))$")
_WRITTEN_NOW = "an output of this very process"
_SOURCE = frozenset({".py", ".pyi", ".pyx", ".ipynb", ".sh", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".md", ".rst"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen, and what was not, with the reason; `unnamed` more, most in one folder, were not looked at."""

    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    unnamed: int = 0
    unnamed_in: str = ""


def is_secret(name: str) -> bool:
    """Return whether a file is secret by its name, as `.env` is.

    >>> [is_secret(name) for name in (".env", "app/.env.local", ".env.example", "id_rsa", "environment.py")]
    [True, True, False, True, False]
    """
    *folders, last = name.split("/")
    return not _EXAMPLE.match(last) and bool(_SECRET.match(last) or _SECRET_FOLDERS.intersection(folders))


def is_ours(name: str) -> bool:
    """Return whether a file was written by W&B or by trackexp itself."""
    return name.rpartition("/")[2] == STAMP or bool(_WANDB.search(name))


def is_log(name: str) -> bool:
    """Return whether a file holds what a program has said, by its name.

    >>> [is_log(name) for name in ("train.log", "out/slurm-12.out", "nohup.out", "log.py", "data.csv")]
    [True, True, True, False, False]
    """
    return bool(_LOG.match(name.rpartition("/")[2]))


def _outputs() -> set[tuple[int, int]]:
    """Return the files that this process has open for writing, as a shell's `> out.txt` gives it one, by inode."""
    found: set[tuple[int, int]] = set()
    if sys.platform == "win32":
        return found
    try:
        descriptors = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
    except (OSError, ValueError):
        descriptors = [1, 2]
    for descriptor in descriptors:
        try:
            status, flags = os.fstat(descriptor), fcntl.fcntl(descriptor, fcntl.F_GETFL)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and flags & (os.O_WRONLY | os.O_RDWR):
            found.add((status.st_dev, status.st_ino))
    return found


def choose(root: Path, names: Iterable[str]) -> Chosen:
    """Choose among names below `root`: sources first, then what lies near the top; logs and outputs are no code."""
    ordered = sorted((name for name in names if not is_ours(name) and not is_log(name)), key=_order)
    outputs = _outputs()
    chosen: list[str] = []
    left_out: list[LeftOut] = []
    total = 0
    for place, name in enumerate(ordered):
        if len(chosen) >= MOST_FILES or place >= _LOOKED_AT:
            rest = Counter(name.rpartition("/")[0].partition("/")[0] for name in ordered[place:])
            return Chosen(tuple(chosen), tuple(left_out), len(ordered) - place, rest.most_common(1)[0][0])
        why, size = _refusal(root / name, name, outputs)
        if why == _WRITTEN_NOW:
            continue
        if not why and total + size > MOST_BYTES_TOGETHER:
            why = f"more than {MOST_BYTES_TOGETHER // 1_000_000} MB of untracked files"
        if why:
            left_out.append({"path": name, "why": why, "bytes": size})
        else:
            chosen.append(name)
            total += size
    return Chosen(tuple(chosen), tuple(left_out))


def _order(name: str) -> tuple[bool, int, str]:
    return os.path.splitext(name)[1].lower() not in _SOURCE, name.count("/"), name  # noqa: PTH122  100,000 of them


def _refusal(path: Path, name: str, outputs: set[tuple[int, int]]) -> tuple[str, int]:
    """Return why a file is left out, or nothing, and its size in bytes; only what may be taken is opened."""
    if name.endswith("/"):
        return "a git repository of its own", 0
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return "", 0
        if not stat.S_ISREG(status.st_mode):
            return "no ordinary file", 0
        if (status.st_dev, status.st_ino) in outputs:
            return _WRITTEN_NOW, 0
        if is_secret(name):
            return "secret by its name", status.st_size
        if status.st_size > MOST_BYTES:
            return f"larger than {MOST_BYTES // 1_000_000} MB", status.st_size
        with path.open("rb") as file:
            binary = b"\0" in file.read(_BEGINNING)
    except OSError as error:
        return f"cannot be read ({error.strerror})", 0
    return "binary" if binary else "", status.st_size
