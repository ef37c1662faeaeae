"""What one session of a run gave to W&B, read from its own file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from trackexp.errors import UnreadableRunError
from trackexp.reading.wandb_file.assembly import read_file
from trackexp.reading.wandb_file.logged_artifacts import LoggedArtifact, logged_artifacts
from trackexp.reading.wandb_file.rewriting import steps_of
from trackexp.record import RunRecord, State
from trackexp.tracking.arrival.ledger import noted_artifacts

# W&B writes these itself, at its end also a last time: there they must be, but not of which content.
_BY_WANDB = frozenset(
    {"config.yaml", "wandb-summary.json", "wandb-metadata.json", "output.log", "requirements.txt", "diff.patch"}
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One session of a run as this disk has it.

    Args:
        file: Its `.wandb` file.
        rows: How many rows its history has.
        first_step: W&B's step of the first row; 0 where there is none.
        last_step: W&B's step of the last row; -1 where there is none.
        files: Base64 MD5 by name; None for a file that W&B writes itself.
        artifacts: What it logged.
        running: Whether it is still being written.
        marked: Whether all of it arrived once: it was recorded online, or a sync has set W&B's mark beside it.
        alone: Whether no other session of the run is on this disk.
        rows_due: For a session whose steps are also those of another one: so many rows the server has when it has it.
            Offline each session counts from 0, and the server numbers its rows anew, behind those that it has.
    """

    file: Path
    run_id: str
    entity: str
    project: str
    exit_code: int | None
    rows: int
    first_step: int
    last_step: int
    files: dict[str, str | None]
    artifacts: tuple[LoggedArtifact, ...]
    running: bool = False
    marked: bool = True
    alone: bool = True
    rows_due: int | None = None


def sent_of(file: Path) -> Sent:
    """Return what a session gave to W&B.

    Raises:
        UnreadableRunError: It is no run.
    """
    record = read_file(file)
    try:
        steps = steps_of(file)
        artifacts = [*logged_artifacts(file), *noted_artifacts(file.parent)]
    except OSError as error:
        raise UnreadableRunError(f"{file} cannot be read: {error.strerror or error}") from error
    return Sent(
        file,
        record.id,
        record.entity,
        record.project,
        record.exit_code,
        len(steps),
        min(steps, default=0),
        max(steps, default=-1),
        _files(record),
        tuple(artifacts),
        record.state is State.RUNNING,
        marked=not file.parent.name.startswith("offline-") or is_marked(file),
    )


def mark(file: Path) -> None:
    """Note that all of a run's file has arrived, as `wandb sync` does it, which then passes it over."""
    with suppress(OSError):
        _mark_of(file).touch()


def is_marked(file: Path) -> bool:
    """Return whether a sync has sent the file as it stands; a run that was gone on with has news."""
    try:
        return _mark_of(file).stat().st_mtime >= file.stat().st_mtime
    except OSError:
        return False


def _mark_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.synced")


def sessions_sent(files: Iterable[Path]) -> list[Sent]:
    """Return what each session gave; a file that a later session of the same run wrote too is that one's affair.

    Raises:
        UnreadableRunError: One of them is no run.
    """
    later: dict[str, set[str]] = {}
    found = []
    for sent in reversed([sent_of(file) for file in files]):
        names = later.setdefault(sent.run_id, set())
        found.append(replace(sent, files={name: md5 for name, md5 in sent.files.items() if name not in names}))
        names.update(sent.files)
    by_run: dict[str, list[Sent]] = {}
    for sent in found[::-1]:
        by_run.setdefault(sent.run_id, []).append(sent)
    return [sent for sessions in by_run.values() for sent in _beside(sessions)]


def _beside(sessions: list[Sent]) -> list[Sent]:
    """Return the sessions of one run, each with what the others mean for it."""
    if len(sessions) == 1:
        return sessions
    due = sum(sent.rows for sent in sessions if sent.marked)
    found = []
    for sent in sessions:
        due += 0 if sent.marked else sent.rows
        again = any(
            other is not sent and sent.first_step <= other.last_step and other.first_step <= sent.last_step
            for other in sessions
        )
        found.append(replace(sent, alone=False, rows_due=due if again and not sent.marked else None))
    return found


def _files(record: RunRecord) -> dict[str, str | None]:
    return {
        file.name: None if file.name in _BY_WANDB else md5_of(file.path)
        for file in record.files
        if file.path is not None
    }


def md5_of(path: Path) -> str:
    """Return the MD5 of a file as W&B writes it, in base64."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return base64.b64encode(digest.digest()).decode()
