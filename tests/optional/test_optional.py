from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from trackexp.errors import MissingExtraError
from trackexp.optional import install_command, require


def test_an_installed_module_is_imported():
    """What is there is returned as `import` would return it."""
    module = require("json", extra="torch")

    assert json is module


def test_a_missing_package_names_the_command_that_installs_it():
    """The message is the exact pip command, so that it can be copied."""
    with pytest.raises(MissingExtraError) as caught:
        require("no_such_package.nn", extra="ray")

    assert f"no_such_package is not installed: {install_command('ray')}" == str(caught.value)
    assert "no_such_package" == caught.value.name


def test_both_except_lines_work():
    """Code written for `ImportError` catches it too."""
    with pytest.raises(ImportError):
        require("no_such_package", extra="ray")


def test_a_package_that_fails_inside_is_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A package that is there but lacks a dependency of its own keeps its own error."""
    (tmp_path / "half_installed.py").write_text("import no_such_dependency\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "half_installed", raising=False)

    with pytest.raises(ModuleNotFoundError, match="no_such_dependency") as caught:
        require("half_installed", extra="ray")

    assert not isinstance(caught.value, MissingExtraError)


class Installed:
    """A distribution as pip noted it."""

    def __init__(self, noted: str | None):
        self.noted = noted

    def read_text(self, _name: str) -> str | None:
        return self.noted


@pytest.mark.parametrize(
    ("noted", "place"),
    [
        (None, "trackexp"),
        ('{"url": "https://example.org/trackexp.whl"}', "trackexp"),
        ('{"url": "file:///no/such/folder", "dir_info": {}}', "trackexp"),
        ("no json", "trackexp"),
    ],
)
def test_without_a_folder_the_index_is_named(monkeypatch: pytest.MonkeyPatch, noted: str | None, place: str):
    """Installed from an index, from elsewhere, or from a folder that is gone."""
    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Installed(noted))

    assert f'pip install "{place}[ray]"' == install_command("ray")


@pytest.mark.parametrize("editable", [True, False])
def test_a_folder_that_it_was_installed_from_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, editable: bool):
    """As it was installed, and by a dot where the user stands in it."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    noted = json.dumps({"url": folder.as_uri(), "dir_info": {"editable": editable}})
    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Installed(noted))
    flag = "-e " if editable else ""

    assert f'pip install {flag}"{folder}[ray]"' == install_command("ray")
    monkeypatch.chdir(folder)
    assert f'pip install {flag}".[ray]"' == install_command("ray")
