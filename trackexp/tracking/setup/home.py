"""The folders that W&B keeps beside the runs."""

from __future__ import annotations

from pathlib import Path


def home_folders() -> list[tuple[str, Path, str]]:
    """Return them: what each is for, where it is by W&B's own variables, and the variable that moves it."""
    from wandb import env

    places = [("staging", env.get_data_dir(), "WANDB_DATA_DIR"), ("cache", env.get_cache_dir(), "WANDB_CACHE_DIR")]
    return [(name, Path(folder).expanduser().absolute(), variable) for name, folder, variable in places]
