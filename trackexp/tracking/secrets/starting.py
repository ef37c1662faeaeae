"""The beginning of a run: what `track` and the environment hand to W&B passes the scrubber first."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackexp.errors import SecretsFoundError
from trackexp.tracking import wandb_gates, wandb_private
from trackexp.tracking.arrival.later_rows import LaterRows
from trackexp.tracking.options import TrackOptions, user_settings
from trackexp.tracking.secrets import read_back
from trackexp.tracking.secrets.console import ConsoleFilter
from trackexp.tracking.secrets.records import mask_record
from trackexp.tracking.secrets.scrubber import Scrubber
from trackexp.tracking.values import json_config
from trackexp.tracking.wandb_gates import Gates

if TYPE_CHECKING:
    from trackexp.tracking.code.capture import Capture
    from trackexp.tracking.failures import Notifier
    from trackexp.tracking.run import Run

logger = logging.getLogger("trackexp")

# W&B's variables whose text ends up in the run, and the settings that they set.
_VARIABLES = {
    "WANDB_NAME": "run_name",
    "WANDB_NOTES": "run_notes",
    "WANDB_RUN_GROUP": "run_group",
    "WANDB_JOB_TYPE": "run_job_type",
    "WANDB_GIT_REMOTE_URL": "git_remote_url",
}
_MAX_TAG = 64


def masked_options(options: TrackOptions, scrubber: Scrubber, gates: Gates) -> TrackOptions:
    """Return the options as W&B may see them.

    Args:
        options: What `track` was given.
        scrubber: The run's own.
        gates: Which places of the installed W&B can be masked; what passes through the others is switched off.

    Raises:
        SecretsFoundError: `strict_secrets` is set, and something in them, or on the command line, is to be masked, or
            a place that masking needs has moved.
    """
    texts: dict[str, Any] = {
        name: scrubber.text(getattr(options, name), name)
        for name in ("name", "group", "job_type", "notes")
        if getattr(options, name)
    }
    tags = tuple(scrubber.text(tag, "tags")[:_MAX_TAG] for tag in options.tags)
    given = user_settings(options)
    if isinstance(given.get("api_key"), str):
        scrubber.add_values({given["api_key"]: "WANDB_API_KEY"})
    settings = {**given, **_masked_settings(given, scrubber), **gates.settings()} or None
    masked = replace(options, **texts, tags=tags, settings=settings)
    if options.strict_secrets:
        _look_through_config(options.config, scrubber)
        if gates.moved:
            raise SecretsFoundError(f"strict_secrets=True, and {_moved(gates)}")
        scrubber.arguments(sys.argv[1:])
        refuse(scrubber)
    return masked


def _look_through_config(config: Mapping[str, Any] | str | None, scrubber: Scrubber) -> None:
    """Note the secrets in the config, that of a YAML file and W&B's `config-defaults.yaml` too."""
    for path in (wandb_private.CONFIG_DEFAULTS, config):
        if isinstance(path, str) and Path(path).is_file():
            try:
                scrubber.data(wandb_private.config_of_file(path), f"config ({path})")
            except Exception:  # W&B reads it again, and says what is wrong with it
                logger.debug("%s cannot be read", path, exc_info=True)
    if isinstance(config, Mapping):
        scrubber.data(json_config(config)[0], "config")


def _masked_settings(given: Mapping[str, Any], scrubber: Scrubber) -> dict[str, Any]:
    """Return the settings that must be other than what the user (`given`) and the environment say."""
    texts = {setting: os.environ[name] for name, setting in _VARIABLES.items() if os.environ.get(name)}
    texts |= {name: given[name] for name in _VARIABLES.values() if isinstance(given.get(name), str)}
    masked = {name: scrubber.text(text, name) for name, text in texts.items()}
    changed: dict[str, Any] = {name: text for name, text in masked.items() if text != texts[name]}
    tags = given.get("run_tags") or os.environ.get("WANDB_TAGS", "").split(",")
    clean = [scrubber.text(str(tag), "tags")[:_MAX_TAG] for tag in tags if tag]
    if clean != [str(tag) for tag in tags if tag]:
        changed["run_tags"] = clean
    return changed


@contextmanager
def masked_start(scrubber: Scrubber) -> Iterator[None]:
    """Have what a `wandb.init` itself hands on masked: the command line, the run, the console, the debug file."""
    log = wandb_gates.LogMask(scrubber.repeated)
    try:
        with wandb_gates.masked_start(scrubber.arguments, lambda record: mask_record(record, scrubber)):
            yield
    finally:
        log.remove()


def give_back_config(run: Run, config: Mapping[str, Any]) -> None:
    """Put back into the config of a run that has just begun what W&B's process has returned masked."""
    for key, value in config.items():
        shown = run.state.scrubber.data(value, f"config.{key}", key)
        if _differ(shown, value) and not _differ(run.wandb_run.config.get(key), shown):
            read_back.put_back(run.wandb_run.config, key, value)


def _differ(one: Any, other: Any) -> bool:
    """Return whether two values differ; arrays, whose comparison is no single answer, count as equal if unchanged."""
    if one is other:
        return False
    try:
        return bool(one != other)
    except Exception:  # an array or a frame: nothing in it was masked
        return False


_log_masks: list[wandb_gates.LogMask] = []


def unwatch_logs() -> None:
    """Leave W&B's loggers as they were, when the last session has ended."""
    while _log_masks:
        _log_masks.pop().remove()


def watch(run: Run, gates: Gates) -> None:
    """Have all that an open run stores from now on masked: its config, its records, its console.

    What cannot be masked is not kept, and one line says what that is; without the gate of the records the run keeps
    nothing at all from here on.
    """
    if not run.recording:
        return
    inner, scrubber = run.wandb_run, run.state.scrubber
    _log_masks.append(wandb_gates.LogMask(scrubber.repeated))
    closed = [
        name for name, install in _installations(inner, scrubber).items() if name in gates.moved or not _done(install)
    ]
    if "console" in closed:
        wandb_gates.close_console(inner)
    if "config" in closed:
        wandb_gates.close_log(inner)
    if closed or gates.moved:
        run.voice.say(_moved(Gates(**dict.fromkeys([*closed, *gates.moved], False))))
    with run.failures.guard("letting the script read its summary back"):
        read_back.filter_summary(inner, lambda key, value: scrubber.data(value, f"summary.{key}", key))
    if "records" in closed:
        run.recording = False
        run.voice.silence()
    if scrubber.count:
        with run.failures.guard("noting what was masked"):  # at once: the run may be killed
            run.store_state()


def _installations(inner: Any, scrubber: Scrubber) -> dict[str, Callable[[], None]]:
    later = LaterRows(Path(inner.dir).parent, wandb_private.watched_service(), wandb_private.step_of(inner))
    return {
        "config": lambda: wandb_gates.filter_config(
            inner, lambda key, value: scrubber.data(value, f"config.{key}", key)
        ),
        "records": lambda: wandb_gates.filter_records(
            inner, later.behind(lambda record: mask_record(record, scrubber))
        ),
        "console": lambda: wandb_gates.filter_console(
            inner, lambda stream, write: ConsoleFilter(scrubber, stream, write)
        ),
    }


def _done(install: Callable[[], None]) -> bool:
    try:
        install()
    except Exception:
        logger.debug("a filter cannot be put into this run", exc_info=True)
        return False
    return True


_WITHOUT = {
    "arguments": "the command line and the machine are not recorded",
    "console": "the console is not kept",
    "config": "the config is masked on its way to W&B's process alone, and its debug file holds warnings alone",
    "records": "nothing is recorded",
}


def _moved(gates: Gates) -> str:
    import wandb

    newest = ".".join(map(str, wandb_private.NEWEST_TESTED))
    return (
        f"wandb {wandb.__version__} has moved what masking secrets needs ({', '.join(gates.moved)}): "
        f"{'; '.join(_WITHOUT[name] for name in gates.moved)}. Install a release that trackexp is tested with "
        f"(up to {newest})"
    )


def keeps_nothing(gates: Gates, voice: Notifier) -> bool:
    """Return whether a run may not be recorded, since none of its records could be masked; that is said."""
    if not gates.records:
        voice.say(_moved(gates))
    return not gates.records


def refuse_in_code(options: TrackOptions, code: Capture, scrubber: Scrubber) -> None:
    """Under `strict_secrets` wait until the code has been looked through, and refuse to start if it holds a secret.

    Raises:
        SecretsFoundError: It does.
    """
    if options.strict_secrets:
        code.wait()
        refuse(scrubber)


def refuse(scrubber: Scrubber) -> None:
    """Refuse to start a run under `strict_secrets`.

    Raises:
        SecretsFoundError: Something had to be masked; the message names it and its place, never the value.
    """
    places = [f"{item.name} in {item.place}, line {item.line}" for item in scrubber.masked]
    if places:
        more = f" and {scrubber.count - 5} more" if scrubber.count > 5 else ""
        raise SecretsFoundError(
            f"strict_secrets=True, and what the run would store holds {scrubber.count} "
            f"secret{'s' if scrubber.count > 1 else ''}: {'; '.join(places[:5])}{more}. Take them out (an environment "
            "variable is read where it is needed), or leave strict_secrets out: then they are masked"
        )
