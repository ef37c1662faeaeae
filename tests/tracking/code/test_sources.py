from __future__ import annotations

from pathlib import Path

import pytest

from trackexp.tracking.code import sources
from trackexp.tracking.code.repository import find_repository
from trackexp.tracking.code.sources import read_sources
from trackexp.tracking.secrets import Scrubber


def write(root: Path, *names: str) -> None:
    """Write files of one line."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")


def test_in_a_repository_git_says_what_belongs_to_the_code(repo):
    """Tracked or not, less what is ignored, secret by its name, or no source."""
    write(repo.root, "a.py", "conf/b.yaml", "data.csv", ".env", "wandb/run-1/d.py")
    repo.write(".gitignore", "out/\n")
    repo.commit()
    write(repo.root, "new.py", "out/c.py")
    found = read_sources(repo.root, None, find_repository(repo.root, {}), Scrubber())

    assert {"a.py", "conf/b.yaml", "new.py"} == set(found.texts)


def test_without_git_a_project_is_walked_and_a_home_folder_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Environments, hidden folders and other people's packages are no sources of the user."""
    write(tmp_path, "a.py", "lib/b.py", ".git2/c.py", "venv/pyvenv.cfg", "venv/d.py", "node_modules/e.py")
    (tmp_path / "link").symlink_to(tmp_path / "lib")
    script = tmp_path / "a.py"

    assert ["a.py", "lib/b.py"] == sorted(read_sources(tmp_path, script, None, Scrubber()).texts)

    monkeypatch.setenv("HOME", str(tmp_path))

    assert ["a.py"] == list(read_sources(tmp_path, script, None, Scrubber()).texts)


def test_the_script_comes_first_and_the_rest_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where there are too many, what lies near the script is kept."""
    monkeypatch.setattr(sources, "MOST_FILES", 2)
    write(tmp_path, "z/train.py", "z/near.py", "a.py", "b.py")
    found = read_sources(tmp_path, tmp_path / "z" / "train.py", None, Scrubber())

    assert (["z/train.py", "z/near.py"], 2) == (list(found.texts), found.left_out)


def test_secrets_in_sources_are_masked(tmp_path: Path):
    """The files lie in the run's folder and are uploaded."""
    (tmp_path / "a.py").write_text("p = 'correct-horse-9'\n")
    found = read_sources(tmp_path, tmp_path / "a.py", None, Scrubber({"DB_PASSWORD": "correct-horse-9"}))

    assert {"a.py": "p = '<masked:DB_PASSWORD>'\n"} == found.texts
