from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from trackexp.errors import MissingExtraError
from trackexp.optional import require


def test_an_installed_module_is_imported():
    """What is there is returned as `import` would return it."""
    module = require("json", extra="torch")

    assert json is module


def test_a_missing_package_names_the_command_that_installs_it():
    """The message is the exact pip command, so that it can be copied."""
    with pytest.raises(MissingExtraError) as caught:
        require("no_such_package.nn", extra="ray")

    assert 'no_such_package is not installed: pip install "trackexp[ray]"' == str(caught.value)
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
