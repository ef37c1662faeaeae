"""A listed record as one line of text and back; config and summary are parsed when somebody asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from trackexp.record import Damage, RunRecord, State

_PLAIN = ("id", "name", "project", "entity", "group", "job_type", "notes", "exit_code", "runtime")


class LazyMapping(Mapping[str, Any]):
    """A mapping that is JSON text until it is looked into."""

    __slots__ = ("_text", "_values")

    def __init__(self, text: str) -> None:
        self._text = text
        self._values: dict[str, Any] | None = None

    def _parsed(self) -> dict[str, Any]:
        if self._values is None:
            self._values = json.loads(self._text)
        return self._values

    def __getitem__(self, key: str) -> Any:
        return self._parsed()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed())

    def __len__(self) -> int:
        return len(self._parsed())

    def __repr__(self) -> str:
        return repr(self._parsed())

    def __eq__(self, other: object) -> bool:
        return self._parsed() == (other._parsed() if isinstance(other, LazyMapping) else other)

    __hash__ = None  # type: ignore[assignment]


def to_text(record: RunRecord) -> str:
    """Return a listed record as text that `from_text` reads."""
    head = [
        *(getattr(record, name) for name in _PLAIN),
        record.tags,
        record.state,
        record.started_at and record.started_at.isoformat(),
        [(part.offset, part.length, part.kind) for part in record.damage],
        dict(record.environment),
    ]
    parts = (json.dumps(part, separators=(",", ":")) for part in (head, dict(record.config), dict(record.summary)))
    return "\n".join(parts)  # JSON of this kind holds no line end


def from_text(text: str, path: Path) -> RunRecord:
    """Return the record of a file again.

    Raises:
        ValueError: The text is not what `to_text` wrote.
    """
    head, config, summary = text.split("\n")
    (
        run_id,
        name,
        project,
        entity,
        group,
        job_type,
        notes,
        exit_code,
        runtime,
        tags,
        state,
        started_at,
        damage,
        environment,
    ) = json.loads(head)
    return RunRecord(
        id=run_id,
        name=name,
        project=project,
        entity=entity,
        group=group,
        job_type=job_type,
        tags=tuple(tags),
        notes=notes,
        state=State(state),
        exit_code=exit_code,
        config=LazyMapping(config),
        summary=LazyMapping(summary),
        environment=environment,
        started_at=datetime.fromisoformat(started_at) if started_at else None,
        runtime=runtime,
        path=path,
        damage=tuple(Damage(offset, length, kind, path) for offset, length, kind in damage) if damage else (),
    )
