"""What a running script is told: talk goes to stderr, and a stderr that is gone is no reason to fail."""

from __future__ import annotations

import logging
import sys

logger = logging.getLogger("trackexp")


def talk(text: str) -> None:
    """Write a line, or several, to stderr at once."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        logger.debug("stderr is gone; not said: %s", text)
