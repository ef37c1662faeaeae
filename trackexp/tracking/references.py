"""Which files outside of its folder a run refers to: the paths that stand in its `.wandb` file.

An artifact's record holds the absolute path that a file had when it was logged, maybe in a container that saw the
folder elsewhere; so files are known by their name below W&B's own folders, and a name that may be meant counts.
"""

from __future__ import annotations

import gzip
import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trackexp.errors import RunNotFoundError
from trackexp.reading.places import find_runs
from trackexp.reading.wandb_file.framing import LogReader

MANIFESTS = "staging/artifact_manifests/"
_PATH = re.compile(
    rb"(?:staging(?:[/\\]artifact_manifests)?|obj[/\\]\w+[/\\]\w\w|\w+wandb-(?:media|artifacts))[/\\][\w.-]*"
)


@dataclass(slots=True)
class References:
    """What the runs that were seen refer to, as `staging/…`, `obj/…` and `…wandb-artifacts/…`.

    Args:
        unsent: Of runs that were not synced, or whose sync is older than their file; sorted.
        sent: Of the others; sorted.
        runs: How many runs there are.
    """

    unsent: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    runs: int = 0


def refers(names: list[str], name: str) -> bool:
    """Return whether one of the sorted names may mean this one: the next field's tag may stand at its end, a letter."""
    place = bisect_left(names, name)
    return place < len(names) and names[place].startswith(name)


def references(places: Iterable[Path], staging: Path) -> References:
    """Return what all the runs at these places refer to; a place without runs has none."""
    found = References()
    for run in _runs(places):
        found.runs += 1
        names = set(_names_in_run(run))
        manifests = [name.removeprefix(MANIFESTS) for name in names if name.startswith(MANIFESTS)]
        for path in (staging / "artifact_manifests").glob("*") if manifests else ():
            if any(
                name.startswith(path.name) for name in manifests
            ):  # an artifact of so many files that they stand there
                names.update(_names_in_manifest(path))
        of_kind = found.sent if _is_synced(run) else found.unsent
        for name in names:
            insort(of_kind, name)
    return found


def _runs(places: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for place in places:
        try:
            for run in find_runs(place):
                if run.resolve() not in seen:
                    seen.add(run.resolve())
                    yield run
        except RunNotFoundError:
            continue


def _is_synced(run: Path) -> bool:
    """Return whether `wandb sync` has sent the run as it stands; a run that was gone on with has news."""
    try:
        return run.with_name(f"{run.name}.synced").stat().st_mtime >= run.stat().st_mtime
    except OSError:
        return False


def _names_in_run(run: Path) -> Iterator[str]:
    """Yield the names in a run: in its records, and in its bytes, which still hold what a damaged record held."""
    yield from _names(run.read_bytes())
    with run.open("rb") as file:
        for frame in LogReader(file):
            yield from _names(frame.payload)


def _names_in_manifest(path: Path) -> Iterator[str]:
    try:
        yield from _names(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError):  # no gzip, as another W&B may write it
        yield from _names(path.read_bytes())


def _names(data: bytes) -> Iterator[str]:
    return (match.decode("ascii", "replace").replace("\\", "/") for match in _PATH.findall(data))
