from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from trackexp.diagnosis import Status, across_rules, diagnose
from trackexp.diagnosis.discovery import all_rules
from trackexp.diagnosis.rule import AnyRule
from trackexp.monitoring import monitoring_rules
from trackexp.partitioning import partition_rules
from trackexp.testing import make_record

HEADINGS = ["How it is detected", "Why it matters", "What to do", "References"]
# Codes that a removed rule once bore: no other rule may ever bear them.
RETIRED: set[str] = set()
RULES: tuple[AnyRule[Any], ...] = (*all_rules(), *across_rules(), *partition_rules(), *monitoring_rules())
FOLDERS = ("trackexp/diagnosis/rules", "trackexp/diagnosis/across/rules", "trackexp/partitioning/rules",
           "trackexp/monitoring/rules")  # fmt: skip

TOLD = {
    "fires": r"message_of\(|\.message",
    "passes": r"Status\.PASSED",
    "not applicable": r"Status\.NOT_APPLICABLE",
}

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def file_of(rule: AnyRule[Any]) -> Path:
    """Return the file that holds the rule."""
    return Path(inspect.getfile(type(rule)))


def test_every_rule_file_holds_exactly_one_registered_rule(repository: Path):
    """A file below `rules/` that registers nothing, or two, is a mistake."""
    files = [path for folder in FOLDERS for path in (repository / folder).rglob("*.py") if path.stem != "__init__"]

    assert sorted(files) == sorted(file_of(rule) for rule in RULES)


@each_rule
def test_a_rule_has_a_test_file_of_its_own(rule: AnyRule[Any], repository: Path):
    """The tests mirror the package, rule by rule."""
    place = file_of(rule).relative_to(repository / "trackexp")

    assert (repository / "tests" / place.parent / f"test_{place.name}").is_file()


@each_rule
@pytest.mark.parametrize("kind", TOLD)
def test_a_rule_is_tested_in_all_its_answers(rule: AnyRule[Any], repository: Path, kind: str):
    """That it fires, and with which message; that it passes what lies just below; and where it cannot tell."""
    place = file_of(rule).relative_to(repository / "trackexp")
    tests = (repository / "tests" / place.parent / f"test_{place.name}").read_text(encoding="utf-8")

    assert re.search(TOLD[kind], tests), f"no test of this file says {TOLD[kind]}"


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_rule_says_why_it_cannot_tell(rule: AnyRule[Any]):
    """Of a run with nothing in it every rule answers that it is not applicable, and gives a reason."""
    (outcome,) = diagnose(make_record(), rules=[rule]).outcomes

    assert Status.NOT_APPLICABLE == outcome.status
    assert outcome.reason


@each_rule
def test_a_rule_documents_itself_under_the_four_headings(rule: AnyRule[Any]):
    """The headings stand in their order, each with something below it."""
    sections = re.split(r"^## (.+)$", inspect.getmodule(type(rule)).__doc__ or "", flags=re.MULTILINE)

    assert HEADINGS == sections[1::2]
    assert all(text.strip() for text in sections[::2])


@each_rule
def test_a_rule_is_named_after_its_file(rule: AnyRule[Any]):
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
def test_thresholds_are_fields_with_a_default_and_a_documentation(rule: AnyRule[Any]):
    """Whoever replaces a number finds what it means in the class's Args."""
    assert is_dataclass(rule)
    documentation = inspect.getdoc(type(rule)) or ""

    assert [] == [one.name for one in fields(rule) if one.default is MISSING or f"{one.name}: " not in documentation]
