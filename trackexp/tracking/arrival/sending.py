"""Sends what is missing: by `wandb sync`, which appends every row again, and so is given only the rows that are due."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackexp.reading.wandb_file.sending.logged_artifacts import ArtifactEntry, LoggedArtifact
from trackexp.reading.wandb_file.sending.rewriting import copy_without_rows
from trackexp.tracking import wandb_private
from trackexp.tracking.arrival.held import Held, held_by
from trackexp.tracking.arrival.missing import Missing, missing
from trackexp.tracking.arrival.sent import Sent, md5_of
from trackexp.tracking.opening.credentials import Credentials

# A run of which nobody knows how it ended does not become one that finished well by being sent.
_UNKNOWN_END = 1


def send(sent: Sent, credentials: Credentials, timeout: float | None = None) -> tuple[Missing, str]:
    """Send what the server does not hold of a session; return what is still missing, and what W&B said last.

    Args:
        sent: The session.
        credentials: Of the server.
        timeout: Seconds that one call of `wandb sync` may take; None for as long as it needs.

    Raises:
        ServerUnreachableError: The server does not answer.
    """
    said = ""
    held = _held(sent, credentials)
    lacking = missing(sent, held)
    if lacking.run:
        said = _sync(sent.file, timeout)
    elif lacking.rows or lacking.files:
        assert held is not None
        with tempfile.TemporaryDirectory(prefix="trackexp-sync-") as folder:
            said = _sync(_copy(sent, held, Path(folder)), timeout)
    lacking = missing(sent, _held(sent, credentials))
    if lacking.artifacts and not lacking.run:
        said = _log_again(sent, lacking.artifacts) or said
        lacking = missing(sent, _held(sent, credentials))
    return lacking, said


def _held(sent: Sent, credentials: Credentials) -> Held | None:
    return held_by(credentials, sent.entity, sent.project or "uncategorized", sent.run_id)


def _copy(sent: Sent, held: Held, folder: Path) -> Path:
    """Return a copy of the run's file beside the same files, without the rows that have arrived."""
    copy = folder / sent.file.parent.name / sent.file.name
    copy.parent.mkdir()
    copy_without_rows(sent.file, copy, held.last_step)
    (copy.parent / "files").symlink_to((sent.file.parent / "files").resolve(), target_is_directory=True)
    return copy


def _sync(file: Path, timeout: float | None) -> str:
    """Run W&B's own sync and return the end of what it said; whether all arrived is asked of the server, not of it."""
    command = [sys.executable, "-m", "wandb", "sync", "--no-skip-online", "--no-skip-synced", str(file)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"`wandb sync` did not end within {timeout:.0f} s"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if done.returncode and lines else ""


def _log_again(sent: Sent, artifacts: tuple[LoggedArtifact, ...]) -> str:
    """Log artifacts once more, which `wandb sync` does not do after a refusal; return what stands in the way."""
    found = {artifact.name: _contents(sent, artifact) for artifact in artifacts}
    lost = [f"the content of artifact {name} is not on this disk" for name, contents in found.items() if not contents]
    complete = [artifact for artifact in artifacts if found[artifact.name]]
    if not complete:
        return "; ".join(lost)
    import wandb

    with tempfile.TemporaryDirectory(prefix="trackexp-sync-") as folder:
        try:
            run = wandb_private.reopened(sent.entity, sent.project, sent.run_id, folder)
            for artifact in complete:
                again: Any = wandb.Artifact(
                    artifact.name, artifact.type, description=artifact.description or None, metadata=artifact.metadata
                )
                for name, path in found[artifact.name] or ():
                    again.add_file(str(path), name=name)
                run.log_artifact(again, aliases=[alias for alias in artifact.aliases if alias != "latest"])
            run.finish(exit_code=_UNKNOWN_END if sent.exit_code is None else sent.exit_code)
        except (wandb.errors.Error, ValueError, OSError, TimeoutError) as error:
            return "; ".join([*lost, str(error).splitlines()[0]])
    return "; ".join(lost)


def _contents(sent: Sent, artifact: LoggedArtifact) -> list[tuple[str, Path]] | None:
    """Return name and place of each file of an artifact; None where one of them is nowhere on this disk."""
    if not artifact.entries:
        return None
    places = [(entry.name, next(_places(sent, entry), None)) for entry in artifact.entries]
    return None if any(place is None for _, place in places) else [(name, place) for name, place in places if place]


def _places(sent: Sent, entry: ArtifactEntry) -> Iterator[Path]:
    """Yield where the content lies: the copy that W&B staged, or a file of the run."""
    if entry.reference:
        return
    if entry.source is not None and entry.source.is_file() and md5_of(entry.source) == entry.digest:
        yield entry.source
    yield from (sent.file.parent / "files" / name for name, digest in sent.files.items() if digest == entry.digest)
