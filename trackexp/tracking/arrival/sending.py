"""Sends what is missing: by `wandb sync`, which appends every row again, and so is given only the rows that are due."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from trackexp.errors import first_line
from trackexp.reading.wandb_file.logged_artifacts import ArtifactEntry, LoggedArtifact
from trackexp.reading.wandb_file.rewriting import copy_without_rows
from trackexp.tracking import wandb_private
from trackexp.tracking.arrival.held import Held, held_of
from trackexp.tracking.arrival.lock import Held as LockHeld
from trackexp.tracking.arrival.missing import Missing, is_apart, missing
from trackexp.tracking.arrival.sent import Sent, mark, md5_of
from trackexp.tracking.opening.credentials import Credentials

# A run of which nobody knows how it ended does not become one that finished well by being sent.
_UNKNOWN_END = 1
# How long the rows of a run must have stopped coming in, and how often that is waited for.
_SETTLE_SECONDS, _MOST_LOOKS = 1.0, 10


def send(
    sent: Sent, credentials: Credentials, timeout: float | None = None, lock: LockHeld | None = None
) -> tuple[Missing, str]:
    """Send what the server does not hold of a session; return what is still missing, and what W&B said last.

    Args:
        sent: The session.
        credentials: Of the server.
        timeout: Seconds that one call of `wandb sync` may take; None for as long as it needs.
        lock: Held from before the server is asked until all is sent, by the processes that send, too.

    Raises:
        ServerUnreachableError: The server does not answer.
    """
    said, files = "", tuple(lock.files) if lock else ()
    held = _settled(sent, credentials) if lock and lock.left_behind else held_of(sent, credentials)
    lacking = missing(sent, held)
    if lacking.run:
        said = _sync(sent.file, credentials, timeout, files)
        held = held_of(sent, credentials)
        lacking = missing(sent, held)
    if held is not None and (lacking.rows or lacking.files):  # also what W&B's own reader left of a damaged file
        said = _sync_rest(sent, held, lacking, credentials, timeout, files)
        after = held_of(sent, credentials)
        if after is not None and is_apart(sent, held) and after.rows >= held.rows + sent.rows:
            sent = replace(sent, marked=True)
        lacking = missing(sent, after)
    if lacking.artifacts and not lacking.run:
        said = _log_again(sent, lacking.artifacts, credentials) or said
        lacking = missing(sent, held_of(sent, credentials))
    if not lacking:
        mark(sent.file)
    return lacking, said


def _settled(sent: Sent, credentials: Credentials) -> Held | None:
    """Return what the server holds once that has stopped growing: a killed sender's last rows may still come in."""
    held = held_of(sent, credentials)
    for _ in range(_MOST_LOOKS):
        time.sleep(_SETTLE_SECONDS)
        before, held = held, held_of(sent, credentials)
        if (before and before.rows) == (held and held.rows):
            break
    return held


def _sync_rest(
    sent: Sent,
    held: Held,
    lacking: Missing,
    credentials: Credentials,
    timeout: float | None,
    files: tuple[int, ...],
) -> str:
    arrived = held.last_step
    if is_apart(sent, held):
        arrived = -1 if lacking.rows else sent.last_step
    with tempfile.TemporaryDirectory(prefix="trackexp-sync-") as folder:
        return _sync(_copy(sent, arrived, Path(folder)), credentials, timeout, files)


def _copy(sent: Sent, arrived: int, folder: Path) -> Path:
    """Return a copy of the run's file beside the same files, without the rows up to the step that has arrived."""
    copy = folder / sent.file.parent.name / sent.file.name
    copy.parent.mkdir()
    copy_without_rows(sent.file, copy, arrived)
    (copy.parent / "files").symlink_to((sent.file.parent / "files").resolve(), target_is_directory=True)
    return copy


def _sync(file: Path, credentials: Credentials, timeout: float | None, files: tuple[int, ...]) -> str:
    """Run W&B's own sync and return the end of what it said; whether all arrived is asked of the server, not of it.

    It holds the lock with us: should we be killed, it goes on sending.
    """
    command = [sys.executable, "-m", "wandb", "sync", "--no-skip-online", "--no-skip-synced", str(file)]
    try:
        done = subprocess.run(
            command,
            env=_environment(credentials),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            pass_fds=files,
        )
    except subprocess.TimeoutExpired:
        return f"`wandb sync` did not end within {timeout:.0f} s"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if done.returncode and lines else ""


def _environment(credentials: Credentials) -> dict[str, str]:
    """Return the environment of a sync: whoever asks for it means now, whatever mode the training had."""
    kept = {name: value for name, value in os.environ.items() if name not in ("WANDB_MODE", "WANDB_DISABLED")}
    return {**kept, "WANDB_BASE_URL": credentials.base_url, "WANDB_API_KEY": credentials.key or ""}


def _log_again(sent: Sent, artifacts: tuple[LoggedArtifact, ...], credentials: Credentials) -> str:
    """Log artifacts once more, which `wandb sync` does not do after a refusal; return what stands in the way."""
    found = {artifact.name: _contents(sent, artifact) for artifact in artifacts}
    lost = [f"the content of artifact {name} is not on this disk" for name, contents in found.items() if not contents]
    complete = [artifact for artifact in artifacts if found[artifact.name]]
    if not complete:
        return "; ".join(lost)
    import wandb

    with tempfile.TemporaryDirectory(prefix="trackexp-sync-") as folder:
        try:
            run = wandb_private.reopened(
                sent.entity, sent.project, sent.run_id, folder, credentials.base_url, credentials.key
            )
            for artifact in complete:
                again = wandb_private.artifact_like(
                    artifact.name, artifact.type, artifact.description or None, artifact.metadata
                )
                for name, path in found[artifact.name] or ():
                    again.add_file(str(path), name=name)
                run.log_artifact(again, aliases=[alias for alias in artifact.aliases if alias != "latest"])
            run.finish(exit_code=_UNKNOWN_END if sent.exit_code is None else sent.exit_code)
        except (wandb.errors.Error, ValueError, OSError, TimeoutError) as error:
            return "; ".join([*lost, first_line(error)])
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
