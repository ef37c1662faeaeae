from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import trackexp

HEAVY = ["wandb", "keras", "tensorflow", "numpy", "pandas", "sklearn", "scipy", "ray", "fastapi", "torch", "jax"]
# By room, the imports of our own modules that stand inside functions.
DEFERRED = {
    "comparison": 0, "diagnosis": 0, "evaluation": 0, "partitioning": 0, "record": 0, "reporting": 0, "stats": 0,
    "models": 0, "torch": 1, "keras": 2, "registry": 3, "fit": 5, "reading": 5, "tracking": 20,
}  # fmt: skip
# Measured against `python -c pass`: these three of the standard library alone cost 1.8 to 2.3 of the 2.0 allowed.
COSTLY = ["logging", "dataclasses", "typing", "inspect", "asyncio", "contextlib"]


def test_importing_the_package_loads_nothing_heavy():
    """`import trackexp` costs a script next to nothing until it tracks something."""
    code = "import sys; bare = set(sys.modules); import trackexp; print(*sorted(set(sys.modules) - bare))"
    ran = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=root())

    assert [] == sorted(set(HEAVY + COSTLY) & set(ran.stdout.split()))


@pytest.mark.parametrize(
    "code",
    [
        "from trackexp import track",
        "import trackexp.track; from trackexp import track",
        "from trackexp.track import track",
        "import trackexp; track = trackexp.track",
        "import trackexp.track, trackexp; track = trackexp.track",
    ],
)
def test_track_is_the_function_whichever_way_it_is_imported(code: str):
    """The module and the function of one name do not shadow each other."""
    check = f"{code}\nassert callable(track) and track.__module__ == 'trackexp.track', track"
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False, cwd=root())

    assert (0, "") == (ran.returncode, ran.stderr)


def test_all_is_sorted_and_exactly_the_public_names():
    """`__all__`, what `dir` shows and what editors see through TYPE_CHECKING are one list."""
    for name in trackexp.__all__:
        getattr(trackexp, name)
    seen = {name for name in vars(trackexp) if not name.startswith("_") and not inspect.ismodule(vars(trackexp)[name])}

    assert sorted(trackexp.__all__) == trackexp.__all__
    assert set(trackexp.__all__) == seen - {"annotations", "TYPE_CHECKING"}
    assert set(trackexp.__all__) == typed_names()


@pytest.mark.parametrize("name", trackexp.__all__)
def test_every_public_name_is_documented(name: str):
    """`help(trackexp.x)` says something of its own."""
    documentation = inspect.getdoc(getattr(trackexp, name))

    assert documentation
    assert not documentation.startswith(f"{name}(")  # what dataclasses make up when there is none


def test_an_unknown_name_lists_what_exists():
    """A typing error in an attribute is answered with the public names."""
    with pytest.raises(AttributeError, match=r"no attribute 'trak'.*track"):
        trackexp.trak  # noqa: B018


def test_imports_inside_functions_only_become_fewer(package: dict[Path, ast.Module]):
    """One in a function hides what a module needs; where start-up time asks for it, `_lazy.attach` shows it.

    The numbers of `DEFERRED` may only be lowered.
    """
    lines = {
        (path.parts[1], path, inner.lineno)
        for path, tree in package.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom) and "trackexp" in ast.unparse(inner)
    }
    counts = Counter(room for room, _, _ in lines)

    assert {} == {room: counts[room] for room, most in DEFERRED.items() if counts[room] > most}


def typed_names() -> set[str]:
    """Return the names that the module's imports bind, those for type checkers included."""
    tree = ast.parse(Path(inspect.getfile(trackexp)).read_text(encoding="utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module != "__future__"]
    return {alias.asname or alias.name for node in froms for alias in node.names} - {"_attach"}


def root() -> Path:
    """Return the folder from which the package of this checkout is imported."""
    return Path(inspect.getfile(trackexp)).parents[1]
