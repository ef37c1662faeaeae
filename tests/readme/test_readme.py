from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from trackexp.diagnosis.discovery import across_rules, all_rules

REPOSITORY = Path(__file__).parents[2]
RUNNABLE = {"python", "bash"}


@pytest.mark.heavy
def test_every_block_runs(ran):
    """A reader who copies the blocks one after the other gets through all of them."""
    wrong = [f"line {one.block.line} ended with {one.status}:\n{one.stderr[-2000:]}" for one in ran if one.status]

    assert ran
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.heavy
def test_every_block_prints_what_it_says_that_it_prints(ran):
    """What stands behind `# →` is in the output, in that order."""
    promised = 0
    for one in ran:
        rest = one.stdout
        for line in re.findall(r"^ *# → (.+)$", one.block.text, re.MULTILINE):
            assert line in rest, f"line {one.block.line} does not print {line!r}, but:\n{one.stdout}"
            rest = rest.partition(line)[2]
            promised += 1

    assert promised


def test_every_block_is_of_a_language_that_is_run(blocks):
    """No block escapes by having no language."""
    assert set() == {(block.line, block.language) for block in blocks if block.language not in RUNNABLE}


def test_the_command_list_is_that_of_the_help(readme: str):
    """The commands named in the README are those of `trackexp --help`, all of them and no other."""
    told = subprocess.run(
        [sys.executable, "-m", "trackexp", "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "100"}
    ).stdout
    helped = set(re.findall(r"^[│ ]*([a-z][a-z-]+)  +\S", told.partition("Commands")[2], re.MULTILINE))
    named = set(re.findall(r"`trackexp ([a-z][a-z-]*)", readme))

    assert helped
    assert helped == named


def test_every_link_into_the_repository_leads_somewhere(readme: str):
    """A picture or a file that the README points to is there."""
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", readme) if "://" not in target]

    assert targets
    assert [] == [target for target in targets if not (REPOSITORY / target).exists()]


def test_every_rule_is_in_the_table(readme: str):
    """The table of rules is the rules."""
    rows = re.findall(r"^\| (TX\d{3}) \| `([a-z0-9-]+)` \| (\w+) \|", readme, re.MULTILINE)

    one_run = [(rule.code, rule.name, str(rule.severity)) for rule in all_rules()]
    several = [(rule.code, rule.name, str(rule.severity)) for rule in across_rules()]

    assert [*one_run, *several] == rows


def test_every_environment_variable_is_in_the_table(readme: str):
    """What the package reads from the environment stands in the README, and nothing else does."""
    code = "\n".join(path.read_text("utf-8") for path in (REPOSITORY / "trackexp").rglob("*.py"))
    section = readme.partition("## Environment variables")[2].partition("\n## ")[0]

    assert set(re.findall(r"\bTRACKEXP_[A-Z_]+\b", code)) == set(re.findall(r"\bTRACKEXP_[A-Z_]+\b", section))


def test_the_extras_named_are_those_that_exist(readme: str):
    """`trackexp[x]` in the text is an extra of the packaging."""
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "setup.cfg", encoding="utf-8")

    assert set(re.findall(r"\[(\w+)\]\"", readme)) <= set(parser["options.extras_require"])
