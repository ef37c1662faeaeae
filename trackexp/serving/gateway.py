"""What every request passes, in pure ASGI: its id, the token, a bounded body, metrics and a line in the log."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import orjson

from trackexp.errors import RequestError
from trackexp.serving.metrics import OTHER, Metrics

_LOGGER = logging.getLogger("trackexp")
_CLEAN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OPEN = frozenset({"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"})  # an orchestrator has no token
_KEY = "trackexp"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(slots=True)
class Passage:
    """One request on its way.

    Args:
        id: The caller's `X-Request-ID` where it is clean, else a new one.
        body: Read whole.
        headers: Names in lower case.
        model: Who answered, for metrics and log.
    """

    id: str
    headers: dict[bytes, bytes]
    body: bytes = b""
    model: str = ""
    version: str = ""
    rows: int = 0
    status: int = 500
    detail: str = ""


def passage_of(scope: MutableMapping[str, Any]) -> Passage:
    """Return what the gateway knows of a request."""
    found = scope[_KEY]
    assert isinstance(found, Passage)
    return found


class Gateway:
    """The outermost application.

    Args:
        app: What answers.
        metrics: Where requests are counted.
        token: That every request but health checks must bear; "" for none.
        most_bytes: Of a body, counted as it arrives.
        patience: Seconds within which a body must have arrived.
        refused: Called for each request that was refused with 4xx for what it held.
    """

    def __init__(
        self, app: Any, metrics: Metrics, *, token: str = "", most_bytes: int = 4 << 20, patience: float = 10.0,
        refused: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.app, self.metrics, self.token, self.most_bytes = app, metrics, token, most_bytes
        self.patience, self.refused = patience, refused

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        passage = scope[_KEY] = Passage(_request_id(headers), headers)
        answering = self._answering(passage, send)
        try:
            self._admit(scope["path"], headers)
            if scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
                passage.body = await asyncio.wait_for(self._body(headers, receive), self.patience)
            await self.app(scope, receive, answering)
        except TimeoutError:
            await _refuse(answering, passage, RequestError("the body did not arrive in time", status=408), close=True)
        except RequestError as error:
            await _refuse(answering, passage, error, close=error.status == 413)
        except ConnectionError:
            passage.status = 499  # the caller has gone
        self._note(scope, passage, time.perf_counter() - began)

    def _admit(self, path: str, headers: dict[bytes, bytes]) -> None:
        if not self.token or path in _OPEN:
            return
        given = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        if not hmac.compare_digest(given, self.token.encode()):
            raise RequestError("a bearer token is needed", status=401)

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        told = headers.get(b"content-length", b"0")
        too_large = RequestError(f"the body is larger than {self.most_bytes:,} bytes", status=413)
        if told.isdigit() and int(told) > self.most_bytes:
            raise too_large
        message = await receive()
        body: bytes = message.get("body", b"")
        if not message.get("more_body"):
            if len(body) > self.most_bytes:
                raise too_large
            return body
        parts, size = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.most_bytes:
                raise too_large
        return b"".join(parts)

    def _answering(self, passage: Passage, send: Send) -> Send:
        name = (b"x-request-id", passage.id.encode())

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                passage.status = message["status"]
                message["headers"] = [*message.get("headers", ()), name]
            await send(message)

        return answer

    def _note(self, scope: MutableMapping[str, Any], passage: Passage, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", OTHER)
        self.metrics.request(passage.model, passage.version, route, passage.status, seconds)
        if passage.status in (413, 422):
            self.refused()
        if _LOGGER.isEnabledFor(logging.INFO):
            outcome = "answered" if passage.status < 400 else "refused" if passage.status < 500 else "failed"
            fields = {
                "request_id": passage.id, "route": route, "model": passage.model, "version": passage.version,
                "status": passage.status, "rows": passage.rows, "latency_ms": round(1000 * seconds, 3),
                "outcome": outcome,
            }  # fmt: skip
            if passage.detail:
                fields["detail"] = passage.detail
            _LOGGER.info("request", extra={"fields": fields})


def problem(passage: Passage, error: RequestError) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return body and headers of a refusal."""
    passage.detail = error.detail
    text = str(error)
    ended = text if text.endswith((".", "?")) else f"{text}."
    body = {"error": ended if error.place else ended[:1].upper() + ended[1:], "id": passage.id}
    if error.place:
        body["place"] = error.place
    headers = [(b"content-type", b"application/json")]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return orjson.dumps(body), headers


async def _refuse(send: Send, passage: Passage, error: RequestError, *, close: bool = False) -> None:
    body, headers = problem(passage, error)
    headers.append((b"content-length", str(len(body)).encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _CLEAN.fullmatch(given) else os.urandom(8).hex()
