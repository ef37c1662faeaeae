"""Every environment variable that trackexp itself reads, in one place; W&B reads its own `WANDB_*` as ever."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment as it was when a run was opened.

    Args:
        disabled: `TRACKEXP_DISABLED`: every call is a no-op and the script behaves as without trackexp.
        rank: `RANK`, as torchrun and its kin set it: of several processes only rank 0 records.
        mode: `WANDB_MODE`.
        directory: `WANDB_DIR`, the folder in which `wandb/` is made.
        api_key: `WANDB_API_KEY`.
        identity_token_file: `WANDB_IDENTITY_TOKEN_FILE`, W&B's other way to log in.
        cache: `TRACKEXP_CACHE_DIR`, or `trackexp` in the user's folder of caches: keeps what listings have read.
    """

    disabled: bool = False
    rank: int = 0
    mode: str | None = None
    directory: Path | None = None
    api_key: str | None = field(default=None, repr=False)
    identity_token_file: str | None = None
    cache: Path = Path("~/.cache/trackexp")

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Environment:
        """Read the variables; empty ones count as unset, as they do for W&B."""
        values = {name: value for name, value in (os.environ if environ is None else environ).items() if value.strip()}
        rank = values.get("RANK", "0").strip()
        return cls(
            disabled=values.get("TRACKEXP_DISABLED", "").strip().lower() in _TRUE,
            rank=int(rank) if rank.isdigit() else 0,
            mode=values.get("WANDB_MODE"),
            directory=Path(values["WANDB_DIR"]) if "WANDB_DIR" in values else None,
            api_key=values.get("WANDB_API_KEY"),
            identity_token_file=values.get("WANDB_IDENTITY_TOKEN_FILE"),
            cache=_cache_folder(values),
        )


def _cache_folder(values: Mapping[str, str]) -> Path:
    """Return the folder for what can be made again: ours, XDG's, or what the system calls its own."""
    if "TRACKEXP_CACHE_DIR" in values:
        return Path(values["TRACKEXP_CACHE_DIR"]).expanduser()
    if "XDG_CACHE_HOME" in values:
        return Path(values["XDG_CACHE_HOME"]) / "trackexp"
    if sys.platform == "win32" and "LOCALAPPDATA" in values:
        return Path(values["LOCALAPPDATA"]) / "trackexp" / "cache"
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path(values.get("HOME") or Path.home()) / caches / "trackexp"
