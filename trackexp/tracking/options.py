"""The arguments of `track`, checked before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any, TypedDict

from trackexp.errors import UsageError, nearest
from trackexp.tracking.values import named_values

MODES = ("auto", "online", "offline", "shared", "disabled")
# What WANDB_MODE may say, as W&B itself reads it.
WANDB_MODES = ("online", "offline", "shared", "disabled", "dryrun", "run")
MONITOR_MODES = ("auto", "min", "max")
SUFFIXES = (".h5", ".keras", ".weights.h5")
MOST_EXAMPLES = 1000  # a table that a person looks through
SEVERITIES = ("error", "warning", "info")
RESUME = ("allow", "must", "never", "auto")


class TrackArguments(TypedDict, total=False):
    """The keyword arguments of `track`, for what takes the same ones."""

    entity: str | None
    name: str | None
    group: str | None
    job_type: str | None
    tags: Iterable[str]
    notes: str | None
    config: Mapping[str, Any] | str | object | None
    id: str | None
    resume: str | bool | None
    dir: str | PathLike[str] | None
    mode: str
    monitor: str
    monitor_mode: str
    best_model: str | None
    log_freq: str | int
    examples: int
    autolog: bool
    diagnose: bool | str | Iterable[str]
    ignore: str | Iterable[str]
    fail_on: str | None
    strict: bool
    save_code: bool
    strict_secrets: bool
    per_fit: bool
    settings: object


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """What `track` was given; wrong values raise `UsageError` on construction."""

    project: str | None = None
    entity: str | None = None
    name: str | None = None
    group: str | None = None
    job_type: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    config: Mapping[str, Any] | str | None = None
    id: str | None = None
    resume: str | bool | None = None
    dir: str | PathLike[str] | None = None
    mode: str = "auto"
    monitor: str = "val_loss"
    monitor_mode: str = "auto"
    best_model: str | None = "model-best.h5"
    log_freq: str | int = "epoch"
    examples: int = 0
    autolog: bool = True
    diagnose: bool | str | Iterable[str] = True
    select: tuple[str, ...] | None = field(default=None, init=False)
    ignore: str | Iterable[str] = ()
    fail_on: str | None = None
    strict: bool = False
    save_code: bool = True
    strict_secrets: bool = False
    per_fit: bool = False
    settings: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        one_of("mode", self.mode, MODES)
        one_of("monitor_mode", self.monitor_mode, MONITOR_MODES)
        for name in ("project", "entity", "name", "group", "job_type", "notes", "id"):
            text(name, getattr(self, name))
        if not isinstance(self.monitor, str) or not self.monitor:
            raise UsageError(f"monitor={self.monitor!r}: expected a metric's name, such as 'val_loss' or 'val/loss'")
        if self.best_model is not None:
            model_file_name(self.best_model)
        log_frequency(self.log_freq)
        if (
            not isinstance(self.examples, int)
            or isinstance(self.examples, bool)
            or not 0 <= self.examples <= MOST_EXAMPLES
        ):
            raise UsageError(f"examples={self.examples!r}: expected how many rows to log, 0 to {MOST_EXAMPLES}")
        if isinstance(self.resume, str):
            one_of("resume", self.resume, RESUME)
        if self.fail_on is not None:
            one_of("fail_on", self.fail_on, SEVERITIES)
        chosen = None if isinstance(self.diagnose, bool) else rule_words("diagnose", self.diagnose)
        object.__setattr__(self, "select", chosen)
        object.__setattr__(self, "ignore", rule_words("ignore", self.ignore) or ())
        object.__setattr__(self, "tags", tag_tuple(self.tags))
        object.__setattr__(self, "config", config_mapping(self.config))

    def over(self, outer: TrackOptions) -> TrackOptions:
        """Return these options, completed by those of a `trackexp run` around them; what that names stands."""
        named = {name: getattr(outer, name) for name in ("project", "entity", "group", "job_type", "notes", "dir")}
        merged: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
        merged["tags"] = tuple(dict.fromkeys((*self.tags, *outer.tags)))
        merged["mode"] = outer.mode if outer.mode != "auto" else self.mode
        merged["diagnose"] = self.diagnose if outer.diagnose is True else outer.diagnose
        return replace(self, **merged)


def log_frequency(seen: object) -> None:
    """Raise `UsageError` unless `seen` is "epoch", "batch", or a number of batches of at least 1."""
    if isinstance(seen, int) and not isinstance(seen, bool) and seen >= 1:
        return
    if seen not in ("epoch", "batch"):
        hint = nearest(seen, ["epoch", "batch"]) if isinstance(seen, str) else ""
        raise UsageError(f"log_freq={seen!r}: expected 'epoch', 'batch' or a number of batches, at least 1{hint}")


def one_of(argument: str, seen: object, valid: tuple[str, ...]) -> None:
    """Raise `UsageError` unless `seen` is one of the valid words."""
    if seen not in valid:
        raise UsageError(
            f"{argument}={seen!r}: expected one of {', '.join(map(repr, valid))}{nearest(str(seen), valid)}"
        )


def text(argument: str, seen: object) -> None:
    """Raise `UsageError` unless `seen` is a string or None."""
    if seen is not None and not isinstance(seen, str):
        raise UsageError(f"{argument}={seen!r}: expected a string, not {type(seen).__name__}")


def string_tuple(argument: str, seen: object) -> tuple[str, ...]:
    """Return the strings as a tuple; a lone string is refused, because its letters would become the tags."""
    if seen is None:
        return ()
    items = tuple(seen) if isinstance(seen, Iterable) and not isinstance(seen, str) else (None,)
    if not all(isinstance(item, str) for item in items):
        raise UsageError(f"{argument}={seen!r}: expected a list of strings, such as {argument}=['baseline']")
    return items


def rule_words(argument: str, seen: Any) -> tuple[str, ...] | None:
    """Return codes, names and beginnings of codes as words; a word that is no rule raises before any training."""
    if seen is None or seen == ():
        return None
    if not isinstance(seen, str) and not (isinstance(seen, Iterable) and all(isinstance(word, str) for word in seen)):
        raise UsageError(
            f"{argument}={seen!r}: expected codes or names of rules, such as {argument}=['TX1', 'overfitting']"
        )
    from trackexp.diagnosis import every_rule  # numpy stands behind the rules; who names none does not wait for it
    from trackexp.diagnosis.policy import rule_words as checked_words

    return checked_words(argument, seen, every_rule())


def tag_tuple(seen: object) -> tuple[str, ...]:
    """Return the tags as a tuple; W&B takes none that is empty or longer than 64 letters."""
    tags = string_tuple("tags", seen)
    for tag in tags:
        if not 1 <= len(tag) <= 64:
            raise UsageError(f"tags: {tag[:70]!r} has {len(tag)} letters: expected tags of 1 to 64 letters")
    return tags


def config_mapping(config: object) -> Mapping[str, Any] | str | None:
    """Return the config as a mapping: a dict, a Namespace, a dataclass; a string is the path of a file."""
    if config is None or isinstance(config, str):
        return config
    entries = named_values(config)
    if entries is not None:
        return entries
    raise UsageError(
        f"config={config!r}: expected a dict, a dataclass, an argparse.Namespace or the path of a YAML, JSON or TOML "
        f"file, not {type(config).__name__}"
    )


def model_file_name(name: object) -> str:
    """Return the name of the best model's file if Keras can write it; its suffix chooses the format."""
    if isinstance(name, str) and ("/" in name or "\\" in name):
        raise UsageError(
            f"best_model={name!r}: expected a file name without a folder: it is kept in the run's own files"
        )
    if not isinstance(name, str) or not name.endswith(SUFFIXES) or name.startswith("."):
        guess = nearest(name.rpartition(".")[2], ["h5", "keras"]) if isinstance(name, str) else ""
        raise UsageError(
            f"best_model={name!r}: expected a file name that ends in {', '.join(SUFFIXES)}, or None{guess}"
        )
    return name


def user_settings(options: TrackOptions) -> dict[str, Any]:
    """Return the settings that the user gave, as a dict: a mapping, or a `wandb.Settings` with what was set on it."""
    settings = options.settings
    if settings is None:
        return {}
    if isinstance(settings, Mapping):
        return dict(settings)
    if hasattr(settings, "model_fields_set"):
        return {name: getattr(settings, name) for name in settings.model_fields_set}
    raise UsageError(f"settings={settings!r}: expected a dict or wandb.Settings, not {type(settings).__name__}")
