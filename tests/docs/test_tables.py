from __future__ import annotations

import configparser
import re
import subprocess
import sys
from importlib import metadata
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


def test_the_version_is_one_everywhere():
    """The package, the citation, and the newest heading of the changelog."""
    import trackexp

    cited = re.search(r"^version: (\S+)$", (REPOSITORY / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    changed = re.search(r"^## \[(\d\S*)\]", (REPOSITORY / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert cited
    assert changed
    assert (trackexp.__version__, trackexp.__version__) == (cited[1], changed[1])


def test_the_table_of_extras_is_that_of_the_package():
    """No extra is left out, and none is invented."""
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", (DOCS / "install.md").read_text("utf-8"), re.MULTILINE)

    assert set(parser["options.extras_require"]) == set(re.findall(r"`(\w+)`", " ".join(rows)))


def test_all_is_every_extra_for_users():
    """But what builds the site and what tests the package."""
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    extras = parser["options.extras_require"]

    assert set(extras) - {"all", "docs", "dev"} == set(re.findall(r"\w+", extras["all"])) - {"trackexp"}


def test_wandb_has_an_upper_bound():
    """At the newest minor that is tested: its files and private places may move with a minor."""
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    bound = next(line for line in parser["options"]["install_requires"].split("\n") if line.startswith("wandb"))
    major, minor = metadata.version("wandb").split(".")[:2]

    assert f"<{major}.{int(minor) + 1}" in bound.replace(" ", "")
