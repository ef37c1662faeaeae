"""Things that are named as `package.module:name`, the way entry points are."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from trackexp.errors import UsageError, first_line, nearest

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


def import_code(place: str) -> ModuleType:
    """Import a file of Python, or a module by its name, and return it: what it registers and defines is then known.

    Raises:
        UsageError: There is none, or it fails while it is imported.
    """
    _see_working_folder()
    path = Path(place).expanduser()
    try:
        if path.suffix != ".py":
            return import_module(place)
        if not path.is_file():
            raise UsageError(f"--import {place}: there is no such file (current folder: {Path.cwd()}).")
        spec = spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise UsageError(f"--import {place} is not a Python file.")
        module = module_from_spec(spec)
        sys.modules.setdefault(path.stem, module)
        with _beside(path.parent):
            spec.loader.exec_module(module)
    except UsageError:
        raise
    except Exception as error:  # of the user's code
        raise UsageError(f"--import {place} fails: {type(error).__name__}: {first_line(error)}") from error
    return module


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Let modules beside a file be found while it is imported, as for a script."""
    here = str(folder.resolve())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _see_working_folder() -> None:
    """Let modules of the working folder be found, as `python -m` does."""
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.append(here)
