"""uvicorn around the application: threads pinned, slow clients cut, and a SIGTERM that loses no answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from trackexp.errors import UsageError
from trackexp.serving.app import Service, service_of
from trackexp.serving.gateway import Gateway

_LOGGER = logging.getLogger("trackexp")
_PATIENCE = 10.0  # seconds for a client to send the head of its first request
_GRACE = 20  # seconds for the answers that are under way
_NOTICE = 0.5  # seconds between "not ready" and the end of listening


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, before any model is loaded.

    Raises:
        UsageError: The port is taken, or the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        hint = f"; take another, such as --port {port + 1}, or 0 for any that is free" if port else ""
        raise UsageError(f"port {port} of {host} cannot be had ({error.strerror}){hint}.") from error
    return bound


def pin_threads(count: int = 1) -> None:
    """Let every framework that is loaded, or will be, use so many threads: more of them make one row slower."""
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(count))
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(count)


def run_server(app: Gateway, listening: socket.socket) -> None:
    """Serve until SIGTERM or Ctrl-C; what is under way is answered, then the function returns."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, http=_Impatient, timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=30, backlog=2048, lifespan="on", server_header=False,
    )  # fmt: skip
    _Server(config, service_of(app)).run(sockets=[listening])


class _Impatient(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's protocol, which closes a connection whose first request has not begun after some seconds."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.loop.call_later(_PATIENCE, self._cut)

    def _cut(self) -> None:
        if getattr(self, "cycle", None) is None and not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """uvicorn's server: on SIGTERM first not ready, then no longer listening; its exit code is 0."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while serving; uvicorn would raise them again afterwards, and end with a code of failure."""
        handled = (signal.SIGTERM, signal.SIGINT)
        before = {one: signal.signal(one, self.handle_exit) for one in handled}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Say "not ready", and stop listening a moment later; a second signal ends at once."""
        if self._service.draining:
            super().handle_exit(sig, frame)
            return
        self._service.draining = True
        _LOGGER.info("draining: requests that are under way are answered")
        asyncio.get_running_loop().call_later(_NOTICE, self._stop)

    def _stop(self) -> None:
        self.should_exit = True
