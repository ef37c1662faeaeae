from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of the README: its language, its text, and where it begins."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Ran:
    """What a block did."""

    block: Block
    status: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def readme() -> str:
    """The README's text."""
    return (REPOSITORY / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def blocks(readme: str) -> list[Block]:
    """Every fenced block, in its order."""
    return [Block(match[1], match[2], readme.count("\n", 0, match.start()) + 1) for match in FENCE.finditer(readme)]


@pytest.fixture(scope="session")
def ran(blocks: list[Block], tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """Every block, run as a reader would run them: one after the other in one new folder, at home nowhere else."""
    place = tmp_path_factory.mktemp("reader")
    (place / "home").mkdir()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_", "PYTEST_"))
    }
    own = {
        "HOME": str(place / "home"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    return [run(block, place, {**kept, **own}) for block in blocks]


def run(block: Block, place: Path, environment: dict[str, str]) -> Ran:
    """Run one block. What `make` would do is only resolved: it installs, and would run these very tests again.

    What `docker` does is tested under tests/docker, where there is an engine.
    """
    if block.language == "python":
        command = [sys.executable, "-c", block.text]
    else:
        make = f'make() {{ command make --no-print-directory --dry-run -C "{REPOSITORY}" "$@" >/dev/null; }}\n'
        # Wheels are built and installed by tests/docs/test_package.py
        stubs = "docker() { :; }\npip() { :; }\npython() { [ \"$*\" = '-m build' ]; }\n"
        command = ["bash", "-euo", "pipefail", "-c", make + stubs + block.text]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=300)
    return Ran(block, done.returncode, done.stdout, done.stderr)
