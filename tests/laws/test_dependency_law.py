from __future__ import annotations

import ast
import configparser
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

IMPORTED_AS = {"scikit-learn": "sklearn", "python-dotenv": "dotenv", "pyyaml": "yaml"}
FRAMEWORKS = {"tensorflow", "torch", "jax"}  # extras: which backend Keras runs on is the user's choice
# The extra `serve`, which one room alone imports; starlette is what FastAPI is made of.
OF_SERVING = {"fastapi", "fastapi_offline", "prometheus_client", "starlette", "uvicorn"}
OF_WANDB = {"requests", "pydantic"}  # wandb requires both and shows them in its interface: they come and go with it


@pytest.fixture
def declared(repository: Path) -> set[str]:
    """The distributions that an installation brings."""
    parser = configparser.ConfigParser()
    parser.read(repository / "setup.cfg", encoding="utf-8")
    lines = parser["options"]["install_requires"].split("\n")
    return {re.split(r"[\s<>=~!;\[]", line.strip())[0] for line in lines if line.strip()}


def imported(package: dict[Path, ast.Module]) -> set[str]:
    """Return the top-level names of everything that the package imports, in functions too."""
    found: set[str] = set()
    for tree in package.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    return found


def test_everything_imported_is_declared(package: dict[Path, ast.Module], declared: set[str]):
    """A package that happens to be there because another one brings it is no dependency to stand on."""
    known = {IMPORTED_AS.get(name, name) for name in declared} | set(sys.stdlib_module_names) | {"trackexp"}

    assert set() == imported(package) - known - FRAMEWORKS - OF_WANDB - OF_SERVING
    elsewhere = {path: tree for path, tree in package.items() if "serving" not in path.parts}
    assert set() == imported(elsewhere) & OF_SERVING
    assert {re.split(r"\W", line)[0] for line in metadata.requires("wandb") or ()} >= OF_WANDB


def test_everything_declared_is_imported(package: dict[Path, ast.Module], declared: set[str]):
    """Nobody installs what nothing uses."""
    assert set() == {name for name in declared if IMPORTED_AS.get(name, name) not in imported(package)}


def test_every_dependency_has_its_line_among_the_decisions(repository: Path, declared: set[str]):
    """The decisions say of each what it is for, how well it is kept and what it replaces."""
    decisions = (repository / "docs" / "explanation" / "decisions.md").read_text("utf-8")

    assert set() == {name for name in declared if not re.search(rf"^\| {re.escape(name)}\b", decisions, re.MULTILINE)}
