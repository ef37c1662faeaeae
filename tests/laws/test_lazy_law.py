from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

LAZY = ("trackexp", "comparison", "keras", "models", "reading", "reporting")


def imports_in(statements: list[ast.stmt]) -> dict[str, str]:
    """Return name → module of the imports among the statements."""
    froms = [node for node in statements if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in froms for alias in node.names}


def homes_in(tree: ast.AST) -> dict[str, str]:
    """Return name → module of what is handed to `attach` below that node."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and "attach" in ast.unparse(node.func)]
    return {
        name: module for call in calls for module, names in ast.literal_eval(call.args[1]).items() for name in names
    }


def attaching(package: dict[Path, ast.Module]) -> dict[Path, tuple[dict[str, str], dict[str, str]]]:
    """Return, of every package that attaches, what type checkers see and what is attached."""
    found = {}
    for path, tree in package.items():
        for node in tree.body:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and homes_in(node):
                found[path] = imports_in(node.body), homes_in(node)
    return found


def test_what_type_checkers_see_is_what_is_loaded(package: dict[Path, ast.Module]):
    """The imports under TYPE_CHECKING and the names handed to `attach` are one list, name by name and home by home."""
    both = attaching(package)

    assert {path: attached for path, (_, attached) in both.items()} == {path: seen for path, (seen, _) in both.items()}
    assert len(both) >= len(LAZY)


def test_there_is_one_lazy_device(package: dict[Path, ast.Module]):
    """No module writes a `__getattr__` of its own at module level."""
    own = [
        str(path)
        for path, tree in package.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
    ]

    assert [] == own


@pytest.mark.parametrize("name", LAZY)
def test_an_attached_name_is_its_home_s(name: str):
    """Every public name of a lazy package loads, and is listed by `dir`."""
    module = import_module("trackexp" if name == "trackexp" else f"trackexp.{name}")

    assert set(module.__all__) <= set(dir(module))
    assert all(getattr(module, public) is getattr(module, public) for public in module.__all__)


@pytest.mark.parametrize("name", LAZY)
def test_an_unknown_name_of_a_lazy_package_says_what_there_is(name: str):
    """The answer names the package, the name and the public ones; a private name needs no list."""
    module = import_module("trackexp" if name == "trackexp" else f"trackexp.{name}")
    with pytest.raises(AttributeError) as public:
        _ = module.no_such_name
    with pytest.raises(AttributeError) as private:
        _ = module._no_such_name

    assert f"module {module.__name__!r} has no attribute 'no_such_name'; it has {module.__all__[0]}" in str(
        public.value
    )
    assert f"module {module.__name__!r} has no attribute '_no_such_name'" == str(private.value)
