"""The Open Inference Protocol, version 2, with the binary extension: what KServe, Triton's clients and others speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from fastapi import FastAPI, Request, Response
from numpy.typing import NDArray

from trackexp.errors import RequestError
from trackexp.serving.facade import Facade
from trackexp.serving.gateway import Passage, passage_of
from trackexp.serving.prediction import Prediction
from trackexp.serving.routes import answer, parsed, predict_rows, ready_answer, refuse_unknown

if TYPE_CHECKING:
    from trackexp.serving.app import Service

_DTYPES: dict[str, np.dtype[Any]] = {
    "FP16": np.dtype("<f2"), "FP32": np.dtype("<f4"), "FP64": np.dtype("<f8"),
    **{f"{sign.upper()}{bits}": np.dtype(f"<{kind}{bits // 8}")
       for sign, kind in (("int", "i"), ("uint", "u")) for bits in (8, 16, 32, 64)},
}  # fmt: skip
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_LENGTH = b"inference-header-content-length"
_SERVER = {"name": "trackexp", "extensions": ["binary_tensor_data"]}


def add_v2_routes(app: FastAPI, service: Service) -> None:
    """Add the routes under `/v2`."""

    @app.get("/v2")
    async def server() -> Response:
        from trackexp import __version__

        return answer({**_SERVER, "version": __version__})

    @app.get("/v2/health/live")
    async def live() -> Response:
        return answer({"live": True})

    @app.get("/v2/health/ready")
    async def ready() -> Response:
        return ready_answer(service)

    async def model(name: str, version: str = "") -> Response:
        return answer(_metadata(service, service.holder.find(name, version)))

    async def model_ready(name: str, version: str = "") -> Response:
        found = service.holder.find(name, version)
        return answer({"name": found.name, "ready": not service.draining}, 503 if service.draining else 200)

    async def infer(request: Request, name: str, version: str = "") -> Response:
        return await _infer(service, service.holder.find(name, version), passage_of(request.scope))

    for path in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        app.get(path)(model)
        app.get(f"{path}/ready")(model_ready)
        app.post(f"{path}/infer")(infer)


def _metadata(service: Service, facade: Facade) -> dict[str, Any]:
    versions = [one.version for one, _ in service.holder.all() if one.name == facade.name]
    columns = len(facade.class_names) or -1
    outputs = [{"name": "probabilities", "datatype": "FP32", "shape": [-1, columns]}]
    outputs += [{"name": "classes", "datatype": "BYTES", "shape": [-1]}]
    values = [{"name": "values", "datatype": "FP32", "shape": [-1]}]
    return {
        "name": facade.name, "versions": versions, "platform": facade.model.framework,
        "inputs": _inputs(facade), "outputs": outputs if facade.gives_classes else values,
    }  # fmt: skip


def _inputs(facade: Facade) -> list[dict[str, Any]]:
    schema = facade.schema
    datatype = _NAMES[schema.dtype]
    if not schema.columns:
        shape = [-1, *(-1 if size is None else size for size in schema.shape or (-1,))]
        return [{"name": schema.tensor, "datatype": datatype, "shape": shape}]
    texts = {one.name for one in schema.records if one.categories is not None}
    return [
        {"name": name, "datatype": "BYTES" if name in texts else datatype, "shape": [-1]} for name in schema.columns
    ]


async def _infer(service: Service, facade: Facade, passage: Passage) -> Response:
    passage.model, passage.version = facade.name, facade.version
    head, tail = _split(passage)
    given = parsed(head)
    refuse_unknown(given, ("id", "parameters", "inputs", "outputs"))
    tensors = _tensors(given.get("inputs"), tail)
    found = await predict_rows(service, facade, passage, _rows(facade, tensors))
    return _response(given, found, passage)


def _split(passage: Passage) -> tuple[bytes, memoryview]:
    """Return the JSON and the binary part of a body."""
    told = passage.headers.get(_LENGTH)
    if told is None:
        return passage.body, memoryview(b"")
    if not told.isdigit() or int(told) > len(passage.body):
        raise RequestError("Inference-Header-Content-Length is no length within the body")
    return passage.body[: int(told)], memoryview(passage.body)[int(told) :]


def _tensors(given: Any, tail: memoryview) -> dict[str, Any]:
    """Return the input tensors by name; binary ones follow each other in the tail."""
    if not isinstance(given, list) or not given:
        raise RequestError("expected a list of tensors", place="inputs")
    found: dict[str, Any] = {}
    used = 0
    for number, one in enumerate(given):
        place = f"inputs[{number}]"
        if not isinstance(one, dict):
            raise RequestError("expected a tensor", place=place)
        refuse_unknown(one, ("name", "shape", "datatype", "parameters", "data"), place)
        name, shape, datatype = one.get("name"), one.get("shape"), one.get("datatype")
        if not isinstance(name, str) or name in found:
            raise RequestError("expected a name of its own", place=f"{place}.name")
        if not isinstance(shape, list) or not shape or any(type(size) is not int or size < 0 for size in shape):
            raise RequestError("expected a list of sizes", place=f"{place}.shape")
        size = one["parameters"].get("binary_data_size") if isinstance(one.get("parameters"), dict) else None
        if size is None:
            found[name] = _of_json(one.get("data"), shape, datatype, f"{place}.data")
        else:
            if type(size) is not int or size < 0 or used + size > len(tail):
                raise RequestError("its bytes are not in the body", place=f"{place}.parameters.binary_data_size")
            found[name] = _of_bytes(tail[used : used + size], shape, datatype, place)
            used += size
    if used != len(tail):
        raise RequestError(f"{len(tail) - used} bytes follow that no tensor names")
    return found


def _of_json(data: Any, shape: list[int], datatype: Any, place: str) -> NDArray[Any]:
    if not isinstance(data, list):
        raise RequestError("expected a list", place=place)
    flat: list[Any] = data
    while flat and isinstance(flat[0], list):
        if not all(isinstance(part, list) for part in flat):
            raise RequestError("the rows differ in depth", place=place)
        flat = [value for part in flat for value in part]
    if datatype == "BYTES":
        if not all(isinstance(value, str) for value in flat):
            raise RequestError("expected texts", place=place)
        return _shaped(np.array(flat, dtype=object), shape, place)
    dtype = _dtype(datatype, place)
    allowed = {int} if dtype.kind in "iu" else {int, float}
    wrong = next((n for n, value in enumerate(flat) if type(value) not in allowed), None)
    if wrong is not None:
        raise RequestError(f"expected {datatype}", place=f"{place}[{wrong}]")
    try:
        with np.errstate(over="ignore"):
            return _shaped(np.array(flat, dtype), shape, place)
    except (OverflowError, ValueError):
        raise RequestError(f"a value is no {datatype}", place=place) from None


def _of_bytes(data: memoryview, shape: list[int], datatype: Any, place: str) -> NDArray[Any]:
    if datatype == "BYTES":
        return _shaped(np.array(_texts(bytes(data), place), dtype=object), shape, place)
    dtype = _dtype(datatype, place)
    if len(data) % dtype.itemsize:
        raise RequestError(f"its bytes are no whole {datatype}", place=place)
    return _shaped(np.frombuffer(data, dtype), shape, place)


def _texts(data: bytes, place: str) -> list[str]:
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        text = data[at + 4 : at + 4 + size]
        if len(text) != size:
            raise RequestError("a text ends early", place=place)
        found.append(text.decode("utf-8", errors="replace"))
        at += 4 + size
    return found


def _dtype(datatype: Any, place: str) -> np.dtype[Any]:
    if not isinstance(datatype, str) or datatype not in _DTYPES:
        raise RequestError(f"expected one of {', '.join(_DTYPES)} or BYTES as datatype", place=place)
    return _DTYPES[datatype]


def _shaped(array: NDArray[Any], shape: list[int], place: str) -> NDArray[Any]:
    size = 1
    for one in shape:
        size *= one
    if array.size != size:
        raise RequestError(f"{array.size} values for a shape of {size}", place=place)
    return array.reshape(shape)


def _rows(facade: Facade, tensors: dict[str, Any]) -> Any:
    """Return the model's rows from its tensors: one for all, or one a column."""
    schema = facade.schema
    if len(tensors) == 1 and (not schema.columns or next(iter(tensors)) == "inputs"):
        name, tensor = next(iter(tensors.items()))
        if not schema.columns and name not in (schema.tensor, "inputs"):
            raise RequestError("the model has no input of that name", place="inputs[0].name")
        return schema.read(tensor.tolist() if tensor.dtype.kind == "O" else tensor)
    if not schema.columns:
        raise RequestError("the model takes one tensor", place="inputs")
    long = [name for name, tensor in tensors.items() if tensor.ndim > 2 or (tensor.ndim == 2 and tensor.shape[1] != 1)]
    if long:
        raise RequestError("expected one value a row of each column", place="inputs")
    return schema.read({name: tensor.reshape(len(tensor)) for name, tensor in tensors.items()})


def _response(given: dict[str, Any], found: Prediction, passage: Passage) -> Response:
    wanted, binary = _wanted(given, found)
    outputs, tails = [], []
    for name in wanted:
        array, datatype = _output(found, name)
        one: dict[str, Any] = {"name": name, "shape": list(array.shape), "datatype": datatype}
        if name in binary:
            data = _packed(array) if datatype == "BYTES" else np.ascontiguousarray(array).tobytes()
            one["parameters"] = {"binary_data_size": len(data)}
            tails.append(data)
        else:
            one["data"] = array.ravel().tolist()
        outputs.append(one)
    given_id = given.get("id")
    answered = given_id if isinstance(given_id, str) else passage.id
    told = {"model_name": found.model, "model_version": found.version, "id": answered, "outputs": outputs}
    head = orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)
    if not tails:
        return Response(head, media_type="application/json")
    return Response(
        b"".join([head, *tails]),
        headers={"Inference-Header-Content-Length": str(len(head))},
        media_type="application/octet-stream",
    )


def _wanted(given: dict[str, Any], found: Prediction) -> tuple[list[str], set[str]]:
    """Return the outputs that are asked for, and which of them as bytes."""
    there = ["values"] if found.probabilities is None else ["probabilities", "classes"]
    parameters = given.get("parameters")
    every = isinstance(parameters, dict) and parameters.get("binary_data_output") is True
    asked = given.get("outputs")
    if not asked:
        return there, set(there) if every else set()
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise RequestError("expected a list of outputs", place="outputs")
    names = [one.get("name") for one in asked]
    for number, name in enumerate(names):
        if name not in there:
            raise RequestError(f"expected one of {', '.join(there)}", place=f"outputs[{number}].name")
    binary = {
        one["name"] for one in asked
        if (one["parameters"].get("binary_data", every) if isinstance(one.get("parameters"), dict) else every) is True
    }  # fmt: skip
    return [str(name) for name in names], binary


def _output(found: Prediction, name: str) -> tuple[NDArray[Any], str]:
    if name == "classes":
        labels = [label if isinstance(label, str) else orjson.dumps(label).decode() for label in found.classes]
        return np.array(labels, dtype=object), "BYTES"
    return np.asarray(found.outputs, "<f4"), "FP32"


def _packed(texts: NDArray[Any]) -> bytes:
    encoded = [str(text).encode() for text in texts.tolist()]
    return b"".join(len(text).to_bytes(4, "little") + text for text in encoded)
