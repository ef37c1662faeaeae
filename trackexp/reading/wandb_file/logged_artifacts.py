"""The artifacts that a run logged, with what is in them: enough to log them once more."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackexp.reading.wandb_file.framing import LogReader
from trackexp.reading.wandb_file.wire import decode, walk

_ARTIFACT = 8  # the field of a Record


@dataclass(frozen=True, slots=True)
class ArtifactEntry:
    """A file of an artifact: its name there, the base64 MD5 of its content, where it was staged; or a reference."""

    name: str
    digest: str
    source: Path | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class LoggedArtifact:
    """One call of `log_artifact`.

    Args:
        digest: Of the manifest, as the server computes it too.
        entries: None where the manifest is in a file of its own that is gone.
    """

    name: str
    type: str
    digest: str
    description: str
    metadata: dict[str, Any]
    aliases: tuple[str, ...]
    entries: tuple[ArtifactEntry, ...] | None


def logged_artifacts(path: Path) -> list[LoggedArtifact]:
    """Return the artifacts that the run of a `.wandb` file logged, in their order.

    Raises:
        OSError: The file cannot be read.
    """
    found: list[LoggedArtifact] = []
    with path.open("rb") as file:
        for frame in LogReader(file):
            with suppress(ValueError, IndexError, TypeError):  # a malformed record is damage, which reading notes
                span = (0, len(frame.payload))
                if any(number == _ARTIFACT for number, *_ in walk(frame.payload, span)):
                    found.append(_artifact(decode(frame.payload, span, "Record")["artifact"]))
    return found


def _artifact(found: dict[str, Any]) -> LoggedArtifact:
    manifest = found.get("manifest", {})
    metadata: Any = {}
    with suppress(ValueError):
        metadata = json.loads(found.get("metadata") or "{}")
    return LoggedArtifact(
        name=found.get("name", ""),
        type=found.get("type", ""),
        digest=found.get("digest", ""),
        description=found.get("description", ""),
        metadata=metadata if isinstance(metadata, dict) else {},
        aliases=tuple(found.get("aliases", ())),
        entries=None if manifest.get("manifestFilePath") else tuple(map(_entry, manifest.get("contents", ()))),
    )


def _entry(found: dict[str, Any]) -> ArtifactEntry:
    source = found.get("localPath")
    return ArtifactEntry(
        found.get("path", ""), found.get("digest", ""), Path(source) if source else None, found.get("ref") or None
    )
