"""What a model says of itself: its origin, what it takes and gives, how good it was; read without any framework.

The record lies beside the model file as `<file>.json` and in the metadata of its artifact, so that whoever meets the
file years later knows the run behind it, the ranges it was trained on and the findings it was saved with.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from trackexp.errors import UnreadableRunError
from trackexp.record.finding import Finding

MODEL_RECORD_SCHEMA = 1
_T = TypeVar("_T")

OutputKind = Literal["probabilities", "logits", "values"]


@dataclass(frozen=True, slots=True)
class ModelOrigin:
    """The run that trained the model and the code it ran.

    Args:
        run: `entity/project/id`, or the id alone of an offline run.
        commit: Of the repository; "" outside of one.
        dirty: Whether the working tree differed from the commit; None where that is not known.
        code_digest: Of the patch and the untracked sources; "" where there were none.
    """

    run: str = ""
    run_name: str = ""
    commit: str = ""
    dirty: bool | None = None
    code_digest: str = ""


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One part of the data: how many rows, and how many of each class.

    Args:
        digest: Of its rows, `RowSketch`'s: independent of order, process and machine; "" where it was not taken.
    """

    rows: int | None = None
    classes: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """One number with its uncertainty.

    Args:
        low: Lower end of the 95 % interval; None where only the point is known.
        high: Upper end.
        n: Rows it was computed on.
        part: `"valid"`, `"test"`, …
    """

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between edges: `len(edges) == len(counts) + 1`; values outside of them are in the outermost bins."""

    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class InputRecord:
    """One input as it was in training.

    Args:
        shape: Of one row, without the batch axis; None for an axis of any length.
        minimum: Smallest finite value that was seen.
        low: 1 % quantile of the values seen; None where it was not taken.
        high: 99 % quantile.
        categories: Values of an input that has few of them; None for a numeric one.
        missing_rate: Share of the values that are NaN, 0 to 1.
        constant: Whether one value was seen and no other.
    """

    name: str = ""
    dtype: str = "float32"
    shape: tuple[int | None, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] | None = None
    missing_rate: float = 0.0
    constant: bool = False
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """What the model gives for a row.

    Args:
        class_names: In the order of the last axis; empty for numbers.
        temperature: Logits are divided by it before the softmax; 1 leaves them as they are.
        threshold: Of the positive class's probability; None where none was chosen.
        threshold_for: What it was chosen for, such as `"least cost at fp=0.25, fn=1.5 on valid"`.
        histograms: Of the probability of each class, by part: `{"train": {"mold": Histogram}}`.
    """

    kind: OutputKind = "values"
    shape: tuple[int | None, ...] = ()
    class_names: tuple[str, ...] = ()
    activation: str = ""
    temperature: float = 1.0
    threshold: float | None = None
    threshold_for: str = ""
    histograms: Mapping[str, Mapping[str, Histogram]] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelRecord:
    """Everything a model says of itself; plain data, the same beside the file, in the artifact and in the ledger.

    Args:
        sha256: Of the model file: the version's identity, wherever the file goes.
        file: Its name.
        name: Under which it is known; "" before it was promoted.
        created: When the file was written, ISO 8601 with time zone.
        framework: `"keras"`, `"torch"`, `"sklearn"`, `"onnx"`, `"callable"`.
        runs_code: Whether loading the file can run code that is in it: a pickle, a Lambda layer, a custom class.
        parts: Of the data, by name.
        partition_digest: Of the partition that the parts come from; "" where there was none.
        parameters: The run's config without trackexp's own entries.
        metrics: By canonical name, such as `val/loss`.
        findings: Those that stood when the model was saved.
        versions: Of the packages that wrote it, by name.
    """

    sha256: str
    file: str = ""
    bytes: int = 0
    name: str = ""
    created: str = ""
    framework: str = ""
    backend: str = ""
    runs_code: bool | None = None
    origin: ModelOrigin = field(default_factory=ModelOrigin)
    parts: Mapping[str, PartRecord] = field(default_factory=dict)
    partition_digest: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[InputRecord, ...] = ()
    outputs: tuple[OutputRecord, ...] = ()
    metrics: Mapping[str, MetricRecord] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The first twelve digits of the SHA-256: how a version is written, `lemon-mold@3f2a91c0be77`."""
        return self.sha256[:12]

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-ready data, with its schema number."""
        plain = {key: value for key, value in asdict(self).items() if key != "findings"}
        return {"schema": MODEL_RECORD_SCHEMA, **plain, "findings": [one.to_dict() for one in self.findings]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelRecord:
        """Read a record back from `to_dict`'s form; keys of a later schema are ignored.

        Raises:
            UnreadableRunError: It is not a model record: the SHA-256 is missing, or a value has another type.
        """
        try:
            return cls(**_known(cls, {**data, **_nested_parts(data)}))
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            raise UnreadableRunError(f"this is not a model record: {error}") from error


def model_record_path(model: Path) -> Path:
    """Return where the record of a model file lies: beside it, under its name with `.json` after it."""
    return model.with_name(f"{model.name}.json")


def write_model_record(record: ModelRecord, model: Path) -> Path:
    """Write the record beside the model file, whole or not at all, and return where it is."""
    path = model_record_path(model)
    part = path.with_name(f".{os.getpid()}.part.{path.name}")
    try:
        part.write_text(json.dumps(record.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def read_model_record(model: Path) -> ModelRecord | None:
    """Return the record that lies beside a model file; None where there is none.

    Raises:
        UnreadableRunError: What lies there is not a model record.
    """
    path = model_record_path(model)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableRunError(f"{path} is not a model record: {error}") from error
    if not isinstance(data, dict):
        raise UnreadableRunError(
            f"{path} is not a model record: expected a JSON object, it holds a {type(data).__name__}."
        )
    return ModelRecord.from_dict(data)


def _nested_parts(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that are records of their own, built from their plain form."""
    return {
        "origin": _built(ModelOrigin, data.get("origin", {})),
        "parts": {str(key): _built(PartRecord, value) for key, value in data.get("parts", {}).items()},
        "inputs": tuple(_input(value) for value in data.get("inputs", ())),
        "outputs": tuple(_output(value) for value in data.get("outputs", ())),
        "metrics": {str(key): _built(MetricRecord, value) for key, value in data.get("metrics", {}).items()},
        "findings": tuple(Finding.from_dict(dict(row)) for row in data.get("findings", ())),
    }


def _input(data: Mapping[str, Any]) -> InputRecord:
    categories = data.get("categories")
    changed = {
        "shape": tuple(data.get("shape", ())),
        "categories": None if categories is None else tuple(str(value) for value in categories),
        "histogram": _histogram(data.get("histogram")),
    }
    return _built(InputRecord, {**data, **changed})


def _output(data: Mapping[str, Any]) -> OutputRecord:
    histograms = {
        str(part): {str(name): _histogram(value) for name, value in by_class.items()}
        for part, by_class in data.get("histograms", {}).items()
    }
    changed = {"shape": tuple(data.get("shape", ())), "class_names": tuple(data.get("class_names", ()))}
    return _built(OutputRecord, {**data, **changed, "histograms": histograms})


def _histogram(data: Mapping[str, Any] | None) -> Histogram | None:
    return None if data is None else Histogram(tuple(data["edges"]), tuple(data["counts"]))


def _built(kind: type[_T], data: Mapping[str, Any]) -> _T:
    return kind(**_known(kind, data))


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {key: value for key, value in data.items() if key in names}
