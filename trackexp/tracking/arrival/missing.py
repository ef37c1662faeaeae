"""What was sent against what is held."""

from __future__ import annotations

from dataclasses import dataclass

from trackexp.reading.wandb_file.logged_artifacts import LoggedArtifact
from trackexp.tracking.arrival.held import Held
from trackexp.tracking.arrival.sent import Sent

_NAMED = 3  # of many files, so many are named


@dataclass(frozen=True, slots=True)
class Missing:
    """What a session gave to W&B and the server does not hold.

    Args:
        run: The server does not know the run.
        rows: Whether the last rows of its history are missing.
        files: Names of files that are not there, or are there with another content.
        artifacts: Those that are not committed.
    """

    run: bool = False
    rows: bool = False
    files: tuple[str, ...] = ()
    artifacts: tuple[LoggedArtifact, ...] = ()

    def __bool__(self) -> bool:
        return self.run or self.rows or bool(self.files) or bool(self.artifacts)

    def __str__(self) -> str:
        if self.run:
            return "the whole run"
        more = len(self.files) - _NAMED
        files = [*self.files[:_NAMED], *([f"{more} more files"] if more > 0 else [])]
        artifacts = [f"artifact {artifact.name}" for artifact in self.artifacts]
        return ", ".join([*(["rows of the history"] if self.rows else []), *files, *artifacts])


def missing(sent: Sent, held: Held | None) -> Missing:
    """Return what of a session the server does not hold.

    Rows arrive in their order, so the last step tells of all of them, unless it is another session's too. An artifact
    is held under its name with the digest of its manifest.
    """
    if held is None:
        return Missing(run=True, artifacts=sent.artifacts)
    return Missing(
        rows=_lacks_rows(sent, held),
        files=tuple(
            name
            for name, digest in sent.files.items()
            if name not in held.files or (digest is not None and held.files[name] != digest)
        ),
        artifacts=tuple(a for a in sent.artifacts if (a.name, a.digest) not in held.artifacts),
    )


def is_apart(sent: Sent, held: Held) -> bool:
    """Return whether the steps of a session say nothing of its rows: another session's have the same.

    The other one is on this disk, or the server has rows that are of none here.
    """
    return sent.rows_due is not None or (sent.alone and not sent.marked and held.rows > sent.rows > 0)


def _lacks_rows(sent: Sent, held: Held) -> bool:
    if not is_apart(sent, held):
        return held.last_step < sent.last_step
    return sent.rows_due is None or held.rows < sent.rows_due
