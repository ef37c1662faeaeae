"""What crosses the edge of a served model, typed: metadata, predictions, feedback; the source of its OpenAPI."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trackexp.record.model_record import ModelRecord


class Entity(BaseModel):
    """An entity that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Input(Entity):
    """One input as it was in training."""

    name: str
    dtype: str
    shape: list[int | None]
    minimum: float | None = Field(default=None, description="Smallest value that training saw.")
    maximum: float | None = Field(default=None, description="Largest value that training saw.")
    low: float | None = Field(default=None, description="A low quantile of the values.")
    high: float | None = Field(default=None, description="A high quantile of the values.")
    categories: list[str] | None = Field(default=None, description="The texts that training saw.")
    missing_rate: float = 0.0


class Metric(Entity):
    """One number with its 95 % interval, where it is known."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    part: str = ""


class ModelMetadata(Entity):
    """What a served model says of itself."""

    name: str
    version: str = Field(description="First digits of the SHA-256 of the model file.")
    framework: str = ""
    created: str = ""
    run: str = Field(default="", description="The run that trained it.")
    commit: str = ""
    inputs: list[Input] = []
    class_names: list[str] = []
    threshold: float | None = None
    threshold_for: str = ""
    metrics: dict[str, Metric] = {}
    findings: list[dict[str, Any]] = Field(
        default=[], description="What was wrong with its training when it was saved."
    )
    parts: dict[str, Any] = {}
    partition_digest: str = ""
    parameters: dict[str, Any] = {}
    versions: dict[str, str] = {}
    recorded: bool = Field(default=True, description="Whether a record lies beside the file.")

    @classmethod
    def of(cls, record: ModelRecord | None, *, name: str, version: str, framework: str) -> ModelMetadata:
        """Return the metadata of a record, under the name and version that are served."""
        if record is None:
            return cls(name=name, version=version, framework=framework, recorded=False)
        data = record.to_dict()
        output = record.outputs[0] if record.outputs else None
        return cls(
            name=name,
            version=version,
            framework=record.framework or framework,
            created=record.created,
            run=record.origin.run,
            commit=record.origin.commit,
            inputs=[Input(**{key: one[key] for key in Input.model_fields}) for one in map(_plain, data["inputs"])],
            class_names=list(output.class_names) if output is not None else [],
            threshold=output.threshold if output is not None else None,
            threshold_for=output.threshold_for if output is not None else "",
            metrics={key: Metric(**one) for key, one in data["metrics"].items()},
            findings=data["findings"],
            parts=data["parts"],
            partition_digest=record.partition_digest,
            parameters=dict(record.parameters),
            versions=dict(record.versions),
        )


class Feedback(Entity):
    """The true answers to a request, however late."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(min_length=1, max_length=128, description="The id of the request.")
    targets: list[str | int | float] = Field(min_length=1, description="One a row of the request, in its order.")


class Problem(Entity):
    """Why a request was not answered."""

    error: str = Field(description="One sentence.")
    place: str = Field("", description="Where in the request, such as `inputs[3].age`.")
    id: str = ""


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    shaped = {"shape": list(data["shape"]), "categories": data["categories"] and list(data["categories"])}
    return {**data, **shaped}
