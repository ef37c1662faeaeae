"""Which runs there are at some places, and whether that may have changed: told by the folders' times alone.

Looking at a folder's time of change costs a hundredth of listing it, and a run that comes or goes changes that of the
folder around it. So the folders of runs are watched, not the runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from trackexp.errors import UsageError
from trackexp.reading.places import find_groups, is_place, server_place, wandb_folder
from trackexp.reading.walk import walk_runs

Where = str | os.PathLike[str]
Group = tuple[str, ...]
"""The `.wandb` files of one run: its sessions, oldest first."""


class Folders:
    """The runs at some places.

    A place that is a path may not be there yet, vanish and come back; a name or an id must be there.

    Args:
        places: As for `trackexp ls`; none: every run that W&B writes here.

    Raises:
        RunNotFoundError: No run answers to a name.
        UsageError: A place on a server.
    """

    def __init__(self, places: Sequence[Where] = ()) -> None:
        self._given = [_checked(place) for place in places]
        self._fixed = [tuple(group) for place in self._given if not _is_path(place) for group in find_groups(place)]
        self._times: dict[str, int | None] = {}

    @property
    def places(self) -> list[Path]:
        """The folders and files that are looked at, whether they are there or not."""
        if self._given:
            return [Path(place).expanduser() for place in self._given if _is_path(place)]
        found = wandb_folder()  # not the whole folder around it, which may be anything, where W&B has yet to make it
        return [found if found.name in ("wandb", ".wandb") else found / "wandb"]

    def missing(self) -> list[str]:
        """Return the places that are not there now."""
        return [str(place) for place in self.places if not place.exists()]

    def scan(self) -> list[Group]:
        """Return the runs, each once, in the order of the places and of their start."""
        seen: list[str] = []
        found = dict.fromkeys(self._fixed)
        for place in self.places:
            found.update(dict.fromkeys(map(tuple, _below(place, seen))))
        self._times = {folder: _time(folder) for folder in seen}
        return list(found)

    def changed(self) -> bool:
        """Return whether runs may have come or gone since the last scan."""
        known = self._times
        return any(_time(folder) != then for folder, then in known.items()) or not known


def _below(place: Path, seen: list[str]) -> Iterator[list[str]]:
    seen.append(str(place))
    if place.is_file():
        return iter([[str(place)]])
    return walk_runs(str(place), seen.append)


def _time(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


def _is_path(place: Where) -> bool:
    """Return whether a place is meant as a path, though nothing may be there yet."""
    text = os.fspath(place)
    return not isinstance(place, str) or is_place(place) or os.sep in text or text.endswith(".wandb") or text == "."


def _checked(place: Where) -> Where:
    if isinstance(place, str) and (found := server_place(place)) is not None:
        if "://" not in place:  # a folder that is still to come looks alike
            return Path(place)
        raise UsageError(
            f"{found} is on a server, whose own page shows it live; trackexp view follows folders on this disk"
        )
    return place
