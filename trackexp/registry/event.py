"""One event of a model's ledger: what was done to which alias, why, and on whose evidence."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

EVENT_SCHEMA = 1
SHOWN_DIGITS = 12  # of a hash, in file names and on the screen
_SHA256 = re.compile(r"[0-9a-f]{64}")

Action = Literal["promote", "refuse", "rollback", "remove"]
ACTIONS: tuple[Action, ...] = ("promote", "refuse", "rollback", "remove")
MOVES = frozenset({"promote", "rollback", "remove"})  # the actions after which an alias points elsewhere


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model: the SHA-256 of its file, whatever number W&B gives it.

    Args:
        file: Name of the file in its run.
        run: `entity/project/id`, or the id alone of an offline run.
        artifact: Name of the W&B artifact that holds it, without version.
        manifest: Digest of that artifact's manifest, by which the server's copy is found.
        runs_code: Whether loading it can run code from the file; None where that is not known.
    """

    sha256: str
    bytes: int = 0
    file: str = ""
    run: str = ""
    artifact: str = ""
    manifest: str = ""
    runs_code: bool | None = None

    @property
    def short(self) -> str:
        """The digits by which people name it."""
        return self.sha256[:SHOWN_DIGITS]


@dataclass(frozen=True, slots=True)
class EvaluationEvidence:
    """The evaluation that the decision rests on.

    Args:
        run: Of the evaluation; "" where it was made on the spot.
        rows: Digest of the rows, see `trackexp.stats.sketch`.
        n: How many rows.
        numbers: Every number of it, by name.
        looks: How often this test set has judged versions of this model, this time included.
    """

    run: str = ""
    data: str = ""
    rows: str = ""
    n: int = 0
    artifact: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    looks: int = 0


@dataclass(frozen=True, slots=True)
class GateResult:
    """What one gate said.

    Args:
        gate: Its name, such as `"thresholds"`.
        outcome: `"cannot tell"` blocks as `"failed"` does; `"waived"` lets pass what did either, for `reason`.
        text: What was seen, in a sentence.
    """

    gate: str
    outcome: Literal["passed", "failed", "cannot tell", "waived"]
    text: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def blocks(self) -> bool:
        """Whether a promotion is refused for it."""
        return self.outcome in ("failed", "cannot tell")


@dataclass(frozen=True)
class Event:
    """One immutable entry of a ledger.

    Args:
        parents: Hashes of the events that were the latest when this one was written: a Merkle DAG, as git's.
        previous: SHA-256 of the version that the alias pointed at before; "" for none.
        by: `user`, `host`, and `commit` of the working folder.
        at: UTC, ISO 8601; the order of events is that of `parents`, never of clocks.
        reason: A person's words; "" where none were given.
        trackexp: Version that wrote it.
    """

    model: str
    action: Action
    alias: str
    version: Version
    parents: tuple[str, ...] = ()
    previous: str = ""
    gates: tuple[GateResult, ...] = ()
    evaluation: EvaluationEvidence | None = None
    by: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    reason: str = ""
    trackexp: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON-ready data, with its schema number."""
        return {"schema": EVENT_SCHEMA, **asdict(self)}

    def to_bytes(self) -> bytes:
        """Return the canonical JSON of the event: what is hashed, and what its file holds."""
        return canonical_json(self.to_dict())

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def moves(self) -> bool:
        """Whether the alias points elsewhere after it."""
        return self.action in MOVES

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """Read an event back from `to_dict`'s form.

        Raises:
            ValueError: It is not one, with what is wrong.
        """
        if data.get("schema") != EVENT_SCHEMA:
            raise ValueError(f"its schema is {data.get('schema')!r}, expected {EVENT_SCHEMA}")
        if data.get("action") not in ACTIONS:
            raise ValueError(f"its action is {data.get('action')!r}, expected one of {', '.join(ACTIONS)}")
        try:
            evaluation = data["evaluation"]
            plain = {key: value for key, value in data.items() if key != "schema"}
            event = cls(
                **{
                    **plain,
                    "parents": tuple(data["parents"]),
                    "version": Version(**data["version"]),
                    "gates": tuple(GateResult(**row) for row in data["gates"]),
                    "evaluation": None if evaluation is None else EvaluationEvidence(**evaluation),
                }
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"it lacks or has something else: {error}") from error
        if not isinstance(event.version.sha256, str) or not _SHA256.fullmatch(event.version.sha256):
            raise ValueError("its version has no SHA-256")
        return event


def canonical_json(data: Mapping[str, Any]) -> bytes:
    """Return data as JSON with sorted keys and no spaces: equal data, equal bytes.

    Raises:
        ValueError: A number is not finite: JSON has none such.
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")
