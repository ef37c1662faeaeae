"""The server of a view: the standard library's, on this machine alone, read-only; news come as server-sent events."""

from __future__ import annotations

import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from trackexp.errors import TrackexpError, UsageError
from trackexp.viewing.answers import Answer, Query, answer, asset, failed
from trackexp.viewing.board import Board
from trackexp.viewing.events import Events
from trackexp.viewing.guard import LOOPBACK, Guard

PORT = 8765
_TRIED = 50  # ports after the usual one

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Server:
    """A board on a port of 127.0.0.1, in threads of its own.

    Args:
        board: What is shown.
        port: Where; None takes the first free one from 8765 on, 0 any free one.
        token: Of the link; default a new one.

    Raises:
        UsageError: The port is taken, or none can be had.
    """

    def __init__(self, board: Board, *, port: int | None = None, token: str | None = None) -> None:
        self.board = board
        self.guard = Guard(token)
        self._http = _listening(port)
        self._http.board, self._http.guard = board, self.guard
        self._thread = Thread(target=self._http.serve_forever, args=(0.2,), name="trackexp-view-server", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._http.server_address[1])

    @property
    def address(self) -> str:
        """The address without the token."""
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def url(self) -> str:
        """The link that opens the page."""
        return f"{self.address}?token={self.guard.token}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False
    block_on_close = False
    request_queue_size = 64
    board: Board
    guard: Guard

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever asked has gone."""


def _listening(port: int | None) -> _Http:
    ports = [port] if port is not None else [*range(PORT, PORT + _TRIED), 0]
    for place, candidate in enumerate(ports):
        try:
            return _bound(candidate)
        except (OSError, OverflowError) as error:
            if place == len(ports) - 1:
                reason = error.strerror if isinstance(error, OSError) else error
                raise UsageError(
                    f"port {candidate} of {LOOPBACK} cannot be had ({reason}); pass another one with --port, or none "
                    "to take a free one"
                ) from error
    raise AssertionError("there is at least one port")


def _bound(port: int) -> _Http:
    http = _Http((LOOPBACK, port), _Handler, bind_and_activate=False)
    with suppress(AttributeError, OSError):  # connections of a view that has just ended do not keep its port
        http.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        http.server_bind()
        http.server_activate()
    except BaseException:
        http.server_close()
        raise
    return http


class _Handler(BaseHTTPRequestHandler):
    """One request: its host and token are looked at before anything else."""

    protocol_version = "HTTP/1.1"
    server_version = "trackexp"
    sys_version = ""
    timeout = 120.0
    server: Any

    def do_GET(self) -> None:
        """Answer a request."""
        guard: Guard = self.server.guard
        if not guard.is_our_name(self.headers.get("Host")):
            self._send(Answer(b"this server answers to 127.0.0.1 and localhost alone\n", "text/plain", 421))
            return
        asked = urlsplit(self.path)
        query = parse_qs(asked.query)
        if asked.path.startswith("/assets/"):
            self._send(asset(asked.path.removeprefix("/assets/")) or Answer(b"", "text/plain", 404))
            return
        given = query.pop("token", [None])[-1]
        if not guard.is_known(given, self.headers.get("Cookie"), self.headers.get("Authorization")):
            self._send(Answer(_NO_TOKEN, "text/html; charset=utf-8", 403))
        elif asked.path == "/":
            self._send_page(given)
        elif asked.path == "/api/events":
            self._stream(query)
        else:
            self._send(self._found(asked.path, query))

    def do_HEAD(self) -> None:
        """Answer as to GET, without the body."""
        self.do_GET()

    def _send_page(self, given: str | None) -> None:
        page = asset("index.html")
        assert page is not None
        cookie = f"{self.server.guard.cookie}={self.server.guard.token}; Path=/; HttpOnly; SameSite=Strict"
        self._send(page, {"Set-Cookie": cookie} if given is not None else {})

    def _found(self, path: str, query: Query) -> Answer:
        try:
            return answer(self.server.board, path, query)
        except TrackexpError as error:
            return failed(error)
        except Exception as error:
            return failed(TrackexpError(f"{type(error).__name__}: {error}; please report it"))

    def _send(self, found: Answer, headers: dict[str, str] | None = None) -> None:
        self.send_response(found.status)
        self.send_header("Content-Type", found.kind)
        self.send_header("Content-Length", str(len(found.body)))
        self.send_header("Content-Security-Policy", found.policy)
        for name, value in {**_HEADERS, **found.headers, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)

    def _stream(self, query: Query) -> None:
        """Send news until the page goes or the view ends."""
        try:
            events = Events(self.server.board, query, self.headers.get("Last-Event-ID", ""))
        except TrackexpError as error:
            self._send(failed(error))
            return
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        with suppress(OSError):
            for text in events:
                self.wfile.write(text)
                self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing: the terminal belongs to the training."""


_NO_TOKEN = (
    b'<!DOCTYPE html><html lang="en"><title>trackexp view</title><body><h1>The link lacks its token</h1>'
    b"<p>Open the link that <code>trackexp view</code> printed, with everything after the question mark.</p></body>"
)
