"""A config that is a file: YAML, JSON or TOML as people write them, and W&B's own form of YAML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trackexp.errors import UsageError, first_line


def read_config(path: str) -> dict[str, Any]:
    """Return what a file says, by its suffix: `.json`, `.toml`, anything else as YAML.

    W&B's form is read too, in which each entry is `{"value": …}`, with a `desc` beside it or not.

    Raises:
        UsageError: There is no such file, it cannot be read, or it holds no mapping.
    """
    file = Path(path).expanduser()
    try:
        data = _parsed(file.read_bytes(), file.suffix.lower())
    except FileNotFoundError:
        raise UsageError(
            f"config={path!r}: there is no such file in {_here()}; expected a dict, a dataclass, "
            "an argparse.Namespace or the path of a YAML, JSON or TOML file"
        ) from None
    except OSError as error:
        raise UsageError(f"config={path!r} cannot be read: {error.strerror}") from None
    except Exception as error:  # each parser has errors of its own
        kind = {".json": "JSON", ".toml": "TOML"}.get(file.suffix.lower(), "YAML")
        raise UsageError(f"config={path!r} is not {kind}: {first_line(error)}") from None
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise UsageError(f"config={path!r} holds {type(data).__name__}, expected names with values, such as lr: 0.001")
    return _plain(data)


def _parsed(text: bytes, suffix: str) -> Any:
    if suffix == ".json":
        return json.loads(text)
    if suffix == ".toml":
        return tomllib.loads(text.decode("utf-8"))
    import yaml

    return yaml.safe_load(text)


def _plain(data: Mapping[Any, Any]) -> dict[str, Any]:
    entries = {str(name): value for name, value in data.items() if name not in ("wandb_version", "_wandb")}
    if entries and all(
        isinstance(value, Mapping) and {"value"} <= set(value) <= {"value", "desc"} for value in entries.values()
    ):
        return {name: value["value"] for name, value in entries.items()}
    return entries


def _here() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return "a working folder that is gone"
