"""What single records of a `.wandb` file say, in our words."""

from __future__ import annotations

import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from trackexp.errors import UnreadableRunError
from trackexp.reading.wandb_file.framing import is_run
from trackexp.reading.wandb_file.nested import NestedValues, load_value
from trackexp.reading.wandb_file.wire import Span, items
from trackexp.record import ArtifactRecord, Damage, MetricDefinition, RunRecord

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILE_NAME = re.compile(r"run-(.+)\.wandb")
_PRINTED = 1 << 20  # characters of the console that are kept
_LARGEST_METADATA = 16 << 20  # bytes
_MINIMIZE, _MAXIMIZE = 1, 2
_COUNTED = ("total", "used", "memoryTotal", "swapTotalBytes", "ramTotalBytes")  # 64-bit, which JSON has as text


def run_id_of(path: Path) -> str:
    """Return the id in the name of a run's file, `run-<id>.wandb`.

    >>> run_id_of(Path("wandb/offline-run-20260101_120000-6tviu1ge/run-6tviu1ge.wandb"))
    '6tviu1ge'
    """
    match = _FILE_NAME.fullmatch(path.name)
    return match[1] if match else path.stem


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open the file of a run.

    Raises:
        UnreadableRunError: It is no W&B run at all, or cannot be opened or read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableRunError(
                f"{path} is no W&B run: it is a {_what(path)}, not a file; pass a run folder or a .wandb file"
            )
        with open(path, "rb", opener=_at_once) as file:
            if not is_run(file):
                raise UnreadableRunError(_no_run(path))
            yield file
    except OSError as error:
        raise UnreadableRunError(f"{path} cannot be read: {error.strerror or error}") from error


def _at_once(path: str, flags: int) -> int:
    """Open a file without waiting: a pipe without a writer would keep a whole listing waiting."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _what(path: Path) -> str:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        return "folder"
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"


def _no_run(path: Path) -> str:
    """Return what is told of a file that is no run."""
    if path.stat().st_size == 0:
        return (
            f"{path} is empty; W&B writes the first records of a run after up to 15 s: if it has just begun, try again"
        )
    return f"{path} is no W&B run: a .wandb file begins with the bytes ':W&B'; pass a run folder or a .wandb file"


def titled(run: dict[str, Any], path: Path) -> RunRecord:
    """Return a record with what the run's own record says, and nothing else."""
    return RunRecord(
        id=run.get("runId") or run_id_of(path),
        name=run.get("displayName", ""),
        project=run.get("project", ""),
        entity=run.get("entity", ""),
        group=run.get("runGroup", ""),
        job_type=run.get("jobType", ""),
        tags=tuple(run.get("tags", ())),
        notes=run.get("notes", ""),
        started_at=moment(run.get("startTime")),
        path=path,
    )


class Console:
    """What the run printed, the last million characters of it."""

    def __init__(self) -> None:
        self._parts: deque[str] = deque()
        self._length = 0

    def add(self, part: str) -> None:
        """Append what one record says."""
        self._parts.append(part[-_PRINTED:])
        self._length += len(self._parts[-1])
        while self._length - len(self._parts[0]) >= _PRINTED:
            self._length -= len(self._parts.popleft())

    def text(self) -> str:
        """Return all that was kept."""
        return "".join(self._parts)[-_PRINTED:]


def definition(found: dict[str, Any]) -> MetricDefinition:
    """Return what a call of `define_metric` said."""
    goal = found.get("goal")
    return MetricDefinition(
        name=found.get("name") or found.get("globName", ""),
        axis=found.get("stepMetric", ""),
        summary=tuple(word for word, wanted in found.get("summary", {}).items() if wanted),
        goal="min" if goal == _MINIMIZE else "max" if goal == _MAXIMIZE else None,
        hidden=found.get("options", {}).get("hidden", False),
    )


def environment_beside(path: Path) -> dict[str, Any]:
    """Return the environment of a run whose release kept it in a file beside the records, as those before 0.19 do."""
    with suppress(OSError, ValueError):
        place = path.parent / "files" / "wandb-metadata.json"
        if not stat.S_ISREG(place.stat().st_mode) or place.stat().st_size > _LARGEST_METADATA:
            return {}
        found = load_value(place.read_bytes())
        return from_metadata(found) if isinstance(found, dict) else {}
    return {}


def apply(values: NestedValues, data: bytes, span: Span, offset: int) -> None:
    """Apply the updates and removals of a config or summary message."""
    for path, text in items(data, span, 1):
        values.update(path, text, offset)
    for path, _ in items(data, span, 2):
        values.remove(path)


def artifact(found: dict[str, Any]) -> ArtifactRecord:
    """Return an artifact that the run logged."""
    manifest = found.get("manifest", {})
    size = None if manifest.get("manifestFilePath") else sum(e.get("size", 0) for e in manifest.get("contents", ()))
    return ArtifactRecord(
        name=found.get("name", ""),
        type=found.get("type", ""),
        aliases=tuple(sorted(found.get("aliases", ()))),
        digest=found.get("digest"),
        size=size,
    )


def used_artifact(found: dict[str, Any]) -> ArtifactRecord:
    """Return an artifact that the run used."""
    return ArtifactRecord(name=found.get("name", ""), type=found.get("type", ""), used=True)


def moment(timestamp: dict[str, int] | None) -> datetime | None:
    """Return the time of a timestamp message; None where it has none that a calendar knows."""
    if not timestamp:
        return None
    try:
        return EPOCH + timedelta(seconds=timestamp.get("seconds", 0), microseconds=timestamp.get("nanos", 0) // 1000)
    except OverflowError:
        return None


def readable(environment: dict[str, Any]) -> dict[str, Any]:
    """Return the environment with its start as text."""
    started_at = moment(environment.get("startedAt"))
    return {**environment, "startedAt": started_at.isoformat()} if started_at else environment


def from_metadata(found: Any) -> Any:
    """Return what `wandb-metadata.json` says as the run's own records do: numbers as numbers, times with their zone.

    >>> from_metadata({"disk": {"/": {"total": "1000"}}, "startedAt": "2026-01-02T03:04:05.5Z", "python": "3"})
    {'disk': {'/': {'total': 1000}}, 'startedAt': '2026-01-02T03:04:05.500000+00:00', 'python': '3'}
    """
    if isinstance(found, list):
        return [from_metadata(item) for item in found]
    if not isinstance(found, dict):
        return found
    read = {key: from_metadata(value) for key, value in found.items()}
    read |= {key: int(read[key]) for key in _COUNTED if isinstance(read.get(key), str) and read[key].isdigit()}
    with suppress(KeyError, TypeError, ValueError):
        read["startedAt"] = datetime.fromisoformat(read["startedAt"]).isoformat()
    return read


def is_open_end(part: Damage, end: int) -> bool:
    """Return whether a loss is what a writer leaves at the end of the file while it writes."""
    return part.offset + part.length >= end and part.kind in ("truncated", "zeros")
