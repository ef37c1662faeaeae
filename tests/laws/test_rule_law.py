from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest

from trackexp.diagnosis import AcrossRule, Status, across_rules, diagnose
from trackexp.diagnosis.discovery import all_rules
from trackexp.diagnosis.rule import Rule
from trackexp.testing import make_record

HEADINGS = ["How it is detected", "Why it matters", "What to do", "References"]
# Codes that a removed rule once bore: no other rule may ever bear them.
RETIRED: set[str] = set()
RULES: tuple[Rule | AcrossRule, ...] = (*all_rules(), *across_rules())
FOLDERS = ("trackexp/diagnosis/rules",)

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def file_of(rule: Rule | AcrossRule) -> Path:
    """Return the file that holds the rule."""
    return Path(inspect.getfile(type(rule)))


def test_every_rule_file_holds_exactly_one_registered_rule(repository: Path):
    """A file below `rules/` that registers nothing, or two, is a mistake."""
    files = [path for folder in FOLDERS for path in (repository / folder).rglob("*.py") if path.stem != "__init__"]

    assert sorted(files) == sorted(file_of(rule) for rule in RULES)


@each_rule
def test_a_rule_has_a_test_file_of_its_own(rule: Rule | AcrossRule, repository: Path):
    """The tests mirror the package, rule by rule."""
    place = file_of(rule).relative_to(repository / "trackexp")

    assert (repository / "tests" / place.parent / f"test_{place.name}").is_file()


@pytest.mark.heavy
def test_a_rule_is_tested_in_all_its_answers(repository: Path, tmp_path: Path):
    """Its own tests make it fire, pass what lies just below, and say where it cannot tell: seen from its answers."""
    answers = tmp_path / "answers.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "answers_of_rules", "tests/diagnosis/rules"]
    subprocess.run(
        command,
        cwd=repository,
        check=True,
        capture_output=True,
        env={**os.environ, "TRACKEXP_ANSWERS": str(answers), "PYTHONPATH": str(Path(__file__).parent)},
    )
    heard = {name: set(statuses) for name, statuses in json.loads(answers.read_text(encoding="utf-8")).items()}
    wanted = {str(status) for status in (Status.FINDING, Status.PASSED, Status.NOT_APPLICABLE)}

    assert {} == {
        rule.name: wanted - heard.get(rule.name, set()) for rule in RULES if wanted - heard.get(rule.name, set())
    }


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_rule_says_why_it_cannot_tell(rule: Rule):
    """Of a run with nothing in it every rule answers that it is not applicable, and gives a reason."""
    (outcome,) = diagnose(make_record(), rules=[rule]).outcomes

    assert Status.NOT_APPLICABLE == outcome.status
    assert outcome.reason


@each_rule
def test_a_rule_documents_itself_under_the_four_headings(rule: Rule | AcrossRule):
    """The headings stand in their order, each with something below it."""
    sections = re.split(r"^## (.+)$", inspect.getmodule(type(rule)).__doc__ or "", flags=re.MULTILINE)

    assert HEADINGS == sections[1::2]
    assert all(text.strip() for text in sections[::2])


@each_rule
def test_a_rule_is_named_after_its_file(rule: Rule | AcrossRule):
    """Name, file and class are one word in three spellings, and the code is TX and three digits."""
    words = rule.name.split("-")

    assert "_".join(words) == file_of(rule).stem
    assert "".join(words) == type(rule).__name__.lower()
    assert re.fullmatch(r"TX\d{3}", rule.code)


def test_no_code_and_no_name_is_used_twice():
    """A code that stood in someone's configuration keeps its meaning for good."""
    codes = [rule.code for rule in RULES]

    assert len(codes) == len(set(codes)) == len({rule.name for rule in RULES})
    assert set() == set(codes) & RETIRED


@each_rule
def test_thresholds_are_fields_with_a_default_and_a_documentation(rule: Rule | AcrossRule):
    """Whoever replaces a number finds what it means in the class's Args."""
    assert is_dataclass(rule)
    documentation = inspect.getdoc(type(rule)) or ""

    assert [] == [one.name for one in fields(rule) if one.default is MISSING or f"{one.name}: " not in documentation]
