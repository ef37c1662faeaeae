"""W&B's settings for a run: what trackexp needs of them, and over it what the user gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackexp.errors import UsageError, nearest
from trackexp.tracking import wandb_private
from trackexp.tracking.options import TrackOptions, user_settings

FINISH_SECONDS = 30.0


def service_settings() -> dict[str, Any]:
    """Return what every run is to have: a bounded finish, and a file that is flushed every second."""
    return {"finish_timeout": FINISH_SECONDS, **wandb_private.flush_setting()}


def run_settings(options: TrackOptions, more: Mapping[str, Any]) -> Any:
    """Return W&B's settings for the run: ours, and over them the user's."""
    import wandb

    ours: dict[str, Any] = {
        "silent": True,
        **service_settings(),
        **more,
    }
    given = user_settings(options)
    unknown = sorted(set(given) - set(wandb.Settings.model_fields))
    if unknown:
        raise UsageError(
            f"settings: W&B has no setting {unknown[0]!r}{nearest(unknown[0], wandb.Settings.model_fields)}"
        )
    return wandb.Settings(**{**ours, **given, "finish_timeout_raises": True})  # `close` catches it, and says it
