"""Every environment variable that trackexp itself reads, in one place; W&B reads its own `WANDB_*` as ever."""

from __future__ import annotations

import os
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
        save_code: False where `WANDB_DISABLE_CODE` or `WANDB_SAVE_CODE=false` says that no code is to be stored.
        disable_git: `WANDB_DISABLE_GIT`: git is not looked at.
        git_commit: `WANDB_GIT_COMMIT`.
        git_remote_url: `WANDB_GIT_REMOTE_URL`.
        stamp: `TRACKEXP_STAMP`, the file or folder of the stamp where it is not near the script.
    """

    disabled: bool = False
    rank: int = 0
    mode: str | None = None
    directory: Path | None = None
    api_key: str | None = field(default=None, repr=False)
    identity_token_file: str | None = None
    save_code: bool = True
    disable_git: bool = False
    git_commit: str | None = None
    git_remote_url: str | None = field(default=None, repr=False)
    stamp: Path | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Environment:
        """Read the variables; empty ones count as unset, as they do for W&B."""
        values = {name: value for name, value in (os.environ if environ is None else environ).items() if value.strip()}
        rank = values.get("RANK", "0").strip()
        return cls(
            disabled=_is_true(values.get("TRACKEXP_DISABLED", "")),
            rank=int(rank) if rank.isdigit() else 0,
            mode=values.get("WANDB_MODE"),
            directory=Path(values["WANDB_DIR"]) if "WANDB_DIR" in values else None,
            api_key=values.get("WANDB_API_KEY"),
            identity_token_file=values.get("WANDB_IDENTITY_TOKEN_FILE"),
            save_code=_is_true(values.get("WANDB_SAVE_CODE", "true"))
            and not _is_true(values.get("WANDB_DISABLE_CODE", "false")),
            disable_git=values.get("WANDB_DISABLE_GIT", "false").strip().lower() != "false",  # as W&B reads it
            git_commit=values.get("WANDB_GIT_COMMIT"),
            git_remote_url=values.get("WANDB_GIT_REMOTE_URL"),
            stamp=Path(values["TRACKEXP_STAMP"]) if "TRACKEXP_STAMP" in values else None,
        )


def _is_true(text: str) -> bool:
    return text.strip().lower() in _TRUE
