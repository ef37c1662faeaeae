from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from trackexp.comparison import compare
from trackexp.comparison.run_diff import diff
from trackexp.diagnosis import (
    DEFAULT_POLICY,
    Field,
    Policy,
    Status,
    diagnose,
    diagnose_across,
    every_rule,
    findings_of,
    resolve_policy,
)
from trackexp.diagnosis.project_files import read_project_policy
from trackexp.diagnosis.renamed_thresholds import RENAMED
from trackexp.errors import ConfigurationError
from trackexp.record import Finding, Severity
from trackexp.testing import make_record

TOML = """\
[tool.trackexp]
select = ["TX1", "overfitting"]
ignore = "lr-too-high"
fail-on = "error"
preview = true

[tool.trackexp.rules.overfitting]
min_val_loss_rise = 1
min_epochs_since_best = 7

[tool.trackexp.rules.TX003]
min_warning_rate = 0.9
"""
CFG = """\
[metadata]
name = theirs

[tool:trackexp]
select = TX1, overfitting
ignore = lr-too-high
fail_on = error
preview = true

[tool:trackexp.rules.overfitting]
min_val_loss_rise = 1
min_epochs_since_best = 7

[tool:trackexp.rules.TX003]
min_warning_rate = 0.9
"""


def written(folder: Path, name: str, text: str) -> Path:
    """Write a file, and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "text"), [("pyproject.toml", TOML), ("setup.cfg", CFG)])
def test_both_files_say_the_same(tmp_path: Path, name: str, text: str):
    """Words, severity, switch, and thresholds by a rule's name or code; a whole number stands for a fraction."""
    path = written(tmp_path, name, text)
    found = read_project_policy(tmp_path)

    assert (("tx1", "overfitting"), ("lr-too-high",)) == (found.select, found.ignore)
    assert (Severity.ERROR, True, path) == (found.fail_on, found.preview, found.source)
    assert {
        "overfitting": {"min_val_loss_rise": 1.0, "min_epochs_since_best": 7},
        "dropout-too-high": {"min_warning_rate": 0.9},
    } == found.thresholds
    assert float is type(found.thresholds["overfitting"]["min_val_loss_rise"])


def test_the_nearest_file_that_says_something_counts(tmp_path: Path):
    """From the folder upwards; a file without our table is passed over, pyproject.toml comes before setup.cfg."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    written(tmp_path, "setup.cfg", "[tool:trackexp]\nignore = TX2\n")
    written(tmp_path / "a", "pyproject.toml", "[tool.other]\nx = 1\n")
    far = read_project_policy(deep).ignore
    written(tmp_path / "a", "setup.cfg", "[tool:trackexp]\nignore = TX3\n")
    near = read_project_policy(deep).ignore
    written(tmp_path / "a", "pyproject.toml", "[tool.trackexp]\nignore = ['TX4']\n")

    assert (("tx2",), ("tx3",), ("tx4",)) == (far, near, read_project_policy(deep).ignore)


def test_where_nothing_is_said_the_defaults_hold(tmp_path: Path):
    """An empty table says nothing either, and ends the search."""
    written(tmp_path, "pyproject.toml", "[tool.trackexp]\n")
    found = read_project_policy(tmp_path)

    assert Policy(source=tmp_path / "pyproject.toml") == found
    assert Policy().rules() == found.rules()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.trackexp", "cannot be read"),
        ("[tool]\ntrackexp = 3", "expected a table [tool.trackexp]"),
        ("[tool.trackexp]\nselct = ['TX1']", "'selct' is no setting of trackexp's (did you mean 'select'?)"),
        ("[tool.trackexp]\nselect = 3", 'expected a list of codes or names, such as ["TX1"'),
        ("[tool.trackexp]\nselect = ['TX1', 3]", "expected a list of codes or names"),
        ("[tool.trackexp]\nselect = ['overfiting']", "did you mean 'overfitting'?"),
        ("[tool.trackexp]\nignore = ['TX003z']", "did you mean 'TX003'?"),
        ("[tool.trackexp]\nignore = ['']", "is no rule"),
        ("[tool.trackexp]\nfail_on = 'warn'", "fail_on='warn': expected one of error, warning, info"),
        ("[tool.trackexp]\npreview = 'yes'", "preview='yes': expected true or false"),
        ("[tool.trackexp]\nrules = 3", "expected a table for each rule"),
        ("[tool.trackexp.rules]\noverfitting = 3", "rules.overfitting=3: expected a table of thresholds"),
        ("[tool.trackexp.rules.overfiting]\nage = 3", "'overfiting' is no rule (did you mean 'overfitting'?)"),
        (
            "[tool.trackexp.rules.overfitting]\nmin_val_row = 3",
            "has no threshold 'min_val_row' (did you mean 'min_val_rows'?): it has min_epochs_since_best",
        ),
        (
            "[tool.trackexp.rules.overfitting]\nage = 3\nmin_epochs_since_best = 4",
            "min_epochs_since_best is given twice",
        ),
        ("[tool.trackexp.rules.zero-init]\nage = 3", "has no threshold 'age': it has none"),
        ("[tool.trackexp.rules.overfitting]\ncode = 'TX999'", "has no threshold 'code'"),
        ("[tool.trackexp.rules.overfitting]\nage = 3.5", "age=3.5: expected int, as its default 5"),
        ("[tool.trackexp.rules.overfitting]\nage = '3'", "age='3': expected int"),
        ("[tool.trackexp.rules.overfitting]\nage = true", "age=True: expected int"),
        ("[tool.trackexp.rules.overfitting]\nrise = true", "rise=True: expected float"),
        ("[tool.trackexp.rules.overfitting]\nrise = nan", "rise=nan: expected a finite number"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, text: str, said: str):
    """With the file, what was seen, what was expected, and the nearest valid word."""
    path = written(tmp_path, "pyproject.toml", text)
    with pytest.raises(ConfigurationError) as error:
        read_project_policy(tmp_path)

    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool:trackexp\n", "cannot be read"),
        ("[tool:trackexp]\nselct = TX1\n", "'selct' is no setting"),
        ("[tool:trackexp]\npreview = maybe\n", "preview='maybe': expected true or false"),
        ("[tool:trackexp]\nfail_on = warn\n", "did you mean 'warning'?"),
        ("[tool:trackexp.rules.overfitting]\nage = many\n", "age='many': expected int"),
        ("[tool:trackexp.rules.overfiting]\nage = 3\n", "'overfiting' is no rule"),
    ],
)
def test_a_setup_cfg_is_refused_alike(tmp_path: Path, text: str, said: str):
    """Words that are no number or switch are told as they were written."""
    path = written(tmp_path, "setup.cfg", text)
    with pytest.raises(ConfigurationError) as error:
        read_project_policy(tmp_path)

    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, name: str):
    """It is no traceback of a decoder."""
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_project_policy(tmp_path)


@pytest.mark.parametrize("word", ["true", "True", "yes", "on"])
def test_a_switch_of_setup_cfg_is_read_as_configparser_reads_it(tmp_path: Path, word: str):
    """setup.cfg has its own customs."""
    written(tmp_path, "setup.cfg", f"[tool:trackexp]\npreview = {word}\n")

    assert read_project_policy(tmp_path).preview is True


def test_an_old_name_of_a_threshold_still_works_and_is_said(tmp_path: Path):
    """One line names the file, the old word and the one of today."""
    path = written(tmp_path, "pyproject.toml", "[tool.trackexp.rules.overfitting]\nage = 7\n")

    found = read_project_policy(tmp_path)

    assert {"overfitting": {"min_epochs_since_best": 7}} == found.thresholds
    assert (
        f"{path}: rules.overfitting.age is now called min_epochs_since_best; the old name still works",
    ) == found.deprecations


def test_every_old_name_leads_to_a_threshold_of_today():
    """The table names rules that exist, fields that they have, and none that is a field still."""
    fields_of = {rule.name: {spec.name for spec in fields(rule)} for rule in every_rule()}

    wrong = [
        (rule, old, new)
        for rule, names in RENAMED.items()
        for old, new in names.items()
        if new not in fields_of[rule] or old in fields_of[rule]
    ]

    assert [] == wrong


def test_every_threshold_says_which_way_it_bounds():
    """`min_…` or `max_…`; those that are no bounds name what they are."""
    free = {"threshold", "tail_share", "early"}
    names = {spec.name for rule in every_rule() for spec in fields(rule)}

    assert set() == {name for name in names if not name.startswith(("min_", "max_"))} - free


def test_a_policy_holds_for_rules_over_several_runs_too(tmp_path: Path):
    """The same words ignore them, the same tables set their thresholds."""
    written(
        tmp_path,
        "pyproject.toml",
        "[tool.trackexp]\nignore = ['TX955']\n[tool.trackexp.rules.best-epoch-is-last]\nmin_epochs = 9\n",
    )
    policy = resolve_policy(folder=tmp_path)
    outcomes = {outcome.code: outcome for outcome in diagnose_across(Field((), "val/loss"), policy=policy).outcomes}
    configured = {rule.name: rule for rule in policy.across_rules()}

    assert (Status.IGNORED, "ignored by 'tx955'") == (outcomes["TX955"].status, outcomes["TX955"].reason)
    assert Status.NOT_APPLICABLE == outcomes["TX951"].status
    assert 9 == configured["best-epoch-is-last"].min_epochs  # type: ignore[attr-defined]


def test_arguments_come_on_top_of_the_project(tmp_path: Path):
    """`select` replaces, `ignore` adds, `fail_on` replaces."""
    written(tmp_path, "pyproject.toml", "[tool.trackexp]\nselect = ['TX1']\nignore = ['TX101']\nfail_on = 'error'\n")

    policy = resolve_policy(select="TX2", ignore=["TX201"], fail_on="info", folder=tmp_path)

    assert (("tx2",), ("tx101", "tx201"), Severity.INFO) == (policy.select, policy.ignore, policy.fail_on)


def test_comparing_and_diffing_follow_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A run whose only error is ignored wins, and no command speaks of it, not even from the run's own findings."""
    fault = Finding("TX101", "bce-on-categorical", Severity.ERROR, "seen", "mend")
    worse = make_record("worse", metrics={"val/loss": [0.5, 0.4]})
    better = make_record("better", metrics={"val/loss": [0.5, 0.1]}, findings=[fault])
    strict = compare([worse, better], metric="val/loss")
    written(tmp_path, "pyproject.toml", "[tool.trackexp]\nignore = ['TX101']\n")
    monkeypatch.chdir(tmp_path)

    lenient = compare([worse, better], metric="val/loss")

    assert ("worse", "better") == (strict.best.id, lenient.best.id)  # type: ignore[union-attr]
    assert {} == diff(worse, better).findings
    assert () == findings_of(better)


def test_what_a_policy_says_is_stored_in_words():
    """Only what differs from the default; an empty selection is something said."""
    said = Policy(select=(), ignore=("tx1",), fail_on=Severity.ERROR).to_dict()

    assert {"select": [], "ignore": ["tx1"], "fail_on": "error"} == said
    assert {} == DEFAULT_POLICY.to_dict()


def test_a_threshold_of_the_project_decides(tmp_path: Path):
    """The rule is the same; the number that it compares with is the project's."""
    curves = {"loss": [1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2], "val_loss": [1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]}
    written(tmp_path, "pyproject.toml", "[tool.trackexp.rules.overfitting]\nmin_val_loss_rise = 1.5\n")
    statuses = [
        diagnose(make_record(metrics=curves), select="overfitting", rules=rules.rules()).outcomes
        for rules in (Policy(), read_project_policy(tmp_path))
    ]

    assert [Status.FINDING, Status.PASSED] == [
        outcome.status for outcomes in statuses for outcome in outcomes if outcome.name == "overfitting"
    ]
