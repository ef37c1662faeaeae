"""The artifacts of an online run, noted beside its file: there W&B writes none of them, as it does offline."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from trackexp.reading.wandb_file.logged_artifacts import ArtifactEntry, LoggedArtifact
from trackexp.tracking import wandb_private

logger = logging.getLogger("trackexp")

_NAME = "logged-artifacts.jsonl"


def keep_ledger(wandb_run: Any) -> None:
    """Note from now on what artifacts a `wandb.Run` hands to its client: online W&B's own file does not say.

    So one that the server refused, which the client keeps to itself, is missed and can be sent later.
    """
    folder = Path(wandb_run.dir).parent

    def note(artifact: Any, aliases: list[str]) -> None:
        try:
            note_artifact(folder, artifact, aliases)
        except (OSError, ValueError):  # the disk is full, or the artifact is of a kind without a manifest yet
            logger.debug("the artifact could not be noted", exc_info=True)

    wandb_private.watch_artifacts(wandb_run, note)


def note_artifact(run_folder: Path, artifact: Any, aliases: Iterable[str]) -> None:
    """Note a `wandb.Artifact` that was handed to W&B: its digest, and where each of its files was staged.

    Raises:
        OSError: The folder cannot be written.
    """
    entries = [
        {"name": name, "digest": entry.digest, "source": entry.local_path, "reference": entry.ref}
        for name, entry in artifact.manifest.entries.items()
    ]
    line = {
        "name": artifact.name.partition(":")[0],
        "type": artifact.type,
        "digest": artifact.digest,
        "description": artifact.description or "",
        "metadata": dict(artifact.metadata or {}),
        "aliases": list(aliases),
        "entries": entries,
    }
    with (run_folder / _NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, default=str) + "\n")


def noted_artifacts(run_folder: Path) -> list[LoggedArtifact]:
    """Return what was noted of a run's artifacts; a line that was cut short is left out."""
    with suppress(OSError):
        lines = (run_folder / _NAME).read_text(encoding="utf-8").splitlines()
        return [artifact for artifact in map(_artifact, lines) if artifact is not None]
    return []


def _artifact(line: str) -> LoggedArtifact | None:
    with suppress(ValueError, KeyError, TypeError):
        found = json.loads(line)
        entries = tuple(
            ArtifactEntry(e["name"], e["digest"], Path(e["source"]) if e["source"] else None, e["reference"])
            for e in found.pop("entries")
        )
        return LoggedArtifact(**{**found, "aliases": tuple(found["aliases"])}, entries=entries)
    return None
