"""The plain routes: predictions, models, feedback, health and metrics."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import FastAPI, Request, Response
from pydantic import ValidationError

from trackexp.errors import RequestError
from trackexp.serving.entities import Feedback
from trackexp.serving.facade import Facade
from trackexp.serving.gateway import Passage, passage_of
from trackexp.serving.prediction import Prediction

if TYPE_CHECKING:
    from trackexp.serving.app import Service

_JSON = "application/json"


def add_routes(app: FastAPI, service: Service) -> None:
    """Add `/predict`, `/models`, `/feedback`, `/metrics` and the health checks."""
    _add_predictions(app, service)
    _add_models(app, service)
    _add_health(app, service)

    @app.post("/feedback")
    async def feedback(request: Request) -> Response:
        given = _feedback(passage_of(request.scope).body)
        if service.log is None:
            raise RequestError("this server keeps no log to note it in", status=404)
        rows = await asyncio.to_thread(service.log.rows_of, given.id)
        if not rows:
            raise RequestError("no request of this id is in the log", status=404, place="id")
        if rows != len(given.targets):
            raise RequestError(f"expected {rows} targets, one a row of the request", place="targets")
        service.log.label(given.id, given.targets)
        return answer({"id": given.id, "noted": rows}, 202)


def _add_predictions(app: FastAPI, service: Service) -> None:
    @app.post("/predict")
    async def predict(request: Request) -> Response:
        return await _predict(service, service.holder.current, passage_of(request.scope))

    @app.post("/models/{model_id}/predict")
    async def predict_by(model_id: str, request: Request) -> Response:
        return await _predict(service, service.holder.find(model_id), passage_of(request.scope))


def _add_models(app: FastAPI, service: Service) -> None:
    @app.get("/models")
    async def models() -> Response:
        listed = [
            {"name": facade.name, "version": facade.version, "part": part, "framework": facade.model.framework}
            for facade, part in service.holder.all()
        ]
        return answer({"models": listed})

    @app.get("/models/{model_id}")
    async def model(model_id: str) -> Response:
        return Response(service.holder.find(model_id).metadata.model_dump_json(), media_type=_JSON)


def _add_health(app: FastAPI, service: Service) -> None:
    @app.get("/healthz")
    async def healthz() -> Response:
        return answer({"live": True})

    @app.get("/readyz")
    async def readyz() -> Response:
        return ready_answer(service)

    @app.get("/metrics")
    async def metrics() -> Response:
        service.metrics.queued.set(service.batcher.queued)
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def ready_answer(service: Service) -> Response:
    """Return whether requests should still be sent here."""
    ready = not service.draining
    return answer({"ready": ready, "live": True}, 200 if ready else 503)


async def predict_rows(service: Service, facade: Facade, passage: Passage, rows: Any) -> Prediction:
    """Return the answer to checked rows; counted, logged, and shown to the shadow."""
    passage.model, passage.version = facade.name, facade.version
    passage.rows = len(rows)
    found = await service.batcher.submit(facade, rows)
    service.metrics.predicted(found)
    if service.log is not None:
        service.log.add(passage.id, found, rows, facade.schema.columns)
    if service.shadow is not None and facade is service.holder.current:
        service.shadow.offer(passage.id, rows, found)
    return found


def parsed(body: bytes) -> dict[str, Any]:
    """Return a JSON object, strictly: no NaN, nothing after it.

    Raises:
        RequestError: It is none.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"the body is no JSON (line {error.lineno}, column {error.colno})") from None
    if not isinstance(found, dict):
        raise RequestError("the body is no JSON object")
    return found


def refuse_unknown(given: dict[str, Any], known: tuple[str, ...], place: str = "") -> None:
    """Raise for fields that mean nothing here.

    Raises:
        RequestError: There are some.
    """
    if unknown := [key for key in given if key not in known]:
        raise RequestError(f"{len(unknown)} unknown fields; expected {' and '.join(known)}", place=place)


def answer(data: Any, status: int = 200) -> Response:
    """Return data as a JSON answer."""
    return Response(orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY), status, media_type=_JSON)


async def _predict(service: Service, facade: Facade, passage: Passage) -> Response:
    given = parsed(passage.body)
    refuse_unknown(given, ("inputs",))
    if "inputs" not in given:
        raise RequestError("the field is missing", place="inputs")
    passage.model, passage.version = facade.name, facade.version
    found = await predict_rows(service, facade, passage, facade.schema.read(given["inputs"]))
    return answer({"predictions": found.rows(), "model": found.model, "version": found.version, "id": passage.id})


def _feedback(body: bytes) -> Feedback:
    try:
        return Feedback.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or part in Feedback.model_fields)
        raise RequestError(f"{first['msg'][:1].lower()}{first['msg'][1:]}", place=place) from None
