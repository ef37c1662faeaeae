from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from trackexp.diagnosis.documentation import documented_rules
from trackexp.monitoring import monitoring_rules
from trackexp.partitioning import partition_rules

ALL_RULES = (*documented_rules(), *partition_rules(), *monitoring_rules())

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("word", ["TX003", "tx003", "dropout-too-high", "dropout_too_high"])
def test_a_rule_is_explained_by_code_or_name(command: Cli, golden: Callable[[str, str], str], word: str):
    """Its own page, whichever way it is spelt; plain Markdown where nobody looks at a terminal."""
    answer = command("explain", word)

    assert (0, "") == (answer.returncode, answer.stderr)
    assert golden("explain.md", answer.stdout) == answer.stdout


def test_without_a_word_all_rules_are_listed(command: Cli):
    """One row each, in the order of their codes."""
    answer = command("explain", columns=160)
    codes = [line.split()[0] for line in answer.stdout.splitlines() if line.strip().startswith("TX")]

    assert (0, "") == (answer.returncode, answer.stderr)
    assert [rule.code for rule in ALL_RULES] == codes


@pytest.mark.parametrize(("arguments", "count"), [([], len(ALL_RULES)), (["overfitting"], 1)])
def test_json_has_the_pages(command: Cli, arguments: list[str], count: int):
    """With a schema number, the sections and the thresholds of each."""
    data = json.loads(command("explain", *arguments, "--json").stdout)

    assert (1, count) == (data["schema"], len(data["rules"]))
    for page in data["rules"]:
        assert ["How it is detected", "Why it matters", "What to do", "References"] == list(page["sections"])
        assert all(page[key] for key in ("code", "name", "severity", "stability", "family", "what"))


@pytest.mark.parametrize(("word", "near"), [("tx003z", "'TX003"), ("overfiting", "'overfitting'"), ("TX9999", "'TX")])
def test_an_unknown_rule_is_refused_with_the_nearest(command: Cli, word: str, near: str):
    """Exit 2, nothing on stdout."""
    answer = command("explain", word)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert f"{word!r} is no rule (did you mean {near}" in answer.stderr
