"""Whether this machine is fit to record: its key and server, folders, versions, backend; nothing is recorded.

Versions are read from the packages' metadata alone, against those that trackexp is tested with.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from trackexp.errors import CredentialsError
from trackexp.optional import install_command
from trackexp.reporting import size
from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.code.git import has_git
from trackexp.tracking.code.repository import find_repository
from trackexp.tracking.code.stamp import find_stamp
from trackexp.tracking.garbage import home_folders
from trackexp.tracking.opening import credentials
from trackexp.tracking.opening.environment import load_dotenv

Version = tuple[int, ...]
# The oldest that works, and the newest that the tests run on.
PYTHON: tuple[Version, Version] = (3, 11), (3, 12)
KERAS: tuple[Version, Version] = (3, 0), (3, 15)
_BACKENDS = {"tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly", "tensorflow-macos"), "jax": ("jax",)}
_BACKENDS |= {"torch": ("torch",), "openvino": ("openvino",)}
# Free bytes: a few models need the one, a run without any the other.
LOW, TOO_LOW = 1_000_000_000, 100_000_000
_OFFLINE = ("offline", "dryrun", "disabled")


class Health(StrEnum):
    """Result of one check: as it should be, worth knowing, or to be mended."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """What one check of the machine found.

    Args:
        name: What was checked, in one word.
        seen: What is there.
        fix: What to do; empty where there is nothing to do.
    """

    name: str
    health: Health
    seen: str
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return it as JSON shows it."""
        return {"name": self.name, "health": str(self.health), "seen": self.seen, "fix": self.fix}


def check_machine() -> Iterator[Check]:
    """Yield one check after the other, the quick ones first; the server is asked last and may take some seconds."""
    load_dotenv()
    environment = Environment.read()
    yield _check_python()
    yield _check_wandb()
    yield _check_keras()
    yield _check_backend()
    yield from _check_folders(environment)
    yield _check_code(environment)
    yield from _check_account(environment)


def _check_python() -> Check:
    """Look at Python's own version."""
    return _in_window("python", ".".join(map(str, sys.version_info[:3])), PYTHON, "a newer Python")


def _check_wandb() -> Check:
    """Look at the version of wandb."""
    window = wandb_private.OLDEST, wandb_private.NEWEST_TESTED
    return _in_window("wandb", metadata.version("wandb"), window, "pip install -U wandb")


def _check_keras() -> Check:
    """Look at the version of Keras."""
    return _in_window("keras", metadata.version("keras"), KERAS, "pip install -U keras")


def _check_backend() -> Check:
    """Look at the backend that Keras will take, and whether it is there; Keras itself is not loaded."""
    name, source = _backend()
    if name not in _BACKENDS:
        fix = f"set KERAS_BACKEND to one of {', '.join(sorted(_BACKENDS))}"
        return Check("backend", Health.PROBLEM, f"{name!r}, from {source}, is no backend of Keras", fix)
    version = next(filter(None, map(_version, _BACKENDS[name])), None)
    if version is not None:
        return Check("backend", Health.OK, f"{name} {version}, from {source}")
    there = sorted(other for other, packages in _BACKENDS.items() if any(map(_version, packages)))
    fix = f"set KERAS_BACKEND={there[0]}" if there else install_command(name)
    return Check("backend", Health.PROBLEM, f"{name}, from {source}, is not installed", fix)


def _backend() -> tuple[str, str]:
    """Return the backend and the place that names it, in Keras's own order of places."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"], "KERAS_BACKEND"
    home = os.environ.get("KERAS_HOME")
    path = Path(home) / "keras.json" if home else Path("~/.keras/keras.json")
    try:
        path = path.expanduser()
        named = json.loads(path.read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, RuntimeError, AttributeError):
        named = None
    return (str(named), str(path)) if named else ("tensorflow", "Keras's default")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _in_window(name: str, version: str, window: tuple[Version, Version], upgrade: str) -> Check:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    oldest, newest = window
    if numbers < oldest:
        needed = ".".join(map(str, oldest))
        return Check(name, Health.PROBLEM, f"{version} is too old, {needed} or newer is needed", upgrade)
    if numbers[: len(newest)] > newest:
        tested = ".".join(map(str, newest))
        return Check(name, Health.NOTE, f"{version} is newer than what trackexp was tested with (up to {tested})")
    return Check(name, Health.OK, version)


def _check_account(environment: Environment) -> list[Check]:
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


def _check_folders(environment: Environment) -> list[Check]:
    """Look at the folders that W&B writes to; nothing is made."""
    runs = environment.directory or Path.cwd()
    return [_check_folder(*place) for place in [("runs", runs, "WANDB_DIR"), *home_folders()]]


def _check_folder(name: str, folder: Path, variable: str) -> Check:
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


def _check_code(environment: Environment) -> Check:
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
