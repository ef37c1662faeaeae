"""Asking a W&B server: what may pass is tried again, what will not is said in our own errors."""

from __future__ import annotations

import random
import re
import socket
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from trackexp.errors import CredentialsError, RunNotFoundError, ServerError, TrackexpError, UsageError
from trackexp.reading.places import ServerPlace

_TRIES = 4
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0  # seconds; doubled after each try, and spread so that clients do not beat time
_ANSWER_SECONDS = 20  # for one request
_KNOCK_SECONDS = 5  # for opening a connection
_REFUSED = re.compile(r"not logged in|permission|forbidden|unauthori[sz]ed|\b40[13]\b|API key", re.IGNORECASE)
_ABSENT = re.compile(r"could not find|not found|\b404\b", re.IGNORECASE)
_WRONG = re.compile(r"\b4(?:00|22)\b|invalid|could not parse", re.IGNORECASE)
_WEATHER = re.compile(r"did not respond|timed? ?out|connect|\b(?:429|5\d\d)\b", re.IGNORECASE)

T = TypeVar("T")


def connected(place: ServerPlace) -> Any:
    """Return W&B's public API for the server that W&B is set up for, which must be that of a URL.

    Raises:
        CredentialsError: There is no key, or the server refuses it.
        ServerError: The server does not answer.
        UsageError: The URL is on another server.
    """
    import wandb

    base_url = _server()
    if place.host and place.host not in _hosts():
        raise UsageError(
            f"{place} is on {place.host}, and W&B is set up for {base_url}; "
            f"set WANDB_BASE_URL=https://{place.host} and a key for it"
        )
    asked(lambda: _knock(base_url), place)
    return asked(lambda: wandb.Api(timeout=_ANSWER_SECONDS), place)


def _knock(base_url: str) -> None:
    """Raise OSError where nobody listens: the client itself finds out only after all its own time has passed."""
    address = urlsplit(base_url)
    host = address.hostname or ""
    if address.scheme in getproxies() and not proxy_bypass(host):
        return  # only the proxy can be reached from here
    port = address.port or (80 if address.scheme == "http" else 443)
    socket.create_connection((host, port), timeout=_KNOCK_SECONDS).close()


def asked(question: Callable[[], T], place: ServerPlace) -> T:
    """Return the answer to a question; one that failed for a reason that may pass is asked again, after a while.

    Raises:
        RunNotFoundError: The server has no such project or run.
        CredentialsError: It refuses the key.
        UsageError: It does not understand the filters or the order.
        ServerError: It did not answer, however often it was asked.
    """
    import requests
    from wandb.errors import Error

    wait = _FIRST_WAIT
    for turn in range(1, _TRIES + 1):
        try:
            return question()
        except (Error, requests.RequestException, ValueError, TimeoutError, OSError) as error:
            lasting = _lasting(error, place)
            if lasting is not None:
                raise lasting from error
            if turn == _TRIES:
                raise ServerError(
                    f"{_server()} did not answer in {_TRIES} tries: {_text(error)}; try again later, or read the runs "
                    "that lie on this disk"
                ) from error
        time.sleep(wait * random.uniform(0.5, 1.0))
        wait = min(2 * wait, _LONGEST_WAIT)
    raise AssertionError("unreachable")


def _lasting(error: Exception, place: ServerPlace) -> TrackexpError | None:
    """Return our error for one that asking again will not mend; None for one that may pass."""
    text = _text(error)
    if _ABSENT.search(text):
        what = f"run {place}" if place.run_id else f"project {place}"
        return RunNotFoundError(
            f"no {what} at {_server()}, or the key may not see it; check the spelling, and whose key it is"
        )
    if _WEATHER.search(text) and "not logged in" not in text:
        return None
    if _REFUSED.search(text):
        return CredentialsError(
            f"{_server()} does not let you read {place}: {text}; log in with `wandb login`, or set WANDB_API_KEY"
        )
    if isinstance(error, ValueError) or _WRONG.search(text):
        return UsageError(f"{_server()} does not understand what was asked of {place}: {text}")
    return None


def _text(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _server() -> str:
    import wandb

    return str(wandb.setup().settings.base_url).rstrip("/")


def _hosts() -> set[str]:
    import wandb

    settings = wandb.setup().settings
    return {urlsplit(str(address)).netloc for address in (settings.base_url, settings.app_url)}
