from __future__ import annotations

from pathlib import Path

import pytest

from trackexp.diagnosis.project_files import read_project_policy
from trackexp.errors import ConfigurationError
from trackexp.project import read_project
from trackexp.registry.places import ledger_folder, registry_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a project, the working folder two levels below it."""
    deep = tmp_path / "src" / "training"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.trackexp]\nmodels = "store"\nregistry = "team-models"\nignore = ["TX101"]\n'),
        ("setup.cfg", "[tool:trackexp]\nmodels = store\nregistry = team-models\nignore = TX101\n"),
    ],
)
def test_one_table_serves_the_rules_and_the_registry(project: Path, name: str, text: str):
    """Each reads its own settings of it, in either file, and none takes the other's for a mistake."""
    (project / name).write_text(text)

    assert project / "store" == ledger_folder()
    assert "team-models" == registry_project()
    assert ("tx101",) == read_project_policy().ignore


def test_a_file_without_our_table_is_passed_over(project: Path):
    """The next one upwards counts, for rules and registry alike."""
    (project / "src" / "pyproject.toml").write_text("[tool.other]\nmodels = 'theirs'\n")
    (project / "pyproject.toml").write_text("[tool.trackexp]\nmodels = 'ours'\n")

    assert project / "ours" == ledger_folder()


def test_without_a_project_everything_is_as_by_default(project: Path):
    """The ledgers lie in the working folder."""
    assert read_project() is None
    assert (Path.cwd() / "models", "wandb-registry-model") == (ledger_folder(), registry_project())
    assert Path("elsewhere") == ledger_folder("elsewhere")


def test_a_place_that_is_no_text_is_refused(project: Path):
    """With the file and what was given."""
    (project / "pyproject.toml").write_text("[tool.trackexp]\nmodels = 3\n")

    with pytest.raises(ConfigurationError, match=r"pyproject\.toml: \[tool\.trackexp\] models = 3; expected a text"):
        ledger_folder()
