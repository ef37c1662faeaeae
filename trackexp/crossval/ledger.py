"""What is done stays done: one line a trained fold, in the storage of a cross-validation.

`crossval.json` says whose storage it is, `ledger.jsonl` has a line for every attempt that ended, and `answers/` the
predictions of the scored rows. A line is written after the run has ended and after its predictions lie there, so what
the ledger says is done is done whole; a line that was cut by a crash is passed over.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.crossval.grid import setting_key
from trackexp.crossval.task import FoldTask, Outcome
from trackexp.errors import LedgerError, UsageError
from trackexp.tracking.arrival.lock import SendLock

SCHEMA = 1
_WORDS = {
    "rows": "the rows of the fold",
    "code": "the code",
    "data": "the data that the code holds",
    "seed": "the seed",
    "target": "the target",
}


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Args:
        key: What names the training; see `FoldTask.key`.
        parts: What the key was made of, by name.
        state: `"done"` or `"failed"`.
        scores: Every number of the scored rows; empty where it failed.
        score: The criterion at the time.
        run: Id of the run.
        run_folder: Where it lies.
        model: Its best model's file; "" without.
        parameters: Weights of the model; None where not known.
        has_answer: Whether predictions are kept.
        attempt: Which one it was, from 1.
        seconds: How long it took.
        error: Why it failed.
    """

    key: str
    parts: Mapping[str, Any]
    state: str
    scores: Mapping[str, float] = field(default_factory=dict)
    score: float | None = None
    run: str = ""
    run_folder: str = ""
    model: str = ""
    parameters: int | None = None
    has_answer: bool = False
    attempt: int = 1
    seconds: float = 0.0
    error: str = ""


class Storage:
    """The folder of one cross-validation.

    Args:
        folder: It is made where it is missing.
        whose: What is cross-validated: digests of rows and target, numbers of rows and folds.

    Raises:
        UsageError: It holds another cross-validation.
        LedgerError: `crossval.json` cannot be read.
    """

    def __init__(self, folder: Path, whose: Mapping[str, Any]) -> None:
        self.folder = folder
        self._said = folder / "crossval.json"
        self._ledger = folder / "ledger.jsonl"
        self._check(whose)
        self.whose = dict(whose)
        self.entries: list[Entry] = list(self._read())

    def _check(self, whose: Mapping[str, Any]) -> None:
        if self.folder.is_file():
            raise UsageError(f"storage {self.folder} is a file; expected a folder.")
        if not self._said.exists():
            return
        try:
            said = json.loads(self._said.read_text("utf-8"))["whose"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LedgerError(f"{self._said} cannot be read ({error}); name another storage, or remove it.") from error
        other = [
            f"{name} {said.get(name)!r}, here {value!r}" for name, value in whose.items() if said.get(name) != value
        ]
        if other:
            raise UsageError(
                f"storage {self.folder} holds another cross-validation ({'; '.join(other)}); name another folder."
            )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the storage in the block: nobody else writes to it.

        Raises:
            UsageError: Somebody else has it, or the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = SendLock(self.folder)
            if not lock.acquire():
                raise UsageError(f"storage {self.folder} is in use by {lock.holder()}; wait for it, or name another.")
        except OSError as error:
            raise UsageError(f"storage {self.folder} cannot be written ({error.strerror}); name another.") from error
        try:
            if not self._said.exists():
                self._said.write_text(json.dumps({"schema": SCHEMA, "whose": self.whose}, indent=1) + "\n", "utf-8")
            self.entries = list(self._read())  # another process may have had it until now
            yield
        finally:
            lock.release()

    def _read(self) -> Iterator[Entry]:
        try:
            lines = self._ledger.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                data = json.loads(line)
                data["scores"] = {name: math.nan if x is None else x for name, x in data["scores"].items()}
                data.pop("at", None)
                yield Entry(**data)
            except (ValueError, TypeError, KeyError):
                continue  # cut by a crash while it was written: that fold is trained again

    def add(self, task: FoldTask, parts: Mapping[str, Any], outcome: Outcome) -> Entry:
        """Write the line of an attempt that has ended, its predictions first."""
        if outcome.answer is not None:
            path = self._answer_file(task.key)
            path.parent.mkdir(exist_ok=True)
            with path.with_suffix(".part").open("wb") as file:
                np.save(file, outcome.answer)
            path.with_suffix(".part").replace(path)
        entry = Entry(
            task.key, parts, outcome.state, outcome.scores, outcome.score, outcome.run, outcome.run_folder,
            outcome.model, outcome.parameters, outcome.answer is not None, task.attempt, round(outcome.seconds, 3),
            outcome.error,
        )  # fmt: skip
        said = {**vars(entry), "parts": dict(parts), "at": datetime.now(UTC).isoformat(timespec="seconds")}
        said["scores"] = {name: x if math.isfinite(x) else None for name, x in outcome.scores.items()}
        torn = self._is_torn()
        with self._ledger.open("a", encoding="utf-8") as file:
            file.write(("\n" if torn else "") + json.dumps(said) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.entries.append(entry)
        return entry

    def _is_torn(self) -> bool:
        """Return whether the last line was cut while it was written."""
        try:
            with self._ledger.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except OSError:  # not there, or empty
            return False

    def done(self) -> dict[str, Entry]:
        """Return the entries of finished folds by key; of several the last."""
        return {entry.key: entry for entry in self.entries if entry.state == "done"}

    def attempts(self, key: str) -> int:
        """Return how often a training was begun that ended by itself."""
        return sum(entry.key == key for entry in self.entries)

    def answer(self, key: str) -> NDArray[Any]:
        """Return the predictions of a fold's scored rows.

        Raises:
            LedgerError: They are gone.
        """
        try:
            found: NDArray[Any] = np.load(self._answer_file(key), allow_pickle=False)
        except (OSError, ValueError) as error:
            raise LedgerError(
                f"{self._answer_file(key)} cannot be read ({error}); train again in another storage."
            ) from error
        return found

    def _answer_file(self, key: str) -> Path:
        return self.folder / "answers" / f"{key}.npy"

    def changed(self, parts: Mapping[str, Any]) -> list[str]:
        """Return what differs between a training and the nearest finished one of the same setting and fold."""
        alike = [
            entry.parts
            for entry in self.entries
            if entry.state == "done"
            and entry.parts.get("fold") == parts["fold"]
            and setting_key(entry.parts.get("params", {})) == setting_key(parts["params"])
        ]
        found = [[word for name, word in _WORDS.items() if one.get(name) != parts[name]] for one in alike]
        return min(found, key=len, default=[])
