"""Packages that come with an extra: import one, or say exactly what installs it."""

from __future__ import annotations

import json
import os
from importlib import import_module
from urllib.parse import unquote, urlparse

from trackexp.errors import MissingExtraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def install_command(extra: str) -> str:
    """Return the command that installs the packages of an extra, from where trackexp itself was installed.

    A folder is named as pip noted it (`direct_url.json`, PEP 610): an index may not have this version, or not at all.
    """
    place, editable = "trackexp", ""
    try:
        from importlib.metadata import distribution

        noted = json.loads(distribution("trackexp").read_text("direct_url.json") or "{}")
        path = unquote(urlparse(noted["url"]).path) if noted.get("url", "").startswith("file:") else ""
        if path and os.path.isdir(path):  # noqa: PTH112 - pathlib costs a listing its start
            place = "." if os.path.samefile(path, os.getcwd()) else path  # noqa: PTH109, PTH121
            editable = "-e " if noted.get("dir_info", {}).get("editable") else ""
    except (ImportError, OSError, ValueError, KeyError):
        pass  # run from a folder that nobody installed
    return f'pip install {editable}"{place}[{extra}]"'


def require(module: str, *, extra: str) -> ModuleType:
    """Import `module`, which the optional dependencies named `extra` bring.

    A package that is there and fails inside its own import is not missing: that error is its own and is left as it is.

    Raises:
        MissingExtraError: The package is not installed; the message has the command that installs it.

    >>> require("json", extra="torch").dumps([1])
    '[1]'
    >>> require("no_such_package.part", extra="torch")
    Traceback (most recent call last):
    trackexp.errors.MissingExtraError: no_such_package is not installed: pip install "trackexp[torch]"
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        package = module.partition(".")[0]
        if missing.name is None or missing.name.partition(".")[0] != package:
            raise
        raise MissingExtraError(f"{package} is not installed: {install_command(extra)}", name=package) from missing
