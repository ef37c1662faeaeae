"""Packages that come with an extra: import one, or say exactly what installs it."""

from __future__ import annotations

from importlib import import_module

from trackexp.errors import MissingExtraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def require(module: str, *, extra: str) -> ModuleType:
    """Import `module`, which the optional dependencies named `extra` bring.

    A package that is there and fails inside its own import is not missing: that error is its own and is left as it is.

    Raises:
        MissingExtraError: The package is not installed; the message is the command that installs it.

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
        raise MissingExtraError(
            f'{package} is not installed: pip install "trackexp[{extra}]"', name=package
        ) from missing
