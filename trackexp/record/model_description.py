"""A run's record → what its best model says of itself; works on any run whose facts trackexp noted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trackexp.record.best import best_value, metric_names
from trackexp.record.facts import ArrayFacts, Facts, OutputFacts
from trackexp.record.model_record import (
    Histogram,
    InputRecord,
    MetricRecord,
    ModelOrigin,
    ModelRecord,
    OutputKind,
    OutputRecord,
    PartRecord,
)
from trackexp.record.run_record import RunRecord

_PROBABILITIES = frozenset({"softmax", "sigmoid"})
_RUN_CODE = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".bin")


def describe_model(record: RunRecord, *, file: str, sha256: str, size: int, created: str = "") -> ModelRecord:
    """Return what the best model of a run says of itself; what the run does not know is left out, never guessed.

    Args:
        record: The run, finished or still open.
        file: Name of the model file.
        sha256: Of it.
        size: Bytes of it.
        created: When it was written, ISO 8601.

    >>> describe_model(RunRecord("6tviu1ge"), file="model-best.h5", sha256="3f" * 32, size=10).origin.run
    '6tviu1ge'
    """
    facts: Facts = record.facts[-1] if record.facts else {}
    model, data = facts.get("model", {}), facts.get("data", {})
    return ModelRecord(
        sha256=sha256,
        file=file,
        bytes=size,
        created=created,
        framework=str(dict(model).get("framework", "keras" if model else "")),
        backend=model.get("backend", ""),
        runs_code=_runs_code(facts, file),
        origin=_origin(record),
        parts=_parts(facts),
        parameters=dict(record.settings),
        inputs=tuple(
            _input(profile, model.get("input_names", []), n) for n, profile in enumerate(data.get("inputs", []))
        ),
        outputs=tuple(_output(facts, n, output) for n, output in enumerate(model.get("outputs", []))),
        metrics=_metrics(record),
        findings=record.findings,
        versions={**record.code.get("versions", {}), **({"keras": model["keras"]} if "keras" in model else {})},
    )


def _runs_code(facts: Facts, file: str) -> bool | None:
    """Return whether loading the file can run code from it; None where neither suffix nor layers tell."""
    if file.lower().endswith(_RUN_CODE):
        return True
    layers = facts.get("model", {}).get("layers")
    return None if layers is None else any(layer.get("layer") == "Lambda" for layer in layers)


def _origin(record: RunRecord) -> ModelOrigin:
    code = record.code
    return ModelOrigin(
        run="/".join(part for part in (record.entity, record.project, record.id) if part),
        run_name=record.name,
        commit=code.get("commit") or "",
        dirty=code.get("dirty"),
        code_digest=code.get("patch", {}).get("sha256", ""),
    )


def _parts(facts: Facts) -> dict[str, PartRecord]:
    """Return the parts that the last fit was given; a partition's own counts are told by its digest."""
    data: Mapping[str, Any] = facts.get("data", {})
    found: dict[str, PartRecord] = {}
    targets, valid = data.get("targets", []), data.get("validation_targets", [])
    if data.get("rows") is not None or targets:
        found["train"] = PartRecord(rows=data.get("rows"), classes=_classes(targets))
    if valid:
        found["valid"] = PartRecord(rows=_rows(valid[0]), classes=_classes(valid))
    return found


def _rows(profile: ArrayFacts) -> int | None:
    shape = profile.get("shape", [])
    return shape[0] if shape else None


def _classes(targets: list[ArrayFacts]) -> dict[str, int]:
    """Return rows by class where all rows were counted; a sample's counts are no counts of the part."""
    if not targets:
        return {}
    counts = targets[0].get("class_counts") or {}
    return dict(counts) if sum(counts.values()) == _rows(targets[0]) else {}


def _input(profile: ArrayFacts, names: list[str], number: int) -> InputRecord:
    name = profile.get("name") or (names[number] if number < len(names) else f"input_{number}")
    shape = profile.get("shape", [])
    minimum, maximum, bins = profile.get("minimum"), profile.get("maximum"), profile.get("histogram")
    return InputRecord(
        name=name,
        dtype=profile.get("dtype", "float32"),
        shape=tuple(shape[1:]),
        minimum=minimum,
        maximum=maximum,
        low=profile.get("percentile_1"),
        high=profile.get("percentile_99"),
        lowest=profile.get("percentile_0_1"),
        highest=profile.get("percentile_99_9"),
        histogram=None if bins is None else Histogram(tuple(bins["edges"]), tuple(bins["counts"])),
        missing_rate=profile.get("nan_share", 0.0),
        constant=minimum is not None and minimum == maximum,
    )


def _output(facts: Facts, number: int, output: OutputFacts) -> OutputRecord:
    losses = facts.get("compile", {}).get("losses", [])
    from_logits = losses[number].get("from_logits") if number < len(losses) else None
    activation = output.get("activation") or ""
    kind: OutputKind = "probabilities" if activation in _PROBABILITIES else "logits" if from_logits else "values"
    targets = facts.get("data", {}).get("targets", [])
    classes = (targets[number].get("class_counts") or {}) if number < len(targets) else {}
    names = tuple(sorted(classes, key=_by_number)) if kind != "values" else ()
    return OutputRecord(
        kind=kind, shape=tuple((output.get("shape") or [None])[1:]), class_names=names, activation=activation
    )


def _by_number(name: str) -> tuple[float, str]:
    try:
        return float(name), name
    except ValueError:
        return math.inf, name


def _metrics(record: RunRecord) -> dict[str, MetricRecord]:
    found = {
        name: best_value(record, name) for name in metric_names(record) if not name.startswith(("probe/", "batch/"))
    }
    return {
        name: MetricRecord(value=best.value, part=name.partition("/")[0] if "/" in name else "")
        for name, best in found.items()
        if best is not None and math.isfinite(best.value)
    }
