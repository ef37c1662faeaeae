"""What one session of a run gave to W&B, read from its own file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from trackexp.errors import UnreadableRunError
from trackexp.reading.wandb_file.assembly import read_file
from trackexp.reading.wandb_file.sending.logged_artifacts import LoggedArtifact, logged_artifacts
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
        rows: How many rows of history have a number in them.
        last_step: W&B's step of the last row; -1 where there is none.
        files: Base64 MD5 by name; None for a file that W&B writes itself.
        artifacts: What it logged.
        running: Whether it is still being written.
    """

    file: Path
    run_id: str
    entity: str
    project: str
    exit_code: int | None
    rows: int
    last_step: int
    files: dict[str, str | None]
    artifacts: tuple[LoggedArtifact, ...]
    running: bool = False


def sent_of(file: Path) -> Sent:
    """Return what a session gave to W&B.

    Raises:
        UnreadableRunError: It is no run.
    """
    record = read_file(file)
    steps = {int(step) for series in record.history.values() for step in series.steps}
    try:
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
        max(steps, default=-1),
        _files(record),
        tuple(artifacts),
        record.state is State.RUNNING,
    )


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
    return found[::-1]


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
