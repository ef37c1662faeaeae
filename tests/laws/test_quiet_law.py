from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SPEAKERS = {"reporting", "cli"}  # the two packages that may write to a terminal
PROGRAMS = {"trackexp/models/reload.py"}  # run in a process of its own, whose parent reads what it prints
LOGGING_PROGRAMS = {"trackexp/cli/json_log.py"}  # a program writes its log; the library leaves that to the user
LOGGERS = {"'trackexp'", "'absl'"}  # Keras warns through absl: a filter there, nothing more
WRITERS = {
    "sys.stdout.write",
    "sys.stderr.write",
    "sys.stdout.writelines",
    "sys.stderr.writelines",
    "warnings.warn_explicit",
}
CONFIGURERS = ("addHandler", "basicConfig", "dictConfig", "fileConfig")


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with the dotted name of what it calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield ast.unparse(node.func), node


def test_only_reporting_and_the_command_line_write_to_a_terminal(package: dict[Path, ast.Module]):
    """Everything else returns, raises, or logs."""
    printing = [
        f"{path}:{call.lineno} {name}"
        for path, tree in package.items()
        if not SPEAKERS & set(path.parts) and path.as_posix() not in PROGRAMS
        for name, call in calls(tree)
        if name in {"print", "pprint.pprint", "pprint"} or name in WRITERS
    ]

    assert [] == printing


def test_the_package_has_one_logger_and_leaves_logging_to_the_user(package: dict[Path, ast.Module]):
    """`getLogger("trackexp")` everywhere; no handler, no level, no configuration of the root."""
    loggers = {ast.unparse(call.args[0]) if call.args else "root" for _, call in named(package, "getLogger")}
    configured = [
        f"{path}:{call.lineno}"
        for name in CONFIGURERS
        for path, call in named(package, name)
        if path.as_posix() not in LOGGING_PROGRAMS
    ]

    assert loggers <= LOGGERS
    assert [] == configured


def test_nothing_swallows_every_exception_in_silence(package: dict[Path, ast.Module]):
    """An `except` that catches everything does something with it."""
    silent = [
        f"{path}:{node.lineno}"
        for path, tree in package.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        if node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
        if all(isinstance(statement, ast.Pass) for statement in node.body)
    ]

    assert [] == silent


def named(package: dict[Path, ast.Module], wanted: str) -> Iterator[tuple[Path, ast.Call]]:
    """Yield the calls, anywhere in the package, of a function of that last name."""
    for path, tree in package.items():
        for name, call in calls(tree):
            if name.rpartition(".")[2] == wanted:
                yield path, call


@pytest.mark.parametrize("code", ["print('x')", "import sys; sys.stderr.write('x')"])
def test_the_law_itself_sees_what_it_forbids(code: str):
    """The scan finds the two ways in which code usually speaks."""
    found = {name for name, _ in calls(ast.parse(code))}

    assert found & ({"print"} | WRITERS)
