"""The settings that a project keeps in its own files.

In `pyproject.toml` they are the table `[tool.trackexp]`, in `setup.cfg` the section `[tool:trackexp]`. The first one
found from the working folder upwards counts, `pyproject.toml` before `setup.cfg`:

    [tool.trackexp]
    select = ["TX1", "overfitting"]
    ignore = ["lr-too-high"]
    fail_on = "warning"
    preview = true
    models = "registry/models"
    registry = "wandb-registry-model"

    [tool.trackexp.rules.dropout-too-high]
    min_warning_rate = 0.9

In `setup.cfg` lists are words separated by commas, and a rule's thresholds stand in a section such as
`[tool:trackexp.rules.dropout-too-high]`.
"""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from trackexp.errors import ConfigurationError, nearest

SETTINGS = ("select", "ignore", "fail_on", "preview", "rules", "models", "registry")
_LISTS = ("select", "ignore")
_SECTION = "tool:trackexp"


class Project(NamedTuple):
    """The settings of a project.

    Args:
        path: The file they were read from.
        settings: By name, each one of `SETTINGS`; the values as they stand there, not checked.
    """

    path: Path
    settings: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """Return a setting that is a text, None where the project does not say.

        Raises:
            ConfigurationError: It is something else.
        """
        value = self.settings.get(name)
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"{self.path}: [tool.trackexp] {name} = {value!r}; expected a text.")
        return value


def read_project(folder: Path | None = None) -> Project | None:
    """Return the settings of the project around a folder, by default the current one; None where it has none.

    Raises:
        ConfigurationError: A file cannot be read, or has a setting that does not exist.
    """
    start = (folder or Path.cwd()).resolve()
    for place in (start, *start.parents):
        for name, read in (("pyproject.toml", _from_toml), ("setup.cfg", _from_cfg)):
            path = place / name
            table = read(path) if path.is_file() else None
            if table is not None:
                return Project(path, {_known(key, path): value for key, value in table.items()})
    return None


def _known(key: str, path: Path) -> str:
    name = key.replace("-", "_")
    if name not in SETTINGS:
        raise ConfigurationError(
            f"{path}: {key!r} is no setting of trackexp's{nearest(key, SETTINGS)}: "
            f"expected one of {', '.join(SETTINGS)}"
        )
    return name


def _from_toml(path: Path) -> dict[str, Any] | None:
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    table = tool.get("trackexp") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigurationError(f"{path}: tool.trackexp is {table!r}, expected a table [tool.trackexp]")
    return table


def _from_cfg(path: Path) -> dict[str, Any] | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    rules = {
        name.removeprefix(f"{_SECTION}.rules."): {key: _value(text) for key, text in parser[name].items()}
        for name in parser.sections()
        if name.startswith(f"{_SECTION}.rules.")
    }
    if _SECTION not in parser and not rules:
        return None
    table: dict[str, Any] = dict(parser[_SECTION]) if _SECTION in parser else {}
    for key in _LISTS:
        if key in table:
            table[key] = [word for line in table[key].split() for word in line.split(",") if word]
    if "preview" in table:
        table["preview"] = parser.BOOLEAN_STATES.get(table["preview"].lower(), table["preview"])
    return {**table, **({"rules": rules} if rules else {})}


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
