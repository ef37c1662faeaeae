"""What a listing shows of one run, gathered record by record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from trackexp.reading.listing.latest import LatestSummary
from trackexp.reading.wandb_file.contents import apply, environment_beside, is_open_end, titled
from trackexp.reading.wandb_file.evidence import state_of
from trackexp.reading.wandb_file.framing import Batch, Frame, joined
from trackexp.reading.wandb_file.nested import DEEPEST, NestedValues
from trackexp.reading.wandb_file.wire import Span, decode, items, varint, walk
from trackexp.record import Damage, RunRecord, State

_MALFORMED = (ValueError, IndexError, RecursionError)
_SUMMARY = b"\x1a"  # its tag in Record
_PADDING = bytes(1)  # a length that is cut off ends there
_KIND = re.compile(rb"\x08[\x80-\xff]*[\x00-\x7f]([\x12\x1a])")  # the record's number, then a row or a summary
_MARK = b"\xc2\x0c"  # tag of Record._info, which what the script itself caused carries
_LISTED = frozenset({3, 5, 12, 17, 18, 26})  # summary, config, metric, run, exit and environment in Record
_OF_ENVIRONMENT = ("program", "codePath", "args")  # what a listing shows of it


class Gathered:
    """Run, config, summary and exit; rows of the history are passed over."""

    def __init__(self) -> None:
        self._run: dict[str, Any] = {}
        self._config: list[tuple[bytes, Span, int]] = []
        self._latest = LatestSummary()
        self._defined: set[bytes] = set()
        self._exit: dict[str, Any] | None = None
        self._environment: dict[str, Any] = {}
        self._damage: list[Damage] = []
        self._end = 0
        self.mark: bytes | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the run's own record was read."""
        return bool(self._run)

    @property
    def has_ended(self) -> bool:
        """Whether the exit record was read."""
        return self._exit is not None

    def metrics(self) -> set[bytes] | None:
        """Return the keys that were met or defined, as a record has them before a value; None where it is not plain."""
        paths = self._latest.keys()
        return None if paths is None else self._defined | {_written(path[-1]) for path in paths}

    def take(self, batch: Batch) -> None:
        """Add what a listing shows of the records of a batch."""
        buffer = batch.buffer()
        for place, (begin, stop) in enumerate(zip(batch.begins, batch.stops, strict=True)):
            kind = _KIND.match(buffer, begin, stop)
            if kind is None:
                self._take_other(batch.frame(place))
            elif kind[1] == _SUMMARY:
                frame = batch.frame(place)
                length, start = varint(frame.payload + _PADDING, kind.end() - begin)
                if start + length == len(frame.payload):
                    self._latest.add(frame.payload, start, len(frame.payload), frame.offset)
                else:
                    self._take_other(frame)

    def go_on(self, later: Gathered) -> None:
        """Add what was gathered of records that stand later in the file."""
        self._run = later._run or self._run
        self._config += later._config
        self._latest.extend(later._latest)
        self._exit = self._exit if later._exit is None else later._exit
        self._environment |= later._environment
        self._damage += later._damage

    def note(self, damage: Iterable[Damage], end: int) -> None:
        """Add damage of the part that was read, and to where the file was read."""
        self._damage += damage
        self._end = end

    def finish(self, path: Path) -> RunRecord:
        """Return the record, with the state by evidence."""
        config, wrong = self._values(self._config)
        summary, also_wrong = self._summary()
        marks = [Damage(offset, 0, "malformed") for offset in {*wrong, *also_wrong}]
        lost = sorted([*joined(self._damage), *marks], key=lambda part: part.offset)
        damage = tuple(replace(part, path=path) for part in lost)
        run, exit_code = self._run, None if self._exit is None else int(self._exit.get("exitCode", 0))
        state = state_of(exit_code, path, run.get("host", ""), damage, self._end)
        if state is State.RUNNING and damage and is_open_end(damage[-1], self._end):
            damage = damage[:-1]  # a record that is being written is no damage
        return replace(
            titled(run, path),
            state=state,
            exit_code=exit_code,
            config=config,
            summary=summary,
            environment=self._environment or self._beside(path),
            runtime=self._runtime(summary),
            damage=damage,
        )

    def _take_other(self, frame: Frame) -> None:
        payload = frame.payload
        try:
            if self.mark is None:
                self.mark = _mark_of(payload)
            span = (0, len(payload))
            if not any(number in _LISTED for number, *_ in walk(payload, span)):
                return
            for kind, content in decode(payload, span, "Record").items():
                self._take_one(kind, content, payload, frame.offset)
        except _MALFORMED:
            self._damage.append(Damage(frame.offset, frame.end - frame.offset, "malformed"))

    def _take_one(self, kind: str, content: Any, payload: bytes, offset: int) -> None:
        if kind == "run":  # a whole snapshot: a later one replaces the one before
            for name in ("config", "summary"):
                if name in content:
                    self._take_one(name, content.pop(name), payload, offset)
            self._run = content
        elif kind == "config":
            if any(len(keys) > DEEPEST for keys, _ in items(payload, content, 1)):
                raise ValueError("a key of too many levels")
            self._config.append((payload, content, offset))
        elif kind == "summary":
            start, stop = content
            self._latest.add(payload, start, stop, offset)
        elif kind == "metric" and content.get("name"):
            self._defined.add(_written(content["name"]))
        elif kind == "exit":
            self._exit = content
        elif kind == "environment":
            self._environment |= {name: content[name] for name in _OF_ENVIRONMENT if name in content}

    def _values(self, messages: list[tuple[bytes, Span, int]]) -> tuple[dict[str, Any], list[int]]:
        values = NestedValues()
        for payload, span, offset in messages:
            apply(values, payload, span, offset)
        return values.finish()

    def _summary(self) -> tuple[dict[str, Any], list[int]]:
        values, wrong = NestedValues(), []
        try:
            self._latest.apply_to(values)
        except _MALFORMED:
            wrong = self._latest.apply_what_is_sound(values)
        found, malformed = values.finish()
        return found, [*wrong, *malformed]

    def _beside(self, path: Path) -> dict[str, Any]:
        found = environment_beside(path)
        return {name: found[name] for name in _OF_ENVIRONMENT if name in found}

    def _runtime(self, summary: dict[str, Any]) -> float | None:
        known = [float(self._exit.get("runtime", 0))] if self._exit is not None else []
        if isinstance(logged := summary.get("_runtime"), int | float):
            known.append(float(logged))
        return max(known, default=None)


def _written(key: str) -> bytes:
    return key.encode() + b"\x82\x01"


def _mark_of(payload: bytes) -> bytes | None:
    """Return the mark with the run's id in it, when the file's first record has it before what it says."""
    place = payload.find(_MARK)
    fields = [(number, first, second) for number, _, first, second in walk(payload, (0, len(payload)))]
    numbers = [number for number, *_ in fields]
    if place < 0 or 200 not in numbers or numbers.index(200) == len(numbers) - 1:
        return None
    return payload[place : next(second for number, _, second in fields if number == 200)]
