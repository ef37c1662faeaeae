from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

PURE = {"record", "stats", "diagnosis", "comparison", "evaluation", "monitoring", "partitioning", "reporting"}


@pytest.fixture
def contracts(repository: Path) -> configparser.ConfigParser:
    """The contracts of the house as import-linter reads them."""
    parser = configparser.ConfigParser()
    parser.read(repository / "setup.cfg", encoding="utf-8")
    return parser


def test_imports_point_down(repository: Path):
    """Every contract of setup.cfg is kept, by imports inside functions too."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=False)

    assert 0 == ran.returncode, ran.stdout[-4000:] + ran.stderr[-2000:]


def test_every_package_of_analysis_is_under_the_purity_contract(contracts: configparser.ConfigParser, repository: Path):
    """A package of analysis that is new is held to purity from its first commit."""
    held = contracts["importlinter:contract:purity"]["source_modules"].split()
    there = {f"trackexp.{name}" for name in PURE if (repository / "trackexp" / name / "__init__.py").exists()}

    assert there == set(held)


def test_a_layer_that_is_there_is_no_longer_optional(contracts: configparser.ConfigParser, repository: Path):
    """Brackets in the contract mean "not there yet", and nothing else."""
    words = contracts["importlinter:contract:layers"]["layers"].replace("|", " ").split()
    home = repository / "trackexp"

    expected = [name for name in words if name.strip("()") in {path.stem for path in home.iterdir()}]
    assert [name for name in words if not name.startswith("(")] == expected
