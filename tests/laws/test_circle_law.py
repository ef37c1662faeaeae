from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def module_of(path: Path) -> str:
    """Return a file's dotted name; a package's for its `__init__`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what can run, inside functions too; what stands under TYPE_CHECKING does not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield other
                yield from runtime_nodes(other)
            continue
        yield child
        yield from runtime_nodes(child)


def imports_of(tree: ast.Module, known: set[str]) -> set[str]:
    """Return the modules of ours that a module imports anywhere: the submodule where there is one of that name."""
    found: set[str] = set()
    for node in runtime_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & known or {node.module}
    return found & known


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected modules, by Tarjan's algorithm; one alone is no circle."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            place = stack.index(name)
            if len(stack) - place > 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found


def test_no_imports_go_in_circles(package: dict[Path, ast.Module]):
    """Nor by way of a function: whoever reads a module reads what it needs first, and nothing waits for itself.

    `trackexp` itself stands outside: it names everything, and its version may be asked from anywhere.
    """
    trees = {module_of(path): tree for path, tree in package.items() if module_of(path) != "trackexp"}
    graph = {name: imports_of(tree, set(trees)) - {name} for name, tree in trees.items()}

    assert [] == circles(graph)


def test_the_law_sees_a_circle():
    """One through a function counts, one for type checkers does not."""
    code = "def f():\n    from a.c import x\nif TYPE_CHECKING:\n    from a.d import y\n"

    assert {"a.c"} == imports_of(ast.parse(code), {"a.b", "a.c", "a.d"})
    assert [["a.b", "a.c"]] == circles({"a.b": {"a.c"}, "a.c": {"a.b"}, "a.d": {"a.b"}})
