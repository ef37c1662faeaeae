from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_from_its_first_cell_to_its_last(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without a key and without a network; its comparison shows itself."""
    for name in [name for name in os.environ if name.startswith(("WANDB_", "TRACKEXP_"))]:
        monkeypatch.delenv(name)  # such as the address of the W&B service of this very process
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANDB_MODE", "offline")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output.get("data", {}) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]

    assert any("text/html" in data for data in shown)
    assert 2 == len(list(tmp_path.rglob("run-*.wandb")))


def test_there_is_a_notebook_and_it_holds_no_output():
    """Outputs are made by whoever runs it; a difference shows what changed in the text."""
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        assert [] == [cell for cell in cells if cell.outputs or cell.execution_count]
