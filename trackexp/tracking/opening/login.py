"""`python -m trackexp.tracking.opening.login`: may this machine go online? Exit code 0 yes, 3 offline, 2 a mistake.

For the start of a container: a wrong key is told before anything is loaded, and what is offline is told once.
"""

from __future__ import annotations

import sys

from trackexp.errors import CredentialsError
from trackexp.reporting.talk import talk
from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.opening import credentials

ONLINE, MISTAKE, OFFLINE = 0, 2, 3


def log_in() -> int:
    """Return whether runs can go online; what is in the way is said."""
    settings = wandb_private.global_settings()
    try:
        found = credentials.find(Environment.read(), settings)
        if found is None:
            talk("trackexp: no W&B key found: recording offline (set WANDB_API_KEY or WANDB_API_KEY_FILE to go online)")
            return OFFLINE
        credentials.verify(found, settings.entity)
    except CredentialsError as error:
        talk(f"trackexp: {error}")
        return MISTAKE
    except credentials.ServerUnreachableError as reason:
        talk(f"trackexp: {settings.base_url} cannot be reached ({reason}): recording offline")
        return OFFLINE
    return ONLINE


if __name__ == "__main__":
    sys.exit(log_in())
