from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]
Golden = Callable[[str, str], str]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["densebce"], 1),
        (["dense"], 0),
        (["dense", "densebce"], 1),
        (["wandb"], 1),
        ([], 1),
        (["densebce", "--exit-zero"], 0),
        (["densebce", "--select", "overfitting"], 0),
        (["densebce", "--select", "TX1,lr-too-high"], 1),
        (["densebce", "--select", "overfitting", "--select", "TX101"], 1),
        (["densebce", "--ignore", "bce_on_categorical"], 0),
        (["densebce", "--ignore", "TX1"], 0),
        (["densebce", "--select", "TX101", "--ignore", "TX101"], 0),
        (["densebce", "--fail-on", "error"], 1),
        (["densebce", "--fail-on", "info"], 1),
        (["dense", "--fail-on", "info"], 0),
    ],
)
def test_only_a_finding_ends_with_1(pair: Path, command: Cli, arguments: list[str], code: int):
    """A sound run, a rule that was not asked for, and --exit-zero end with 0."""
    answer = command("diagnose", *arguments, cwd=pair)

    assert (code, "") == (answer.returncode, answer.stderr)
    assert ("TX101" in answer.stdout) == (code == 1 or "--exit-zero" in arguments)


def test_a_run_is_shown_with_what_was_found(pair: Path, command: Cli, golden: Golden):
    """The run's name, each finding with what to do, and the rules that could not look."""
    seen = command("diagnose", "densebce", cwd=pair).stdout

    assert golden("diagnose.txt", seen) == seen


def test_several_runs_are_shown_one_after_the_other(pair: Path, command: Cli):
    """Each once, however often it is named."""
    seen = command("diagnose", "dense", "densebce", "wandb", cwd=pair).stdout

    assert 1 == seen.count("dense-bce  densebce\n") == seen.count("dense  dense\n")


def test_verbose_says_how_it_went_with_every_rule(pair: Path, command: Cli):
    """One row for each rule, with its outcome."""
    from trackexp.diagnosis import all_rules

    seen = command("diagnose", "densebce", "--verbose", cwd=pair, columns=200).stdout
    rows = {line.split()[0]: line for line in seen.splitlines() if line.strip().startswith("TX")}

    assert {rule.code for rule in all_rules()} == set(rows)
    assert "finding" in rows["TX101"]
    assert "not applicable" in rows["TX802"]


def test_markdown_is_a_table_for_each_run(pair: Path, command: Cli, golden: Golden):
    """What a pull request shows."""
    seen = command("diagnose", "dense", "densebce", "--markdown", cwd=pair).stdout

    assert golden("diagnose.md", seen) == seen


def test_json_has_every_finding_and_every_outcome(pair: Path, command: Cli):
    """With a schema number, on stdout alone."""
    from trackexp.diagnosis import all_rules

    answer = command("diagnose", "densebce", "--json", cwd=pair)
    data = json.loads(answer.stdout)
    (run,) = data["runs"]
    (finding,) = run["findings"]

    assert (1, "", 1, "densebce") == (answer.returncode, answer.stderr, data["schema"], run["id"])
    assert ("TX101", "bce-on-categorical", "error") == tuple(finding[key] for key in ("code", "name", "severity"))
    assert [rule.code for rule in all_rules()] == [outcome["code"] for outcome in run["outcomes"]]
    assert {"finding", "passed", "not applicable"} >= {outcome["status"] for outcome in run["outcomes"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--select", "TX003z"], "did you mean 'TX003'?"),
        (["--select", "overfiting"], "did you mean 'overfitting'?"),
        (["--ignore", "bce-on-categorial"], "did you mean 'bce-on-categorical'?"),
        (["--ignore", ""], "ignore='' is no rule"),
        (["--fail-on", "warn"], "did you mean 'warning'?"),
        (["--fail-on", ""], "--fail-on='': expected one of"),
        (["--selct", "TX1"], "--select"),
        (["no-such-run"], "no-such-run"),
    ],
)
def test_a_bad_word_is_a_usage_error(pair: Path, command: Cli, arguments: list[str], said: str):
    """Exit 2, nothing on stdout, the nearest valid word where one is near."""
    answer = command("diagnose", *arguments, cwd=pair)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("written", "arguments", "code"),
    [
        ('ignore = ["TX101"]', [], 0),
        ('select = ["overfitting"]', [], 0),
        ('select = ["overfitting"]', ["--select", "TX101"], 1),
        ('ignore = ["TX101"]', ["--ignore", "overfitting", "--select", "TX101"], 0),
        ("[tool.trackexp.rules.bce-on-categorical]\nsoftmax_rows = 1000\nrows = 1000", [], 0),
    ],
)
def test_the_project_is_heard(pair: Path, command: Cli, tmp_path: Path, written: str, arguments: list[str], code: int):
    """--select replaces its selection, --ignore adds to what it ignores; its thresholds hold."""
    folder = tmp_path / "src" / "deep"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(f"[tool.trackexp]\n{written}\n", encoding="utf-8")
    (run,) = pair.glob("wandb/*densebce")

    assert code == command("diagnose", str(run), *arguments, cwd=folder).returncode


def test_a_broken_project_file_is_an_error_of_configuration(pair: Path, command: Cli, tmp_path: Path):
    """Exit 2 and the file's name: what it says is not known."""
    (tmp_path / "pyproject.toml").write_text("[tool.trackexp]\nselct = ['TX1']\n", encoding="utf-8")
    (run,) = pair.glob("wandb/*densebce")
    answer = command("diagnose", str(run))

    assert (2, "") == (answer.returncode, answer.stdout)
    assert "pyproject.toml: 'selct' is no setting of trackexp's (did you mean 'select'?)" in answer.stderr
