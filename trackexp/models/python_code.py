"""Things that are named as `package.module:name`, the way entry points are."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trackexp.errors import UsageError, nearest

_PLACE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def names_an_object(place: str) -> bool:
    """Return whether a text has the form `package.module:name` and its package is there to be imported.

    >>> names_an_object("json:loads"), names_an_object("no_such_package:x"), names_an_object("model.h5")
    (True, False, False)
    """
    if not _PLACE.fullmatch(place):
        return False
    _see_working_folder()
    return find_spec(place.partition(":")[0].partition(".")[0]) is not None


def find_object(place: str) -> Any:
    """Import what `package.module:name` stands for; modules of the working folder are found too.

    Raises:
        UsageError: It has another form, or there is no such module or name.

    >>> find_object("json:loads")("[1]")
    [1]
    """
    module_name, colon, name = place.partition(":")
    if not colon or not _PLACE.fullmatch(place):
        raise UsageError(f"{place!r} names no Python object; expected package.module:name.")
    _see_working_folder()
    try:
        found: Any = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise
        raise UsageError(f"there is no module {module_name!r} here (looked in {Path.cwd()} too).") from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise UsageError(f"module {module_name!r} has no {part!r}{nearest(part, dir(found))}.")
        found = getattr(found, part)
    return found


def _see_working_folder() -> None:
    """Let modules of the working folder be found, as `python -m` does."""
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.append(here)
