"""Where the ledgers lie: `models/` of the working folder, or what the project's files name."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from trackexp.errors import ConfigurationError

DEFAULT_FOLDER = "models"


def ledger_folder(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of the ledgers.

    Args:
        given: Taken as it is; None looks for `models` under `[tool.trackexp]` of the nearest `pyproject.toml` at or
            above the working folder, and takes `models/` of the working folder where there is none.

    Raises:
        ConfigurationError: `models` is no text.
    """
    if given is not None:
        return Path(given)
    here = Path.cwd()
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            named = _named_in(path)
            return here / DEFAULT_FOLDER if named is None else folder / named
    return here / DEFAULT_FOLDER


def registry_project() -> str:
    """Return the registry to link into, `wandb-registry-model` unless `[tool.trackexp] registry` names another."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            value = _table(path).get("registry", "wandb-registry-model")
            return str(value)
    return "wandb-registry-model"


def _named_in(path: Path) -> str | None:
    value = _table(path).get("models")
    if value is not None and not isinstance(value, str):
        raise ConfigurationError(f"{path}: [tool.trackexp] models = {value!r}; expected the path of a folder as text.")
    return value


def _table(path: Path) -> dict[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("trackexp", {})
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    return table if isinstance(table, dict) else {}
