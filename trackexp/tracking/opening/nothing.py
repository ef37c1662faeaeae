"""A run that keeps nothing, for where none can begin: the script goes on as without trackexp."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

from trackexp.errors import first_line
from trackexp.tracking.failures import Notifier
from trackexp.tracking.options import TrackOptions
from trackexp.tracking.run import Run


class _Nothing:
    """Takes the place of `wandb.Run` without any of W&B: mappings that can be read back, methods that do nothing."""

    def __init__(self, options: TrackOptions) -> None:
        self.id = uuid.uuid4().hex[:8]
        self.name, self.notes, self.tags = options.name, options.notes, options.tags
        self.project, self.entity, self.group = options.project or "", options.entity or "", options.group or ""
        self.config: dict[str, Any] = dict(options.config) if isinstance(options.config, dict) else {}
        self.summary: dict[str, Any] = {}
        self.dir, self.url, self.path = "", None, ""
        self.step = self.starting_step = 0
        self.settings = SimpleNamespace(
            _noop=True, _offline=True, mode="disabled", sweep_id=None, sweep_param_path=None
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_args, **_kwargs: None


def nothing(options: TrackOptions, error: Exception | None = None) -> Run:
    """Return a run that keeps nothing.

    Args:
        options: What `track` was given.
        error: Why none can begin, which is said.
    """
    notifier = Notifier()
    if error is not None:
        reason = f"{type(error).__name__}: {first_line(error)}"
        notifier.say(f"recording could not begin, the script goes on without it: {reason}")
    notifier.silence()
    return Run(_Nothing(options), options, notifier, recording=False)
