"""Where runs would go: the account, the folders with their free space, and what would be known of the code."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from trackexp.errors import CredentialsError
from trackexp.reporting import size
from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.code.git import has_git
from trackexp.tracking.code.repository import find_repository
from trackexp.tracking.code.stamp import find_stamp
from trackexp.tracking.opening import credentials
from trackexp.tracking.setup.check import Check, Health
from trackexp.tracking.setup.home import home_folders

# Free bytes: a few models need the one, a run without any the other.
LOW, TOO_LOW = 1_000_000_000, 100_000_000
_OFFLINE = ("offline", "dryrun", "disabled")


def account(environment: Environment) -> list[Check]:
    """Look for the key, and ask the server whether it takes it; the key itself is in no answer."""
    if environment.disabled:
        return [Check("key", Health.NOTE, "not needed: TRACKEXP_DISABLED switches recording off")]
    try:
        settings = wandb_private.global_settings()
    except ValueError as error:
        wrong = [
            f"WANDB_{str(entry['loc'][0]).upper()}={entry['input']!r}" for entry in getattr(error, "errors", list)()
        ]
        seen = f"W&B refuses {', '.join(wrong) or error}"
        return [Check("settings", Health.PROBLEM, seen, "correct the variable, or unset it")]
    try:
        found = credentials.find(environment, settings)
    except CredentialsError as error:
        return [Check("key", Health.PROBLEM, str(error), f"copy it anew from {settings.app_url}/authorize")]
    if found is None:
        fix = "set WANDB_API_KEY or run `wandb login` to go online"
        return [Check("key", Health.NOTE, f"none for {settings.base_url}: runs are recorded offline", fix)]
    key = Check("key", Health.OK, f"from {found.source}")
    mode = environment.mode or str(settings.mode or "")
    if mode in _OFFLINE:
        return [key, Check("server", Health.NOTE, f"{found.base_url} was not asked: the mode is {mode}")]
    try:
        credentials.verify(found, settings.entity)
    except CredentialsError as error:
        return [key, Check("server", Health.PROBLEM, str(error), "take another key, or another WANDB_ENTITY")]
    except credentials.ServerUnreachableError as reason:
        seen = f"{found.base_url} cannot be reached ({reason}): runs are recorded offline"
        return [key, Check("server", Health.PROBLEM, seen, "look at the network and at WANDB_BASE_URL")]
    return [key, Check("server", Health.OK, f"{found.base_url} answers and takes the key")]


def folders(environment: Environment) -> list[Check]:
    """Look at the folders that W&B writes to; nothing is made."""
    runs = environment.directory or Path.cwd()
    return [_folder(*place) for place in [("runs", runs, "WANDB_DIR"), *home_folders()]]


def _folder(name: str, folder: Path, variable: str) -> Check:
    there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/"))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Check(name, Health.PROBLEM, f"{folder} cannot be written", f"name another folder with {variable}")
    free = shutil.disk_usage(there).free
    seen = f"{folder}, {size(free)} free"
    if free < TOO_LOW:
        return Check(name, Health.PROBLEM, seen, f"make room (trackexp gc), or name another folder with {variable}")
    if free < LOW:
        return Check(name, Health.NOTE, seen, "make room: trackexp gc")
    return Check(name, Health.OK, seen)


def code(environment: Environment) -> Check:
    """Look at what a run started here would know of its code: a repository, a stamp, or neither."""
    here = Path.cwd()
    if environment.disable_git or not environment.save_code:
        return Check("code", Health.NOTE, "switched off by WANDB_DISABLE_GIT, WANDB_DISABLE_CODE or WANDB_SAVE_CODE")
    repository = find_repository(here)
    if repository is not None:
        at = f"{repository.root} at {(repository.commit or 'no commit yet')[:12]}"
        if not has_git():
            return Check("code", Health.NOTE, f"{at}, and git is not installed: no patch", "install git")
        return Check("code", Health.OK if repository.commit else Health.NOTE, at)
    stamp = find_stamp([here], environment.stamp)
    if stamp is not None:
        return Check("code", Health.OK, f"a stamp of {(stamp.commit or 'no commit')[:12]}, made {stamp.stamped_at}")
    if environment.git_commit:
        return Check("code", Health.OK, f"{environment.git_commit[:12]}, from WANDB_GIT_COMMIT")
    fix = "git init, or `trackexp stamp` where .git is visible"
    return Check("code", Health.NOTE, "no repository and no stamp here: runs have no commit", fix)
