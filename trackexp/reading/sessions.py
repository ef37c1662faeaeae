"""A run that was resumed: one file per session → one record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trackexp.record import FileRecord, History, RunRecord, Series


def merged(parts: Sequence[RunRecord]) -> RunRecord:
    """Return what several sessions of a run, oldest first, say together.

    Names, state and environment are those of the last session, config and summary have its values over those of the
    sessions before, peaks are over all. History is in the order of the sessions: one that was resumed offline, without
    its server, counts its steps from 0 again, and goes on behind the last step of the one before. The runtime is that
    of the sessions, without the time between them.
    """
    last = parts[-1]
    if len(parts) == 1:
        return last
    starts = [part.started_at for part in parts if part.started_at is not None]
    lasted = [part.runtime for part in parts if part.runtime is not None]
    files: dict[str, FileRecord] = {}
    for file in (file for part in parts for file in part.files):
        if file.path is not None or file.name not in files:
            files[file.name] = file
    return replace(
        last,
        config=_updated(part.config for part in parts),
        summary=_updated(part.summary for part in parts),
        history=_joined([part.history for part in parts]),
        system=_peaks(part.system for part in parts),
        environment=last.environment or _updated(part.environment for part in parts),
        files=tuple(files[name] for name in sorted(files)),
        artifacts=tuple(dict.fromkeys(artifact for part in parts for artifact in part.artifacts)),
        alerts=tuple(alert for part in parts for alert in part.alerts),
        metric_definitions=_updated(part.metric_definitions for part in parts),
        console="".join(part.console for part in parts),
        started_at=min(starts, default=None),
        runtime=sum(lasted) if lasted else None,
        damage=tuple(damage for part in parts for damage in part.damage),
    )


def _updated(mappings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {key: value for mapping in mappings for key, value in mapping.items()}


def _peaks(mappings: Iterable[Mapping[str, float]]) -> dict[str, float]:
    peaks: dict[str, float] = {}
    for key, value in (item for mapping in mappings for item in mapping.items()):
        peaks[key] = max(value, peaks.get(key, value))
    return peaks


def _joined(histories: Sequence[History]) -> History:
    names = dict.fromkeys(name for history in histories for name in history)
    if not names:  # a listing, which needs no numpy
        return History()
    import numpy as np

    begins = _begins(histories)
    series: dict[str, Series] = {}
    for name in names:
        parts = [(history[name], begin) for history, begin in zip(histories, begins, strict=True) if name in history]
        steps = np.concatenate([part.steps + begin for part, begin in parts])
        series[name] = Series(name, steps, np.concatenate([part.values for part, _ in parts]))
    return History(series)


def _begins(histories: Sequence[History]) -> list[int]:
    """Return by how many steps each session's are to be moved so that they follow those of the session before."""
    begins: list[int] = []
    end: int | None = None
    for history in histories:
        steps = [series.steps for series in history.values() if len(series)]
        first = min((int(part[0]) for part in steps), default=0)
        last = max((int(part[-1]) for part in steps), default=0)
        begins.append(end + 1 - first if end is not None and steps and first <= end else 0)
        if steps:
            end = last + begins[-1]
    return begins
