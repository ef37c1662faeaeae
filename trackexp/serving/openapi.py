"""The OpenAPI document of a served model; ranges, categories and classes come from its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trackexp.record.model_record import InputRecord
from trackexp.serving.entities import Feedback, Input, Metric, ModelMetadata, Problem
from trackexp.serving.facade import Facade
from trackexp.serving.inputs import InputSchema

if TYPE_CHECKING:
    from trackexp.serving.training import Trainer

VERSION = "3.1.0"
_REF = "#/components/schemas/{model}"
_REFUSALS = {
    "408": "The body did not arrive in time.",
    "413": "The body is too large.",
    "422": "The model does not take this; in one sentence, with the place.",
    "503": "Too many requests are waiting.",
    "504": "The time for an answer is over.",
}
_Schema = dict[str, Any]


def describe(facade: Facade, *, training: Trainer | None = None, secured: bool = False) -> _Schema:
    """Return the document.

    Args:
        facade: The model that is served.
        training: What `/train` runs, where it is there.
        secured: Whether a bearer token is needed.
    """
    paths = _plain_paths(facade) | _v2_paths()
    if training is not None:
        paths |= _training_paths(training)
    components: _Schema = {"schemas": _schemas(facade)}
    found: _Schema = {
        "openapi": VERSION,
        "info": {"title": f"{facade.name} behind trackexp", "version": facade.version},
        "paths": paths,
        "components": components,
    }
    if secured:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
        for path in paths.values():
            for operation in path.values():
                operation["responses"]["401"] = _refusal("A bearer token is needed.")
    return found


def row_schema(schema: InputSchema) -> _Schema:
    """Return the schema of one row; ranges are told as an extension, because what lies outside is no error."""
    if schema.columns:
        numbers = [_value(schema.records[n] if n < len(schema.records) else None) for n in range(len(schema.columns))]
        count = len(schema.columns)
        return {"type": "array", "prefixItems": numbers, "minItems": count, "maxItems": count,
                "items": {"type": ["number", "string"]}}  # fmt: skip
    found = _value(schema.records[0] if schema.records else None)
    if schema.shape is None:
        return {"type": "array", "items": found}
    for size in reversed(schema.shape):
        found = {"type": "array", "items": found} | ({} if size is None else {"minItems": size, "maxItems": size})
    return found


def _value(record: InputRecord | None) -> _Schema:
    if record is None:
        return {"type": "number"}
    if record.categories is not None:
        return {"type": "string", "title": record.name, "examples": list(record.categories)[:20]}
    found: _Schema = {"type": ["number", "null"] if record.missing_rate else "number", "title": record.name}
    if record.minimum is not None and record.maximum is not None:
        found |= {
            "description": f"In training {record.minimum:g} to {record.maximum:g}; what lies outside is flagged.",
            "x-training-minimum": record.minimum,
            "x-training-maximum": record.maximum,
        }
    return found


def _schemas(facade: Facade) -> _Schema:
    schema = facade.schema
    rows: _Schema = {"type": "array", "minItems": 1, "items": row_schema(schema)}
    if schema.columns:
        columns = {
            name: {"type": "array", "minItems": 1, "items": _value(schema.records[n] if schema.records else None)}
            for n, name in enumerate(schema.columns)
        }
        named = {
            "type": "object", "properties": columns, "required": list(schema.columns), "additionalProperties": False
        }  # fmt: skip
        rows = {"oneOf": [rows, named]}
    request = {
        "type": "object", "properties": {"inputs": rows}, "required": ["inputs"], "additionalProperties": False
    }  # fmt: skip
    entities = {
        one.__name__: one.model_json_schema(ref_template=_REF)
        for one in (Feedback, Input, Metric, ModelMetadata, Problem)
    }
    for one in entities.values():
        one.pop("$defs", None)
    return {"PredictRequest": request, "PredictResponse": _answer(facade), **entities}


def _answer(facade: Facade) -> _Schema:
    flags = {"type": "array", "items": {"type": "string"}, "description": "Inputs outside the training range."}
    label: _Schema = {"type": ["string", "array"]}
    if facade.class_names:
        label["examples"] = list(facade.class_names)[:20]
    row: _Schema = {
        "class": label,
        "probabilities": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1.001}},
        "outside_range": flags,
    }
    if not facade.gives_classes:
        row = {"value": {"type": ["number", "array"]}, "outside_range": flags}
    one = {"type": "object", "properties": row, "required": list(row)}
    fields = {"predictions": {"type": "array", "items": one}}
    fields |= {name: {"type": "string"} for name in ("model", "version", "id")}
    return {"type": "object", "properties": fields, "required": list(fields)}


def _plain_paths(facade: Facade) -> _Schema:
    predict = _post("Predict rows", "PredictRequest", _json({"$ref": _REF.format(model="PredictResponse")}))
    version = {"name": "model_id", "in": "path", "required": True, "schema": {"type": "string"},
               "description": "A name, a version, or the run that trained it.", "example": facade.name}  # fmt: skip
    any_object = _json({"type": "object"})
    return {
        "/predict": {"post": predict},
        "/models": {"get": _get("Every model that is served here", any_object)},
        "/models/{model_id}": {
            "get": _get("What a model says of itself", _json({"$ref": _REF.format(model="ModelMetadata")}), version)
        },
        "/models/{model_id}/predict": {"post": {**predict, "parameters": [version], "responses": {
            **predict["responses"], "404": _refusal("No such model.")}}},
        "/feedback": {"post": _post("True answers to a request", "Feedback", any_object, "202")},
        "/healthz": {"get": _get("Whether the process lives", any_object)},
        "/readyz": {"get": _get("Whether requests should be sent here", any_object)},
        "/metrics": {"get": _get("For Prometheus", {"text/plain": {"schema": {"type": "string"}}})},
    }  # fmt: skip


def _v2_paths() -> _Schema:
    any_object = _json({"type": "object"})
    found: _Schema = {
        path: {"get": _get(text, any_object)}
        for path, text in (
            ("/v2", "Open Inference Protocol: the server"),
            ("/v2/health/live", "Whether the process lives"),
            ("/v2/health/ready", "Whether requests should be sent here"),
        )
    }
    tensor = {"type": "object", "required": ["name", "shape", "datatype"]}
    body = {"type": "object", "required": ["inputs"], "properties": {"inputs": {"type": "array", "items": tensor}}}
    for path in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        parts = [{"name": part, "in": "path", "required": True, "schema": {"type": "string"}}
                 for part in ("name", "version") if f"{{{part}}}" in path]  # fmt: skip
        found[path] = {"get": _get("A model's inputs and outputs", any_object, *parts)}
        found[f"{path}/ready"] = {"get": _get("Whether a model answers", any_object, *parts)}
        infer = _post("Predict tensors", None, any_object, body=body)
        found[f"{path}/infer"] = {"post": {**infer, "parameters": parts}}
        found[f"{path}/infer"]["post"]["responses"]["404"] = _refusal("No such model.")
    return found


def _training_paths(training: Trainer) -> _Schema:
    job = _json({"type": "object"})
    part = {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string"}}
    start = _post("Begin a training", None, job, "202", body=training.schema())
    start["responses"]["409"] = _refusal("A training runs already.")
    cancel = _get("Cancel a training", job, part)
    return {
        "/train": {"post": start},
        "/train/{job_id}": {"get": _get("State of a training", job, part), "delete": cancel},
    }


def _get(summary: str, content: _Schema, *parameters: _Schema) -> _Schema:
    found: _Schema = {"summary": summary, "responses": {"200": {"description": "It is so.", "content": content}}}
    found["responses"]["503"] = _refusal("Not now.")
    if parameters:
        found["parameters"] = list(parameters)
        found["responses"]["404"] = _refusal("There is no such one.")
    return found


def _post(
    summary: str, model: str | None, content: _Schema, code: str = "200", *, body: _Schema | None = None
) -> _Schema:
    given = _json({"$ref": _REF.format(model=model)} if body is None else body)
    refusals = {code: _refusal(text) for code, text in _REFUSALS.items()}
    if model == "Feedback":
        refusals["404"] = _refusal("No request of this id is in the log.")
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": given},
        "responses": {code: {"description": "It is answered.", "content": content}, **refusals},
    }


def _json(schema: _Schema) -> _Schema:
    return {"application/json": {"schema": schema}}


def _refusal(text: str) -> _Schema:
    return {"description": text, "content": _json({"$ref": _REF.format(model="Problem")})}
