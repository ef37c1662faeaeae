from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"


def commands() -> set[str]:
    """Return the commands of `trackexp --help`."""
    told = subprocess.run(
        [sys.executable, "-m", "trackexp", "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "100"}
    ).stdout
    return set(re.findall(r"^[│ ]*([a-z][a-z-]+)  +\S", told.partition("Commands")[2], re.MULTILINE))


def test_the_tasks_name_every_command():
    """The commands of the list of tasks are those of `trackexp --help`, all of them and no other."""
    named = set(re.findall(r"`trackexp ([a-z][a-z-]*)", (DOCS / "how-do-i.md").read_text("utf-8")))

    assert named
    assert commands() == named


def test_every_environment_variable_is_in_the_table():
    """What the package reads from the environment stands in the reference, and nothing else does."""
    code = "\n".join(path.read_text("utf-8") for path in (REPOSITORY / "trackexp").rglob("*.py"))
    page = (DOCS / "reference" / "environment.md").read_text("utf-8")

    assert set(re.findall(r"\bTRACKEXP_[A-Z_]+\b", code)) == set(re.findall(r"\bTRACKEXP_[A-Z_]+\b", page))
