from __future__ import annotations

from pathlib import Path

import pytest

from trackexp.reading.wandb_file.run_files import list_files
from trackexp.record import FileRecord


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run folder with a file of W&B's own, one of the user's, two models and a medium."""
    for name in ("output.log", "mine.txt", "a.h5", "sub/b.h5", "media/images/x.png"):
        path = tmp_path / "run" / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    return tmp_path / "run"


def names_of(files: tuple[FileRecord, ...]) -> list[str]:
    """Return the names of files."""
    return [file.name for file in files]


def test_registered_files_and_those_of_the_client_are_listed(run_folder: Path) -> None:
    """A file that merely lies in the folder is not the run's: it is not uploaded either."""
    files = list_files(run_folder, ["a.h5"])

    assert ["a.h5", "media/images/x.png", "output.log"] == names_of(files)
    assert FileRecord("a.h5", run_folder / "files" / "a.h5", 4) == files[0]


def test_a_pattern_stands_for_the_files_that_match(run_folder: Path) -> None:
    """`run.save("*.h5")` registers a pattern; what it matches is listed, and itself where nothing does."""
    assert "a.h5" in names_of(list_files(run_folder, ["*.h5"]))
    assert FileRecord("*.onnx") in list_files(run_folder, ["*.onnx"])


@pytest.mark.parametrize("name", ["gone.txt", "../../secret", "/etc/hostname", "sub", "nul\0", "../../*"])
def test_a_name_that_is_no_file_in_the_folder_has_no_path(run_folder: Path, name: str) -> None:
    """A missing file, a folder, and a name that leads out of the run are listed without path and size."""
    assert FileRecord(name) in list_files(run_folder, [name])


def test_a_run_without_files_has_none(tmp_path: Path) -> None:
    """A `.wandb` file that was copied out of its folder is no error."""
    assert () == list_files(tmp_path, [])
