from __future__ import annotations

import json
from pathlib import Path

import pytest

from trackexp.errors import UnreadableRunError
from trackexp.record import Finding, Severity
from trackexp.record.model_record import (
    Histogram,
    InputRecord,
    MetricRecord,
    ModelOrigin,
    ModelRecord,
    OutputRecord,
    PartRecord,
    model_record_path,
    read_model_record,
    write_model_record,
)

RECORD = ModelRecord(
    sha256="3f2a91c0" * 8,
    file="model-best.h5",
    bytes=1234,
    created="2026-01-01T00:00:00+00:00",
    framework="keras",
    backend="tensorflow",
    runs_code=False,
    origin=ModelOrigin(run="e/p/1", run_name="first", commit="abc", dirty=True),
    parts={"train": PartRecord(rows=100, classes={"0": 60, "1": 40}, digest="d")},
    parameters={"lr": 0.01, "units": [32, 64]},
    inputs=(InputRecord(shape=(8, None), minimum=0.0, maximum=1.0, histogram=Histogram((0.0, 0.5, 1.0), (3, 4))),),
    outputs=(
        OutputRecord(
            kind="probabilities",
            class_names=("good", "mold"),
            histograms={"train": {"mold": Histogram((0.0, 1.0), (7,))}},
        ),
    ),
    metrics={"val/loss": MetricRecord(0.2, low=0.1, high=0.3, n=50, part="valid")},
    findings=(Finding("TX101", "bce-on-categorical", Severity.ERROR, "seen", "mend"),),
    versions={"keras": "3.15.1"},
)


def test_a_record_survives_the_disk(tmp_path: Path):
    """What was written beside the model is read back, equal in every field."""
    write_model_record(RECORD, tmp_path / "model-best.h5")

    assert RECORD == read_model_record(tmp_path / "model-best.h5")


def test_a_model_without_record_has_none(tmp_path: Path):
    """A file that trackexp did not write is no error."""
    assert read_model_record(tmp_path / "model.h5") is None


def test_keys_of_a_later_schema_are_ignored():
    """A record written by a newer version is read as far as it is known."""
    data = {**RECORD.to_dict(), "schema": 9, "carbon": 1.0}
    data["inputs"][0]["unit"] = "cm"

    assert RECORD == ModelRecord.from_dict(json.loads(json.dumps(data)))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sha256": "a", "inputs": 3}', '{"sha256":"a","parts":[1]}'])
def test_what_is_no_record_is_said_by_its_path(tmp_path: Path, text: str):
    """A file that was cut or holds something else raises one error."""
    model_record_path(tmp_path / "model.h5").write_text(text)

    with pytest.raises(UnreadableRunError, match="model record"):
        read_model_record(tmp_path / "model.h5")
