"""Which runs belong together: by what was asked, else because they differ by their seed or fold alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trackexp.comparison.differences import identity
from trackexp.errors import UsageError, nearest
from trackexp.record import RunRecord, dotted
from trackexp.reporting import value_text

SEEDS = frozenset({"seed", "random_seed", "random_state", "rng_seed", "global_seed", "manual_seed", "run_seed"})
FOLDS = frozenset({"fold", "fold_index", "fold_id", "fold_idx", "fold_number", "cv_fold", "i_fold"})
REPEATS = frozenset({"repeat", "repetition", "replicate", "replica"})
_FIELDS = ("group", "job_type", "project", "entity", "name", "state")  # W&B's own ways to group
_SETTINGS = "all settings but seed and fold"


@dataclass(frozen=True, slots=True)
class Grouping:
    """Runs by what they share.

    Args:
        by: The names by which they are grouped, for people.
        members: Ids of the runs of each group, by its label.
        values: What the runs of each group share: value by name, by the group's label.
    """

    by: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, Any]]


def grouping_of(records: Sequence[RunRecord], group_by: str | Iterable[str] | None) -> Grouping | None:
    """Return how the runs are grouped; None where nothing was asked and no run repeats another.

    Unasked, runs that differ by seed, fold or repetition alone belong together; else those of one W&B group, where
    every group's runs have the same settings.

    Args:
        records: The runs.
        group_by: Config keys, dotted where nested, or W&B's `group`, `job_type`, `project`, `name`; also with commas.

    Raises:
        UsageError: No run has one of the names.
    """
    if group_by is None:
        return _repetitions(records) or _by_wandb_group(records)
    texts = [group_by] if isinstance(group_by, str) else list(group_by)
    names = [name.strip() for text in texts for name in text.split(",")]
    keys = {name: _values_of(records, name) for name in names}
    told = {record.id: {name: values[record.id] for name, values in keys.items()} for record in records}
    return _grouped(tuple(names), told)


def replicate_of(record: RunRecord) -> tuple[tuple[str, Hashable], ...]:
    """Return which repetition the run is: its seed, fold and repetition by key; empty where it does not say.

    >>> from trackexp.testing import make_record
    >>> replicate_of(make_record(config={"train": {"seed": 3}, "lr": 0.1}))
    (('train.seed', ('number', 3)),)
    """
    return tuple(
        (key, identity(value)) for key, value in sorted(dotted(record.settings).items()) if _kind(key) is not None
    )


def names_repetition(key: str) -> bool:
    """Return whether a config key names a seed, a fold or a repetition: a number that measures nothing.

    >>> names_repetition("train.seed"), names_repetition("lr")
    (True, False)
    """
    return _kind(key) is not None


def fold_of(record: RunRecord) -> Hashable | None:
    """Return the run's fold; None where it is none."""
    folds = [identity(value) for key, value in sorted(dotted(record.settings).items()) if _last(key) in FOLDS]
    return tuple(folds) if folds else None


def settings_without_replicate(record: RunRecord) -> dict[str, Any]:
    """Return the dotted settings without seed, fold and repetition."""
    return {key: value for key, value in dotted(record.settings).items() if _kind(key) is None}


def _repetitions(records: Sequence[RunRecord]) -> Grouping | None:
    """Group runs whose settings are the same apart from seed, fold and repetition, where any two are."""
    if not all(replicate_of(record) for record in records):
        return None
    settings = {record.id: settings_without_replicate(record) for record in records}
    names = _distinguishing(settings)
    told = {run: {name: values.get(name, _NOT_SET) for name in names} for run, values in settings.items()}
    found = _grouped((_SETTINGS,), told)
    by_id = {record.id: record for record in records}
    repeated = any(len({replicate_of(by_id[run]) for run in runs}) > 1 for runs in found.members.values())
    return found if repeated else None


def _by_wandb_group(records: Sequence[RunRecord]) -> Grouping | None:
    if not all(record.group for record in records):
        return None
    found = _grouped(("group",), {record.id: {"group": record.group} for record in records})
    by_id = {record.id: identity(settings_without_replicate(record)) for record in records}
    alike = all(len({by_id[run] for run in runs}) == 1 for runs in found.members.values())
    several = len(found.members) > 1 and max(map(len, found.members.values())) > 1
    return found if alike and several else None


class _NotSet:
    """A key that a run does not have."""

    def __str__(self) -> str:
        return "(not set)"


_NOT_SET = _NotSet()


def _grouped(by: tuple[str, ...], told: Mapping[str, Mapping[str, Any]]) -> Grouping:
    members: dict[Hashable, list[str]] = {}
    for run, values in told.items():
        members.setdefault(tuple(identity(value) for value in values.values()), []).append(run)
    labels: dict[str, tuple[str, ...]] = {}
    shared: dict[str, Mapping[str, Any]] = {}
    for runs in members.values():
        values = told[runs[0]]
        label = _unused(", ".join(f"{name}={_text(value)}" for name, value in values.items()) or "all runs", labels)
        labels[label] = tuple(runs)
        shared[label] = {name: None if value is _NOT_SET else value for name, value in values.items()}
    return Grouping(by, labels, shared)


def _unused(label: str, taken: Mapping[str, object]) -> str:
    """Return the label, numbered where values that differ read alike, such as 1 and "1"."""
    number = 2
    wanted = label
    while label in taken:
        label, number = f"{wanted} ({number})", number + 1
    return label


def _text(value: Any) -> str:
    return str(value) if value is _NOT_SET else value_text(value)


def _distinguishing(settings: Mapping[str, Mapping[str, Any]]) -> list[str]:
    keys = dict.fromkeys(key for values in settings.values() for key in values)
    return [key for key in keys if len({identity(values.get(key, _NOT_SET)) for values in settings.values()}) > 1]


def _values_of(records: Sequence[RunRecord], name: str) -> dict[str, Any]:
    """Return the value by run of a config key, a part of the config, or one of W&B's own words."""
    key = name.removeprefix("config.")
    found = {record.id: _looked_up(record.config, key) for record in records}
    if all(value is _NOT_SET for value in found.values()):
        if name in _FIELDS:
            return {record.id: str(getattr(record, name)) or _NOT_SET for record in records}
        known = sorted({*_FIELDS, *(key for record in records for key in dotted(record.settings))})
        raise UsageError(
            f"group_by={name!r}: none of the {len(records)} runs has it in its config{nearest(key, known)}; "
            f"they have {', '.join(known)}."
        )
    return found


def _looked_up(config: Mapping[str, Any], key: str) -> Any:
    if key in config:
        return config[key]
    head, _, rest = key.partition(".")
    inner = config.get(head)
    return _looked_up(inner, rest) if rest and isinstance(inner, Mapping) else _NOT_SET


def _kind(key: str) -> str | None:
    last = _last(key)
    return "fold" if last in FOLDS else "seed" if last in SEEDS else "repeat" if last in REPEATS else None


def _last(key: str) -> str:
    return key.rsplit(".", 1)[-1].rsplit("/", 1)[-1].lower().replace("-", "_")
