"""`wandb.init` as the script calls it while a session is open: what it asks for, and how it is told apart from ours."""

from __future__ import annotations

import inspect
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackexp.tracking import wandb_private
from trackexp.tracking.opening.intercept import Interception
from trackexp.tracking.opening.run_settings import service_settings
from trackexp.tracking.options import TrackOptions

if TYPE_CHECKING:
    from trackexp.tracking.run import Run

Init = Callable[..., Any]

_inside = threading.local()
_patched: list[Interception] = []

# Arguments that a run which has begun can take on, or that change nothing in one that is new.
_LATE = frozenset(
    ["config", "config_exclude_keys", "config_include_keys", "name", "notes", "tags", "allow_val_change", "force"]
)
_NEW_OR_OLD = frozenset(["reinit", "anonymous", "save_code"])


def ours(init: Init) -> Init:
    """Return `wandb.init` for calls of our own, which no session takes for the script's."""

    def call(*args: Any, **kwargs: Any) -> Any:
        before = getattr(_inside, "ours", False)
        _inside.ours = True
        try:
            return init(*args, **kwargs)
        finally:
            _inside.ours = before

    return call


def patch_init(handle: Callable[[Init, dict[str, Any]], Any], before_login: Callable[[], None]) -> None:
    """Have the script's calls of `wandb.init` and `wandb.login` seen.

    Args:
        handle: Called for each `wandb.init` that is not ours, with the original and the arguments by name.
        before_login: Called before each `wandb.login`: without a key or a server there may be none.
    """
    if _patched or sys.modules.get("wandb") is None:
        return
    wandb: Any = sys.modules["wandb"]
    signature = inspect.signature(wandb.init)

    def init(original: Init, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if getattr(_inside, "ours", False):
            return original(*args, **kwargs)
        return handle(original, dict(signature.bind(*args, **kwargs).arguments))

    def login(original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not getattr(_inside, "ours", False) and not (args or kwargs.get("key")):
            before_login()
        return original(*args, **kwargs)

    _patched.append(Interception(wandb.init, init))
    _patched.append(Interception(wandb.login, login))


def unpatch_init() -> None:
    """Leave `wandb.init` and `wandb.login` as they were."""
    while _patched:
        _patched.pop().undo()


def asked_mode(asked: Mapping[str, Any]) -> str | None:
    """Return the mode that the script asks for in its arguments or settings."""
    mode = asked.get("mode") or given_settings(asked).get("mode")
    return None if mode is None else str(mode)


def given_settings(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the script passes, as a dict."""
    settings = asked.get("settings")
    if settings is None:
        return {}
    if isinstance(settings, Mapping):
        return dict(settings)
    return {name: getattr(settings, name) for name in getattr(settings, "model_fields_set", ())}


def fits(asked: Mapping[str, Any], run: Run) -> bool:
    """Return whether a run that has begun is the one that the script asks for, or can become it."""
    wanted = {name: value for name, value in asked.items() if value is not None and name not in _LATE | _NEW_OR_OLD}
    return all(
        _CHECKS[name](run.wandb_run, value) if name in _CHECKS else getattr(run.wandb_run, name, not value) == value
        for name, value in wanted.items()
    )


def _same_mode(inner: Any, mode: object) -> bool:
    return wandb_private.is_offline(inner) == (mode in ("offline", "dryrun"))


def _same_folder(inner: Any, folder: Any) -> bool:
    return Path(folder).absolute() == Path(inner.settings.root_dir).absolute()


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "mode": _same_mode,
    "dir": _same_folder,
    "resume": lambda _inner, how: how in (False, "never", "allow", "auto"),
    "settings": lambda _inner, _settings: False,
}


def take_on(asked: Mapping[str, Any], run: Run) -> None:
    """Let a run that has begun take on what the script asks for: config, name, notes and tags."""
    inner = run.wandb_run
    config = parsed_config(asked)
    if config:
        inner.config.update(config, allow_val_change=True)
    if asked.get("name"):
        inner.name = asked["name"]
    if asked.get("notes"):
        inner.notes = asked["notes"]
    if asked.get("tags"):
        tags = [asked["tags"]] if isinstance(asked["tags"], str) else list(asked["tags"])
        inner.tags = tuple(dict.fromkeys((*tags, *(inner.tags or ()))))


def parsed_config(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config that the script passes, as W&B reads it: a mapping, a file, or the flags of a parser."""
    from wandb.sdk import wandb_helper

    config = asked.get("config")
    if not config:
        return {}
    return dict(
        wandb_helper.parse_config(  # type: ignore[no-untyped-call]
            config, include=asked.get("config_include_keys"), exclude=asked.get("config_exclude_keys")
        )
    )


def completed(
    asked: Mapping[str, Any],
    options: TrackOptions,
    folder: Path,
    code_settings: Mapping[str, Any],
    *,
    offline: bool,
    stand: bool,
) -> dict[str, Any]:
    """Return the script's arguments, completed by the options of the session.

    Args:
        asked: The script's.
        options: The session's.
        folder: Where `wandb/` is made unless the script says it.
        code_settings: What W&B is told of the code.
        offline: No key or no server: runs for which the script says nothing else stay on this disk.
        stand: The options stand where the script says something else, as those of a command line do.
    """
    import wandb

    call = dict(asked)
    for name in ("project", "entity", "name", "group", "job_type", "notes", "id"):
        value = getattr(options, name)
        if value is not None and (stand or call.get(name) is None):
            call[name] = value
    if options.tags:
        tags = [call["tags"]] if isinstance(call.get("tags"), str) else list(call.get("tags") or ())
        call["tags"] = list(dict.fromkeys((*tags, *options.tags)))
    if isinstance(options.config, Mapping) and options.config:
        call["config"] = {**options.config, **parsed_config(asked)}
        call.pop("config_exclude_keys", None)
        call.pop("config_include_keys", None)
    given = given_settings(asked)
    if given.get("root_dir"):
        given["root_dir"] = os.path.abspath(given["root_dir"])  # noqa: PTH100
    call["settings"] = wandb.Settings(**{**service_settings(), **code_settings, **given})
    if call.get("dir") is None and "root_dir" not in given:
        call["dir"] = str(folder)
    elif call.get("dir") is not None:  # W&B's process may have begun in another folder than the script's
        call["dir"] = os.path.abspath(call["dir"])  # noqa: PTH100
    if offline and asked_mode(asked) is None:
        call["mode"] = "offline"
    return call
