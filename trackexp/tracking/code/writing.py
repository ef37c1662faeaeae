"""Writes a tree that may come from a stranger: nothing outside its folder, no link that leads there, no `.git`."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from trackexp.errors import UsageError
from trackexp.tracking.code.sections import LINK, SUBMODULE

_EXECUTABLE = "100755"


def empty_folder(folder: Path) -> Path:
    """Return the folder, made where it is missing.

    Raises:
        UsageError: It holds something, or is none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = sorted(os.listdir(folder))  # noqa: PTH208  names are all that is asked
    except OSError as error:
        raise UsageError(f"{folder}: this folder cannot be made ({error.strerror}); name another one") from error
    if held:
        seen = f"{', '.join(held[:3])}{', …' if len(held) > 3 else ''}"
        raise UsageError(
            f"{folder} is not empty (it holds {seen}), and nothing there is overwritten: name a folder that is empty, "
            "or one that does not exist yet"
        )
    return folder.resolve()


class TreeWriter:
    """Writes files below an empty folder; links come last, so that nothing is ever written through one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self._links: list[tuple[str, bytes]] = []

    def write(self, name: str, mode: str, content: bytes) -> None:
        """Write one file by git's mode; a submodule becomes an empty folder."""
        why = _unsafe(name)
        if why:
            self.refused.append((name, why))
        elif mode == LINK:
            self._links.append((name, content))
        else:
            self._write(name, mode, content)

    def _write(self, name: str, mode: str, content: bytes) -> None:
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if mode == SUBMODULE:
                path.mkdir()
                return
            with path.open("xb") as file:
                file.write(content)
            if mode == _EXECUTABLE:
                path.chmod(path.stat().st_mode | (path.stat().st_mode & 0o444) >> 2)
        except (FileExistsError, NotADirectoryError):
            self.refused.append((name, "another file has its place"))
        else:
            self.written.append(name)

    def finish(self) -> None:
        """Write the links, and take away those that lead out of the folder, by whatever way."""
        made = []
        for name, content in self._links:
            target = os.fsdecode(content)
            path = self.folder / name
            if target.startswith("/") or "\0" in target or not target:
                self.refused.append((name, f"a link to {target!r}, which is outside"))
                continue
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(target)
            except OSError as error:
                self.refused.append((name, f"a link that cannot be made ({error.strerror})"))
            else:
                made.append((name, target))
        for name, target in made:
            if self._leaves(self.folder / name):
                (self.folder / name).unlink()
                self.refused.append((name, f"a link to {target!r}, which is outside"))
            else:
                self.written.append(name)

    def _leaves(self, link: Path) -> bool:
        lexical = os.path.normpath(link.parent / os.readlink(link))  # noqa: PTH115  as text, resolved by nobody
        places = (Path(lexical), Path(os.path.realpath(link)))
        return not all(place.is_relative_to(self.folder) for place in places)


def _unsafe(name: str) -> str | None:
    """Return why a name must not be written, or None."""
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\0" in name:
        return "a name that leaves the folder"
    if any(part.lower().rstrip(". ") in (".git", "git~1") for part in path.parts):
        return "a name that belongs to git"
    return None
