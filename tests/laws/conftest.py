from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
OURS = ("trackexp", "tests", "benchmarks", "examples", "docs")  # folders whose code is ours
FOREIGN = REPOSITORY / "tests" / "wandb_server"  # kept as it came


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def package() -> dict[Path, ast.Module]:
    """Every module of the package by its path from the root, parsed."""
    files = sorted((REPOSITORY / "trackexp").rglob("*.py"))
    return {path.relative_to(REPOSITORY): ast.parse(path.read_text(encoding="utf-8")) for path in files}


@pytest.fixture(scope="session")
def sources() -> list[Path]:
    """Every Python file of ours, tests and benchmarks included."""
    found = [path for folder in OURS for path in sorted((REPOSITORY / folder).rglob("*.py"))]
    return [path for path in found if FOREIGN not in path.parents]


@pytest.fixture(scope="session")
def texts() -> dict[Path, str]:
    """Every text file that the repository holds or is about to hold, by its path from the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False).stdout.decode().split("\0")
    if listed == [""]:  # an archive without its .git
        pytest.skip("this is no git checkout")
    found: dict[Path, str] = {}
    for name in filter(None, listed):
        path = REPOSITORY / name
        if path.is_file() and FOREIGN not in path.parents and b"\0" not in (data := path.read_bytes()):
            found[Path(name)] = data.decode("utf-8", errors="replace")
    return found
