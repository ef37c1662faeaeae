"""Before wandb starts: the `.env` file, the folder that runs go to, and a home that cannot be written."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from trackexp.settings import Environment
from trackexp.tracking.failures import Notifier, is_writable

logger = logging.getLogger("trackexp")

# W&B's own variables for the three folders it otherwise makes under the home folder.
_HOME_FOLDERS = {
    "WANDB_CACHE_DIR": "~/.cache/wandb",
    "WANDB_CONFIG_DIR": "~/.config/wandb",
    "WANDB_DATA_DIR": "~/.local/share/wandb",
}
# What came from a `.env` file: the value, and the file.
_from_dotenv: dict[str, tuple[str, str]] = {}
# What was changed in `os.environ`: what stood there before, None for nothing, and what we have put there.
_changed: dict[str, tuple[str | None, str | None]] = {}


def _change(name: str, value: str | None) -> None:
    before = _changed[name][0] if name in _changed else os.environ.get(name)
    _changed[name] = before, value
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def restore_environment() -> bool:
    """Put the variables back that were read from a `.env` or set for W&B; what others have set since stays.

    Returns:
        Whether there were any.
    """
    changed = dict(_changed)
    _changed.clear()
    for name, (before, ours) in changed.items():
        if os.environ.get(name) == ours:
            if before is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = before
    return bool(changed)


def load_dotenv() -> str | None:
    """Read the `.env` of the working folder or of one above it into the environment; what is set already stays.

    The environment is as it was before when the last session has ended.

    A variable of W&B's that is empty, as a line `WANDB_MODE=` leaves it, is unset: W&B refuses some of them.

    Returns:
        The file that was read.
    """
    import dotenv

    for name in [name for name, value in os.environ.items() if name.startswith("WANDB_") and not value.strip()]:
        _change(name, None)
    try:
        path = dotenv.find_dotenv(usecwd=True)
        values = dotenv.dotenv_values(path) if path else {}
    except (OSError, ValueError):  # a file that cannot be read, or is no text
        logger.debug("the .env file cannot be read", exc_info=True)
        return None
    for name, value in values.items():
        if value is not None and name not in os.environ and not (name.startswith("WANDB_") and not value.strip()):
            _change(name, value)
            _from_dotenv[name] = value, path
    return path or None


def source_of(variable: str) -> str:
    """Return where a variable was read from, for messages: the environment, or a `.env` file by its path."""
    value, path = _from_dotenv.get(variable, ("", ""))
    return f"{variable} in {path}" if path and os.environ.get(variable) == value else f"the variable {variable}"


def run_folder(asked: str | os.PathLike[str] | None, environment: Environment, voice: Notifier) -> Path:
    """Return a writable folder for `wandb/`: argument, WANDB_DIR, the working folder, else a temporary one."""
    wanted = _absolute(Path(asked) if asked is not None else environment.directory or Path())
    if _takes_runs(wanted):
        return wanted
    fallback = next(filter(_takes_runs, _fallbacks()), None)
    if fallback is None:
        return wanted
    voice.say(f"cannot write to {wanted}: runs go to {fallback / 'wandb'} instead")
    return fallback


def _absolute(path: Path) -> Path:
    """Return a path that stays where it is when the script changes its folder."""
    try:
        return path.absolute()
    except OSError:  # the working folder is gone
        return path if path.is_absolute() else Path(os.devnull) / path


def _fallbacks() -> Iterator[Path]:
    """Yield the folders to try; `trackexp` among the temporary ones may be another user's, so two more follow it."""
    with suppress(OSError):  # it may be gone
        yield Path.cwd()
    try:
        temporary = Path(tempfile.gettempdir())
        yield temporary / "trackexp"
        yield temporary / f"trackexp-{os.getuid() if hasattr(os, 'getuid') else 'own'}"
        yield Path(tempfile.mkdtemp(prefix="trackexp-"))
    except OSError:  # no temporary folder takes a file either
        logger.debug("there is no temporary folder", exc_info=True)


def _takes_runs(folder: Path) -> bool:
    """Return whether W&B can write below the folder; a `wandb` in it may be another user's, such as root's."""
    runs = folder / "wandb"
    return is_writable(folder) and (is_writable(runs) if runs.exists() else True)


def prepare_home(folder: Path, voice: Notifier) -> None:
    """Point W&B's cache, config and staging folders into `folder` where their own cannot be written."""
    for variable, default in _HOME_FOLDERS.items():
        given = os.environ.get(variable)
        path = os.path.expanduser(given or default)  # noqa: PTH111  Path.expanduser raises where there is no home
        ours = folder / "wandb" / variable.removeprefix("WANDB_").lower()
        if (path.startswith("~") or not is_writable(Path(path))) and is_writable(ours):
            if given:
                voice.say(f"cannot write to {path}, which {variable} names: taking {ours} instead")
            _change(variable, str(ours))
