"""A user's script as the training function of a cross-validation: run once a fold, its parameters as options."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trackexp.errors import UsageError


class ScriptEndedError(Exception):
    """The script ended itself with an exit code other than 0; what it was is what the fold failed by."""


@dataclass(frozen=True)
class FoldScript:
    """Runs a script as `python SCRIPT ARGS… --lr 0.1 --units 32`, in the process of the fold.

    Args:
        path: Of the script.
        arguments: The script's own, the same for every fold.
        data: Digest of the data that it is cross-validated over.
    """

    path: str
    arguments: tuple[str, ...] = ()
    data: str = ""

    is_script = True

    @property
    def __name__(self) -> str:
        return Path(self.path).name

    def __call__(self, run: Any, fold: Any, **params: Any) -> None:  # noqa: ARG002 - the script asks for them itself
        """Run the script; the process is as it was before, for the next fold.

        Raises:
            ScriptEndedError: It exited with another code than 0.
        """
        from trackexp.cli.recording.script import find_script

        options = [word for name, value in params.items() for word in (f"--{name}", str(value))]
        script = find_script(self.path, [*self.arguments, *options])
        before = list(sys.argv), list(sys.path), sys.modules["__main__"]
        script.enter()
        try:
            script.run()
        except SystemExit as ended:
            if ended.code not in (None, 0):
                raise ScriptEndedError(f"{self.path} exited with {ended.code!r}") from ended
        finally:
            sys.argv[:], sys.path[:], sys.modules["__main__"] = before

    def digests(self) -> tuple[str, str, list[Any]]:
        """Return the digest of the script and of the files beside it that it imports, that of its data, no arrays."""
        code = hashlib.sha256(" ".join(self.arguments).encode())
        for file in sorted(set(_sources(Path(self.path).resolve()))):
            code.update(ast.dump(ast.parse(file.read_bytes())).encode())
        return code.hexdigest()[:16], self.data, []


def _sources(script: Path) -> Iterator[Path]:
    """Yield a script and, at any depth, the modules beside it that it imports."""
    waiting, seen = [script], set[Path]()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError):
            continue
        yield file
        for name in _imported(tree):
            beside = script.parent / name.replace(".", "/")
            waiting += [path for path in (beside.with_suffix(".py"), beside / "__init__.py") if path.is_file()]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def read_grid(words: list[str]) -> dict[str, list[Any]]:
    """Read `lr=0.1,0.01` and `units=32,64` into values by parameter.

    Raises:
        UsageError: A word is none of that form, or names a parameter again.

    >>> read_grid(["lr=0.1,1e-2", "optimizer=adam,sgd"])
    {'lr': [0.1, 0.01], 'optimizer': ['adam', 'sgd']}
    """
    found: dict[str, list[Any]] = {}
    for word in words:
        name, equals, values = word.partition("=")
        name = name.strip().lstrip("-")
        if not equals or not name or not values.strip():
            raise UsageError(f"--grid {word}: expected a parameter with its values, such as lr=0.1,0.01.")
        if name in found:
            raise UsageError(f"--grid names {name} twice; write all its values in one: {name}=A,B.")
        found[name] = [_value(text.strip()) for text in values.split(",")]
    return found


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def check_script(path: str) -> None:
    """Raise where the script cannot be read or is no Python, before anything is trained.

    Raises:
        UsageError: There is no such file, or it is no Python.
    """
    from trackexp.cli.recording.script import find_script

    try:
        find_script(path)
    except SyntaxError as error:
        raise UsageError(f"{path} is no Python: {error.msg} (line {error.lineno}).") from error
