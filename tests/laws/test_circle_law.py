from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def imports(package: dict[Path, ast.Module]) -> dict[str, set[str]]:
    """By module, the modules of the package that it imports: at its top or inside a function, not for types alone."""
    names = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): tree for path, tree in package.items()}
    return {name: set(imported(tree, names)) - {name, "trackexp"} for name, tree in names.items()}


def test_no_import_circles(imports: dict[str, set[str]]):
    """Two modules that import each other, if only inside functions, are one thing in two files."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_circle_through_a_function_is_found():
    """The law counts imports wherever they stand, and passes over those for types."""
    names = {
        "trackexp": ast.parse(""),
        "trackexp.a": ast.parse("def f():\n    from trackexp.b import g"),
        "trackexp.b": ast.parse("if TYPE_CHECKING:\n    from trackexp.a import f\nfrom trackexp import a"),
    }

    assert {"trackexp.b"} == set(imported(names["trackexp.a"], names))
    assert {"trackexp.a"} == set(imported(names["trackexp.b"], names))


def imported(tree: ast.AST, names: Mapping[str, ast.AST]) -> Iterator[str]:
    """Yield the modules of the package that a piece of code imports when it runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield from imported(other, names)
        elif isinstance(node, ast.ImportFrom) and node.module in names:
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield module if module in names else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        else:
            yield from imported(node, names)
