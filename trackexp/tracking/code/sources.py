"""The source files themselves, for the Code tab: what W&B's "save code" keeps, less what git ignores, and scrubbed."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trackexp.tracking.code.git import Shadow, names
from trackexp.tracking.code.repository import Repository
from trackexp.tracking.code.untracked import is_ours, is_secret

if TYPE_CHECKING:
    from trackexp.tracking.secrets import Scrubber

# The scrubber reads 10 MB a second: so much is looked through beside the start of a training and not felt.
MOST_FILES, MOST_BYTES, MOST_BYTES_TOGETHER = 300, 500_000, 4_000_000
# Entries of folders that are looked at where no git tells what belongs to the code, and how deep.
_MOST_ENTRIES, _DEEPEST = 5_000, 4
_SUFFIXES = frozenset({".py", ".pyx", ".ipynb", ".sh", ".yaml", ".yml", ".toml", ".cfg", ".ini"})
_NAMES = frozenset({"Dockerfile", "Makefile", "requirements.txt", "Pipfile"})
_NOT_ENTERED = frozenset({"node_modules", "site-packages", "__pycache__", "wandb", "build", "dist"})


@dataclass(frozen=True, slots=True)
class Sources:
    """Source files below a folder, by their names; `left_out` more were too many or too large."""

    root: Path
    texts: dict[str, str]
    left_out: int = 0


def script_path() -> Path | None:
    """Return the file of the script that runs; None in a notebook, in `python -c`, or for an installed program."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not file:
        return None
    path = Path(file).absolute()
    return path if path.is_file() and not _is_installed(path) else None


def read_sources(root: Path, script: Path | None, repository: Repository | None, scrubber: Scrubber) -> Sources:
    """Read the sources below `root`: the script, what it has imported, then what lies nearest to it."""
    found = dict.fromkeys(_below(root, [*([script] if script else []), *_loaded(root)]))
    if repository is not None:
        found |= dict.fromkeys(_near(_listed(repository), found))
    elif _is_project(root):
        found |= dict.fromkeys(_near(_walked(root), found))
    texts: dict[str, str] = {}
    left_out = total = 0
    for name in found:
        text = _text(root / name)
        size = len(text) if text is not None else 0
        too_much = len(texts) >= MOST_FILES or total + size > MOST_BYTES_TOGETHER
        if text is None or too_much or scrubber.name(name, "file names") != name:
            left_out += 1
            continue
        total += size
        texts[name] = scrubber.text(text, f"code/{name}")
    return Sources(root, texts, left_out)


def _listed(repository: Repository) -> Iterator[str]:
    with Shadow(repository) as shadow:
        answer = shadow.ask("ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z")
    return filter(_is_source, names(answer))


def _is_source(name: str) -> bool:
    last = name.rpartition("/")[2]
    fits = os.path.splitext(last)[1].lower() in _SUFFIXES or last in _NAMES  # noqa: PTH122  100,000 of them
    return fits and not is_secret(name) and not is_ours(name)


def _near(candidates: Iterable[str], first: Iterable[str]) -> list[str]:
    """Return names, those in the folders of the files that are known to belong together first."""
    folders = {name.rpartition("/")[0] for name in first}
    return sorted(candidates, key=lambda name: (name.rpartition("/")[0] not in folders, name.count("/"), name))


def _loaded(root: Path) -> Iterator[Path]:
    """Yield the files of the modules that are imported and lie below `root`."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.startswith(str(root)) and not _is_installed(Path(file)):
            yield Path(file)


def _is_installed(path: Path) -> bool:
    """Return whether a file belongs to the interpreter or an environment, and not to the user's code."""
    homes = {Path(sys.prefix), Path(sys.base_prefix)} - {Path("/usr"), Path("/")}
    return "site-packages" in path.parts or "dist-packages" in path.parts or any(map(path.is_relative_to, homes))


def _below(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        try:
            name = path.resolve().relative_to(root.resolve()).as_posix()
        except (OSError, ValueError):
            continue
        if _is_source(name):
            yield name


def _is_project(root: Path) -> bool:
    """Return whether a folder may be walked as one project: a home folder, a temporary one or `/` is none."""
    apart = [Path(root.anchor), Path(tempfile.gettempdir()), Path(os.path.expanduser("~"))]  # noqa: PTH111
    return not any(place == root or place.is_relative_to(root) for place in map(_resolved, apart))


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _walked(root: Path) -> Iterator[str]:
    """Yield the source files of a folder, the upper ones first; links, hidden folders and environments not entered."""
    waiting, looked = [(root, 0)], 0
    for folder, depth in waiting:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            looked += 1
            if looked > _MOST_ENTRIES:
                return
            if entry.is_file(follow_symlinks=False):
                name = Path(entry.path).relative_to(root).as_posix()
                if _is_source(name):
                    yield name
            elif depth < _DEEPEST and entry.is_dir(follow_symlinks=False) and _is_entered(entry):
                waiting.append((Path(entry.path), depth + 1))


def _is_entered(entry: os.DirEntry[str]) -> bool:
    hidden = entry.name.startswith(".") or entry.name in _NOT_ENTERED
    return not hidden and not (Path(entry.path) / "pyvenv.cfg").exists()


def _text(path: Path) -> str | None:
    """Return the text of a file; None for one that is large, binary or cannot be read."""
    try:
        if path.is_symlink() or path.stat().st_size > MOST_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return None if b"\0" in data else data.decode("utf-8", "surrogateescape")
