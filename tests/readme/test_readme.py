from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_it_is_one_screen_and_a_half(readme: str):
    """160 lines: what is longer belongs into docs/."""
    assert len(readme.splitlines()) <= 160


def test_its_commands_are_commands(readme: str):
    """Every command named in the README is one of `trackexp --help`."""
    told = subprocess.run(
        [sys.executable, "-m", "trackexp", "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "100"}
    ).stdout
    helped = set(re.findall(r"^[│ ]*([a-z][a-z-]+)  +\S", told.partition("Commands")[2], re.MULTILINE))
    named = set(re.findall(r"^trackexp ([a-z][a-z-]*)|`trackexp ([a-z][a-z-]*)", readme, re.MULTILINE))

    assert helped
    assert {"ls", "show", "diagnose", "compare", "sync"} <= {a or b for a, b in named} <= helped | {"help"}


def test_every_link_into_the_repository_leads_somewhere(readme: str):
    """A picture or a file that the README points to is there."""
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", readme) if "://" not in target]

    assert targets
    assert [] == [target for target in targets if not (REPOSITORY / target).exists()]


def test_the_extras_named_are_those_that_exist(readme: str):
    """`trackexp[x]` in the text is an extra of the packaging."""
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "setup.cfg", encoding="utf-8")

    assert set(re.findall(r"(?:trackexp|\.|\))\[(\w+)\]\"", readme)) <= set(parser["options.extras_require"])
