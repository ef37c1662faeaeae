from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from trackexp import read_run

pytestmark = [
    pytest.mark.heavy,
    # jupyter's own packages announce their next versions; pyzmq cannot close its sockets behind a kernel
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]

CELLS = [
    """
import keras
import numpy as np
from trackexp import compare, read_runs, track

rng = np.random.default_rng(0)
labels = np.arange(240) % 3
x = (rng.normal(size=(240, 6)) + np.eye(3, 6)[labels] * 3).astype("float32")
""",
    """
for loss, y in (("binary_crossentropy", np.eye(3)[labels]), ("sparse_categorical_crossentropy", labels)):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax")])
    model.compile("adam", loss, metrics=["accuracy"])
    with track("notebook", name=loss, mode="offline") as run:
        model.fit(x, y, validation_split=0.2, epochs=2, verbose=0)
""",
    "compare(read_runs())",
]


def test_a_notebook_is_recorded_cell_by_cell(
    tmp_path: Path, isolated_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a kernel each `with track` is a run of its own, and a comparison shows itself as a page."""
    for name in os.environ.keys() - isolated_environ.keys():
        monkeypatch.delenv(name)  # such as the address of the W&B service of this very process
    for name, value in isolated_environ.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    resources = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources)
    client.execute()
    nbformat.write(notebook, tmp_path / "run.ipynb")
    cells = json.loads((tmp_path / "run.ipynb").read_text())["cells"]
    folders = sorted((tmp_path / "wandb").glob("offline-run-*"))
    records = [read_run(folder) for folder in folders]

    assert ["binary_crossentropy", "sparse_categorical_crossentropy"] == [record.name for record in records]
    assert [["bce-on-categorical"], []] == [[finding.name for finding in record.findings] for record in records]
    assert [2, 2] == [len(record.history["val/loss"]) for record in records]
    assert [] == [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]
    assert "text/html" in cells[-1]["outputs"][-1]["data"]
