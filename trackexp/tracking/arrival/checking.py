"""The look at the server when a run has ended, in a bounded time."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from trackexp.errors import TrackexpError
from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.arrival.held import held_of
from trackexp.tracking.arrival.missing import Missing, missing
from trackexp.tracking.arrival.sent import sent_of
from trackexp.tracking.failures import in_time
from trackexp.tracking.opening import credentials
from trackexp.tracking.opening.credentials import Credentials, ServerUnreachableError

logger = logging.getLogger("trackexp")

# Between the first look and the last, while something is missing: what was accepted just now may not be listed yet.
WAIT_SECONDS, PAUSE_SECONDS = 3.0, 0.5
CHECK_SECONDS = 8.0


def known_credentials(base_url: str | None = None, passed: str | None = None) -> Credentials | None:
    """Return the credentials that W&B would use now; None where there are none, or where only W&B can use them.

    Raises:
        CredentialsError: A key is there and cannot be one.
    """
    settings = wandb_private.global_settings()
    if base_url:
        settings = settings.model_copy(update={"base_url": base_url})
    found = credentials.find(Environment.read(), settings, passed)
    return None if found is None or found.key is None else found


def arrival_of(folder: Path, found: Credentials) -> Missing | None:
    """Return what the server does not hold of the run of a folder; None where it could not be asked in time."""
    try:
        return in_time(lambda: _look(folder, found), CHECK_SECONDS, name="arrival")
    except (TimeoutError, ServerUnreachableError, TrackexpError, OSError):
        logger.debug("the server could not be asked what has arrived", exc_info=True)
        return None


def _look(folder: Path, found: Credentials) -> Missing:
    file = next(iter(folder.glob("run-*.wandb")), folder / "run.wandb")
    sent = sent_of(file)
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        lacking = missing(sent, held_of(sent, found))
        if not lacking or time.monotonic() > deadline:
            return lacking
        time.sleep(PAUSE_SECONDS)
