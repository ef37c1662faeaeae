"""The beginning of a look at the code: whether it is wanted, by the argument, W&B's variables and W&B's settings."""

from __future__ import annotations

from collections.abc import Mapping

from trackexp.settings import Environment
from trackexp.tracking.code.capture import Capture
from trackexp.tracking.code.located import locate
from trackexp.tracking.options import TrackOptions
from trackexp.tracking.secrets import Scrubber


def look_at_code(options: TrackOptions, environment: Environment, scrubber: Scrubber | None = None) -> Capture:
    """Begin to look at the code, in a thread of its own: W&B starts meanwhile.

    Args:
        options: What `track` was given.
        environment: As it is now.
        scrubber: The run's own, by default one that knows the secrets of the environment.
    """
    settings = options.settings
    if not isinstance(settings, Mapping):
        settings = {name: getattr(settings, name, None) for name in ("disable_code", "disable_git", "save_code")}
    with_code = options.save_code and environment.save_code
    with_code = with_code and not settings.get("disable_code") and settings.get("save_code") is not False
    with_git = not environment.disable_git and not settings.get("disable_git")
    located = locate(environment, with_git=with_git, with_code=with_code)
    return Capture(located, scrubber or Scrubber.from_environment())
