"""One `.wandb` file → one RunRecord."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from trackexp.reading.wandb_file.columns import Columns
from trackexp.reading.wandb_file.contents import (
    EPOCH,
    Console,
    apply,
    artifact,
    definition,
    environment_beside,
    is_open_end,
    moment,
    opened,
    readable,
    titled,
    used_artifact,
)
from trackexp.reading.wandb_file.evidence import state_of
from trackexp.reading.wandb_file.framing import Batch, Frame, LogReader, joined
from trackexp.reading.wandb_file.messages import SUMMARY, find_items, locate
from trackexp.reading.wandb_file.nested import NestedValues, load_value
from trackexp.reading.wandb_file.numbers import read_cells
from trackexp.reading.wandb_file.run_files import list_files
from trackexp.reading.wandb_file.summary_updates import SummaryUpdates
from trackexp.reading.wandb_file.wire import Span, decode, items
from trackexp.record import ArtifactRecord, Damage, FileRecord, MetricDefinition, RunRecord, State

_MALFORMED = (ValueError, IndexError, RecursionError)  # what malformed protobuf or JSON raises


def read_file(path: Path) -> RunRecord:
    """Read a `.wandb` file as far as it can be read.

    Raises:
        UnreadableRunError: It is no W&B run at all, or cannot be opened.
    """
    with opened(path) as file:
        log = LogReader(file)
        assembly = Assembly(log)
        for batch in log.batches():
            assembly.take_many(batch)
    return assembly.finish(path)


class Assembly:
    """A RunRecord in the making: takes one record after the other, or many at once."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._malformed: list[Damage] = []
        self._updates: SummaryUpdates | None = None
        self._place: int | None = None
        self._cells_before = 0
        self._run: dict[str, Any] = {}
        self._config, self._summary = NestedValues(), NestedValues()
        self._columns = Columns()
        self._peaks: dict[str, float] = {}
        self._environment: dict[str, Any] = {}
        self._files: list[str] = []
        self._artifacts: list[ArtifactRecord] = []
        self._alerts: list[dict[str, Any]] = []
        self._defined: dict[str, MetricDefinition] = {}
        self._console = Console()
        self._exit: dict[str, Any] | None = None
        self._last_sample = EPOCH
        self._takers: dict[str, Callable[[bytes, Any, int], None]] = {
            "run": self._take_run,
            "config": lambda data, span, at: apply(self._config, data, span, at),
            "summary": self._take_summary,
            "history": self._take_history,
            "stats": self._take_stats,
            "environment": lambda _data, found, _at: self._environment.update(found),
            "files": lambda _data, found, _at: self._files.extend(f.get("path", "") for f in found.get("files", ())),
            "artifact": lambda _data, found, _at: self._artifacts.append(artifact(found)),
            "useArtifact": lambda _data, found, _at: self._artifacts.append(used_artifact(found)),
            "metric": self._take_metric,
            "outputRaw": lambda _data, found, _at: self._console.add(found.get("line", "")),
            "alert": lambda _data, found, _at: self._alerts.append(found),
            "exit": self._take_exit,
        }

    def take_many(self, batch: Batch) -> None:
        """Add what many records say: history and summary in one pass, whatever else or odd there is one by one."""
        bodies = locate(batch)
        items = find_items(bodies)
        cells = read_cells(bodies, items)
        self._updates = SummaryUpdates(bodies, items, batch, self._summary)
        others = (bodies.kind != SUMMARY) | ~items.proven
        others[cells.rows] = False
        for place in np.flatnonzero(others).tolist():
            self._place, self._cells_before = place, int(np.searchsorted(cells.rows, place))
            self.take(batch.frame(place))
        self._updates.apply_before(len(batch))
        self._columns.close_batch(cells)
        self._updates, self._place, self._cells_before = None, None, 0

    def take(self, frame: Frame) -> None:
        """Add what one record says; one that is malformed is noted as damage, an unknown one passed over."""
        try:
            record = decode(frame.payload, (0, len(frame.payload)), "Record")
            for kind, content in record.items():
                self._takers[kind](frame.payload, content, frame.offset)
        except _MALFORMED:
            self._malformed.append(Damage(frame.offset, frame.end - frame.offset, "malformed"))

    def finish(self, path: Path, *, keep: bool = False) -> RunRecord:
        """Return the record, with the state by evidence and the damage by place.

        Args:
            path: The file.
            keep: Records are still to come: the record is of what was read so far, without the files of the run.
        """
        config, wrong_config = self._config.finish()
        summary, wrong_summary = self._summary.finish()
        marks = [Damage(offset, 0, "malformed") for offset in {*wrong_config, *wrong_summary}]
        if self._columns.left_out:
            marks.append(Damage(0, 0, "excess"))
        lost = [*joined([*self._log.damage, *self._malformed]), *marks]
        damage = tuple(replace(part, path=path) for part in sorted(lost, key=lambda part: part.offset))
        run, exit_code = self._run, None if self._exit is None else int(self._exit.get("exitCode", 0))
        state = state_of(exit_code, path, run.get("host") or self._environment.get("host", ""), damage, self._log.end)
        if state is State.RUNNING and damage and is_open_end(damage[-1], self._log.end):
            damage = damage[:-1]  # a record that is being written is no damage
        history = self._columns.finish(keep=keep)
        started_at = moment(run.get("startTime") or self._environment.get("startedAt"))
        return replace(
            titled(run, path),
            state=state,
            exit_code=exit_code,
            config=deepcopy(config) if keep else config,
            summary=deepcopy(summary) if keep else summary,
            history=history,
            system=dict(self._peaks),
            environment=readable(self._environment) or environment_beside(path),
            files=() if keep else self.files(path),
            artifacts=tuple(self._artifacts),
            alerts=tuple(self._alerts),
            metric_definitions=dict(self._defined),
            console=self._console.text(),
            started_at=started_at,
            runtime=self._runtime(started_at, history["_runtime"].values.max() if "_runtime" in history else None),
            damage=damage,
        )

    def files(self, path: Path) -> tuple[FileRecord, ...]:
        """Return the files of the run as they are on this disk now."""
        return list_files(path.parent, self._files)

    def _take_run(self, data: bytes, found: dict[str, Any], offset: int) -> None:
        """Each run record is a whole snapshot: a later one, after `run.name = …`, replaces the one before."""
        for values, name in ((self._config, "config"), (self._summary, "summary")):
            if name in found:
                self._catch_up()
                apply(values, data, found.pop(name), offset)
        self._run = found

    def _take_history(self, data: bytes, span: Span, _offset: int) -> None:
        step = decode(data, span, "HistoryRecord").get("step")
        own = None if step is None else step.get("num", 0)
        self._columns.add(items(data, span, 1), own, place=self._place, before=self._cells_before)

    def _take_summary(self, data: bytes, span: Span, offset: int) -> None:
        self._catch_up()
        apply(self._summary, data, span, offset)

    def _catch_up(self) -> None:
        """Apply the updates of the summary that came before this record and are read in one pass."""
        if self._updates is not None and self._place is not None:
            self._updates.apply_before(self._place)

    def _take_stats(self, data: bytes, span: Span, _offset: int) -> None:
        for path, text in items(data, span, 3):
            value = load_value(text)
            if isinstance(value, int | float) and not isinstance(value, bool):
                self._peaks[path[-1]] = max(self._peaks.get(path[-1], float(value)), float(value))
        sampled = moment(decode(data, span, "StatsRecord").get("timestamp"))
        self._last_sample = max(self._last_sample, sampled or EPOCH)

    def _take_metric(self, _data: bytes, found: dict[str, Any], _offset: int) -> None:
        defined = definition(found)
        self._defined[defined.name] = defined

    def _take_exit(self, _data: bytes, found: dict[str, Any], _offset: int) -> None:
        self._exit = found

    def _runtime(self, started_at: datetime | None, last_row: float | None) -> float | None:
        known = [] if last_row is None else [float(last_row)]
        if self._exit is not None:
            known.append(float(self._exit.get("runtime", 0)))
        if started_at is not None and self._last_sample > started_at:
            known.append((self._last_sample - started_at).total_seconds())
        return max(known, default=None)
