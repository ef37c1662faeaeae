from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

LONGEST_FILE = 400  # lines
LONGEST_FUNCTION = 50  # lines
FULLEST_FOLDER = 20  # Python files
EMPTY_NAMES = {"utils", "util", "core", "common", "helpers", "helper", "base", "misc"}


def test_no_file_is_too_long(sources: list[Path], repository: Path):
    """A file of more than 400 lines does two things."""
    long = {str(path.relative_to(repository)): len(path.read_text("utf-8").splitlines()) for path in sources}

    assert {} == {name: lines for name, lines in long.items() if lines > LONGEST_FILE}


def test_no_function_is_too_long(sources: list[Path], repository: Path):
    """A function of more than 50 lines, signature and docstring included, does two things."""
    long = {
        f"{path.relative_to(repository)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in sources
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {} == {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION}


def test_no_folder_is_too_full(package: dict[Path, ast.Module]):
    """More than twenty files in a folder are two folders; a family of rules is a list and may be long."""
    files = Counter(path.parent for path in package if "rules" not in path.parts)

    assert {} == {str(folder): count for folder, count in files.items() if count > FULLEST_FOLDER}


def test_no_folder_is_too_deep(package: dict[Path, ast.Module]):
    """Two folders below the package are enough to guess a file; rules have a third, their family."""
    depths = {path.parent: len(path.parent.parts) - 1 for path in package}

    deep = {str(folder): depth for folder, depth in depths.items() if depth > (3 if "rules" in folder.parts else 2)}
    assert {} == deep


def test_no_folder_holds_a_single_module(package: dict[Path, ast.Module]):
    """A folder with one module in it is a module; its `__init__` does not count."""
    inside = Counter(path.parent for path in package if path.name != "__init__.py")
    inside.update(path.parent.parent for path in package if path.name == "__init__.py")

    assert [] == [str(folder) for folder in {path.parent for path in package} if inside[folder] < 2]


def test_no_file_has_an_empty_name(sources: list[Path]):
    """A name such as `utils` says nothing of what is inside."""
    assert [] == [str(path) for path in sources if path.stem in EMPTY_NAMES or path.parent.name in EMPTY_NAMES]


def test_every_module_has_a_docstring_and_postponed_annotations(package: dict[Path, ast.Module]):
    """The first line of a module says what it is for; annotations cost nothing at import."""
    silent = [str(path) for path, tree in package.items() if not ast.get_docstring(tree)]
    eager = [str(path) for path, tree in package.items() if len(tree.body) > 1 and not postponed(tree)]

    assert ([], []) == (silent, eager)


def postponed(tree: ast.Module) -> bool:
    """Return whether the module begins with `from __future__ import annotations`."""
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
