"""Where the ledgers lie: `models/` of the working folder, or what the project's files name."""

from __future__ import annotations

import os
from pathlib import Path

from trackexp.project import read_project

DEFAULT_FOLDER = "models"
DEFAULT_REGISTRY = "wandb-registry-model"


def ledger_folder(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of the ledgers.

    Args:
        given: Taken as it is; None takes what the project names by `models`, from the folder of the file that does, and
            `models/` of the working folder where none does.

    Raises:
        ConfigurationError: The project's file is not what it should be.
    """
    if given is not None:
        return Path(given)
    project = read_project()
    named = project and project.text("models")
    return project.path.parent / named if project and named else Path.cwd() / DEFAULT_FOLDER


def registry_project() -> str:
    """Return the registry to link into: what the project names by `registry`, else `DEFAULT_REGISTRY`."""
    project = read_project()
    return (project and project.text("registry")) or DEFAULT_REGISTRY
