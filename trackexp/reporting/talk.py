"""What a running script is told: talk goes to stderr, and a stderr that is gone is no reason to fail."""

from __future__ import annotations

import logging
import os
import sys
from typing import TextIO

logger = logging.getLogger("trackexp")


def talk(text: str) -> None:
    """Write a line, or several, to stderr at once."""
    if sys.stderr is None:
        return
    try:
        if is_gone(sys.stderr):
            raise ValueError("its descriptor was closed")
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        logger.debug("stderr is gone; not said: %s", text)


def is_gone(stream: TextIO) -> bool:
    """Return whether a standard stream's descriptor was closed, also where another file has since got its number.

    Text written to a closed descriptor stays in Python's buffer, fails again at exit and makes the exit code 120; and
    the next file or socket that is opened gets the number, and would get the text. Standard streams, and what is put
    in their place with `dup2`, are inheritable; whatever Python opens is not (PEP 446).
    """
    try:
        number = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return False  # a notebook's stream or a test's: it has no descriptor
    try:
        return number <= 2 and not os.get_inheritable(number)
    except OSError:
        return True
