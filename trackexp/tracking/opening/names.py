"""The name of a run that was given none: the script or function, what varies, and which run of the folder it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MOST_SETTINGS, _MOST_LETTERS = 4, 90
# Whoever sets one of these has a name, or has W&B make one.
_NAMED_BY = ("WANDB_NAME", "WANDB_RUN_NAME", "WANDB_SWEEP_ID", "WANDB_RUN_ID", "WANDB_RESUME")
_last: dict[str, int] = {}


def is_named() -> bool:
    """Return whether the environment names runs."""
    return any(os.environ.get(name, "").strip() for name in _NAMED_BY)


def script_name() -> str:
    """Return what a person calls the script that runs: `train` for `train.py`, the module's name for `-m`."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name not in ("__main__", None):
        return str(spec.name).removesuffix(".__main__")
    return Path(str(getattr(main, "__file__", None) or (sys.argv or [""])[0] or "run")).stem or "run"


def run_name(subject: str, varying: Mapping[str, Any], folder: str | os.PathLike[str] | None) -> str:
    """Return a name that tells a run from others, such as `train lr=0.01 #7`.

    Args:
        subject: The script or the function.
        varying: Settings that are not the usual ones; single values of them are named.
        folder: Where `wandb/` is; the number says which run of it this is.
    """
    settings = [
        f"{name}={_short(value)}"
        for name, value in varying.items()
        if isinstance(value, bool | int | float | str) and len(str(value)) <= 24
    ]
    words = [subject, *settings[:_MOST_SETTINGS]]
    while len(" ".join(words)) > _MOST_LETTERS and len(words) > 1:
        words.pop()
    return " ".join([" ".join(words)[:_MOST_LETTERS], f"#{_number(Path(folder or '.'))}"])


def _number(folder: Path) -> int:
    try:
        runs = [entry for entry in os.listdir(folder / "wandb") if "run-" in entry]  # noqa: PTH208  as text: many
    except OSError:
        runs = []
    key = os.path.abspath(folder)  # noqa: PTH100
    _last[key] = max(len(runs), _last.get(key, 0)) + 1
    return _last[key]


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
