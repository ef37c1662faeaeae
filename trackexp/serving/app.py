"""The application: routes over one holder of models, behind the gateway."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException
from starlette.exceptions import HTTPException as StarletteHTTPException

from trackexp.errors import RequestError
from trackexp.serving.batching import Batcher
from trackexp.serving.documentation import add_documentation
from trackexp.serving.facade import Facade
from trackexp.serving.gateway import Gateway, passage_of, problem
from trackexp.serving.holder import Loading, ModelHolder
from trackexp.serving.metrics import Metrics
from trackexp.serving.openapi import describe
from trackexp.serving.prediction_log import PredictionLog
from trackexp.serving.routes import add_routes
from trackexp.serving.shadow import Shadow
from trackexp.serving.training import Trainer, add_training_routes
from trackexp.serving.v2 import add_v2_routes

if TYPE_CHECKING:
    from trackexp.serving.places import Place

_LOGGER = logging.getLogger("trackexp")


@dataclass(frozen=True)
class ServingOptions:
    """How a model is served.

    Args:
        token: That every request but health checks must bear; "" for none.
        most_bytes: Of a request's body.
        log: Folder of the prediction log; None keeps none.
        log_inputs: Share of the requests whose inputs the log keeps, 0 to 1.
        most_queued: Requests that may wait; one more is answered with 503.
        deadline: Seconds within which a request that waits is answered, or given up with 504.
        patience: Seconds within which a body must have arrived.
        poll: Seconds between two looks at where the alias points.
        training: Who trains on request; None: nobody.
    """

    token: str = ""
    most_bytes: int = 4 << 20
    log: Path | None = None
    log_inputs: float = 0.0
    most_queued: int = 256
    deadline: float = 10.0
    patience: float = 10.0
    poll: float = 2.0
    training: Trainer | None = None


@dataclass(eq=False)
class Service:
    """What the routes of one server share."""

    holder: ModelHolder
    metrics: Metrics
    batcher: Batcher
    log: PredictionLog | None = None
    shadow: Shadow | None = None
    training: Trainer | None = None
    draining: bool = False
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @asynccontextmanager
    async def running(self, poll: float) -> AsyncIterator[None]:
        """Watch the alias while the server runs; write the log to its end afterwards."""
        self.tasks.append(asyncio.create_task(self.holder.watch(poll)))
        if self.shadow is not None:
            self.tasks.append(asyncio.create_task(self.shadow.run()))
        try:
            yield
        finally:
            self.draining = True
            for task in self.tasks:
                task.cancel()
            self.holder.close()
            self.batcher.close()
            if self.training is not None:
                self.training.close()
            if self.log is not None:
                await asyncio.to_thread(self.log.close)


def make_app(
    facade: Facade,
    options: ServingOptions | None = None,
    *,
    place: Place | None = None,
    loading: Loading | None = None,
    shadow: Facade | None = None,
) -> Gateway:
    """Return the ASGI application that serves a model.

    Args:
        facade: The model.
        options: How.
        place: Where it came from; an alias is then watched.
        loading: How the next one is loaded.
        shadow: A second model that is asked after each answer.

    Raises:
        UsageError: The folder of the log cannot be written to.
    """
    options = options or ServingOptions()
    metrics = Metrics()
    log = None
    if options.log is not None:
        log = PredictionLog(options.log, inputs=options.log_inputs, dropped=metrics.log_dropped.inc)
    holder = ModelHolder(facade, place, loading, shadow=shadow, metrics=metrics)
    batcher = Batcher(most_queued=options.most_queued, deadline=options.deadline, observe=metrics.batch)
    second = None if shadow is None else Shadow(shadow, log, metrics)
    service = Service(holder, metrics, batcher, log, second, options.training)
    return Gateway(
        _application(service, options), metrics, token=options.token, most_bytes=options.most_bytes,
        patience=options.patience, refused=(lambda: None) if log is None else (lambda: log.count("refused")),
    )  # fmt: skip


def _application(service: Service, options: ServingOptions) -> FastAPI:
    """Return the routes over a service, with its errors and its documents."""
    facade = service.holder.current

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with service.running(options.poll):
            yield

    app = FastAPI(
        title=f"{facade.name} behind trackexp", version=facade.version, openapi_url=None, docs_url=None, redoc_url=None,
        lifespan=lifespan,
    )  # fmt: skip
    app.state.service = service
    add_routes(app, service)
    add_v2_routes(app, service)
    if service.training is not None:
        add_training_routes(app, service, service.training)
    add_documentation(
        app, lambda: describe(service.holder.current, training=service.training, secured=bool(options.token))
    )
    for error in (RequestError, StarletteHTTPException, HTTPException, Exception):
        app.add_exception_handler(error, _refused)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """Answer an error in one sentence; what it is in detail stands in the log alone."""
    passage = passage_of(request.scope)
    headers: dict[str, str] = {}
    if isinstance(error, StarletteHTTPException):
        words = {404: "there is no such path", 405: "this path does not take that method"}
        headers = dict(error.headers or {})
        error = RequestError(words.get(error.status_code, "it cannot be answered"), status=error.status_code)
    elif not isinstance(error, RequestError):
        _LOGGER.error("request %s failed", passage.id, exc_info=error)
        error = RequestError("the server failed; its log says how", status=500, detail=type(error).__name__)
    body, more = problem(passage, error)
    return Response(body, error.status, headers | {key.decode(): value.decode() for key, value in more})


def service_of(gateway: Gateway) -> Service:
    """Return what the routes of an application share."""
    found: Any = gateway.app.state.service
    assert isinstance(found, Service)
    return found
