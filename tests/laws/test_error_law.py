from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from trackexp import errors

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]


def drawn() -> dict[str, str | None]:
    """Return every class in the tree at the top of the file, with the class that it hangs under."""
    parents: dict[str, str | None] = {}
    line_of: list[str] = []  # the classes from the root down to the last line
    for depth, name in re.findall(r"^    ([│├└─ ]*)(\w+Error)\b", errors.__doc__ or "", flags=re.MULTILINE):
        del line_of[len(depth) // 4 :]
        parents[name] = line_of[-1] if line_of else None
        line_of.append(name)
    return parents


def test_the_tree_at_the_top_is_the_real_one():
    """Whoever reads the file's head knows every class and what it is caught by."""
    real = {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES}
    real["TrackexpError"] = None  # type: ignore[assignment]

    assert real == drawn()


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_is_documented_and_public(cls: type[Exception]):
    """A class of its own docstring, in `__all__`, and below the root."""
    assert cls.__doc__
    assert cls.__name__ in errors.__all__
    assert issubclass(cls, errors.TrackexpError)


def test_every_error_is_raised_somewhere(package: dict[Path, ast.Module]):
    """A class that nothing raises, itself or through a subclass, is a promise that nobody keeps."""
    calls = [node for tree in package.values() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = {ast.unparse(call.func).rpartition(".")[2] for call in calls}
    unkept = [cls.__name__ for cls in CLASSES if not any(c.__name__ in made for c in CLASSES if issubclass(c, cls))]

    assert [] == unkept
