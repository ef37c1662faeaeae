from __future__ import annotations

from pathlib import Path

import pytest

from trackexp.diagnosis import Status, diagnose
from trackexp.diagnosis.configuration import Configuration, read_configuration
from trackexp.errors import ConfigurationError
from trackexp.record import Severity
from trackexp.testing import make_record

TOML = """\
[tool.trackexp]
select = ["TX1", "overfitting"]
ignore = "lr-too-high"
fail-on = "error"
preview = true

[tool.trackexp.rules.overfitting]
rise = 1
age = 7

[tool.trackexp.rules.TX003]
rate = 0.9
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
rise = 1
age = 7

[tool:trackexp.rules.TX003]
rate = 0.9
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
    found = read_configuration(tmp_path)

    assert (("tx1", "overfitting"), ("lr-too-high",)) == (found.select, found.ignore)
    assert (Severity.ERROR, True, path) == (found.fail_on, found.preview, found.source)
    assert {"overfitting": {"rise": 1.0, "age": 7}, "dropout-too-high": {"rate": 0.9}} == found.thresholds
    assert float is type(found.thresholds["overfitting"]["rise"])


def test_the_nearest_file_that_says_something_counts(tmp_path: Path):
    """From the folder upwards; a file without our table is passed over, pyproject.toml comes before setup.cfg."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    written(tmp_path, "setup.cfg", "[tool:trackexp]\nignore = TX2\n")
    written(tmp_path / "a", "pyproject.toml", "[tool.other]\nx = 1\n")
    far = read_configuration(deep).ignore
    written(tmp_path / "a", "setup.cfg", "[tool:trackexp]\nignore = TX3\n")
    near = read_configuration(deep).ignore
    written(tmp_path / "a", "pyproject.toml", "[tool.trackexp]\nignore = ['TX4']\n")

    assert (("tx2",), ("tx3",), ("tx4",)) == (far, near, read_configuration(deep).ignore)


def test_where_nothing_is_said_the_defaults_hold(tmp_path: Path):
    """An empty table says nothing either, and ends the search."""
    written(tmp_path, "pyproject.toml", "[tool.trackexp]\n")
    found = read_configuration(tmp_path)

    assert Configuration(source=tmp_path / "pyproject.toml") == found
    assert Configuration().rules() == found.rules()


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
        ("[tool.trackexp.rules.overfitting]\nagge = 3", "has no threshold 'agge' (did you mean 'age'?): it has age"),
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
        read_configuration(tmp_path)

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
        read_configuration(tmp_path)

    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, name: str):
    """It is no traceback of a decoder."""
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_configuration(tmp_path)


@pytest.mark.parametrize("word", ["true", "True", "yes", "on"])
def test_a_switch_of_setup_cfg_is_read_as_configparser_reads_it(tmp_path: Path, word: str):
    """setup.cfg has its own customs."""
    written(tmp_path, "setup.cfg", f"[tool:trackexp]\npreview = {word}\n")

    assert read_configuration(tmp_path).preview is True


def test_a_threshold_of_the_project_decides(tmp_path: Path):
    """The rule is the same; the number that it compares with is the project's."""
    curves = {"loss": [1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2], "val_loss": [1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]}
    written(tmp_path, "pyproject.toml", "[tool.trackexp.rules.overfitting]\nrise = 1.5\n")
    statuses = [
        diagnose(make_record(metrics=curves), select="overfitting", rules=rules.rules()).outcomes
        for rules in (Configuration(), read_configuration(tmp_path))
    ]

    assert [Status.FINDING, Status.PASSED] == [
        outcome.status for outcomes in statuses for outcome in outcomes if outcome.name == "overfitting"
    ]
