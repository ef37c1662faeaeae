"""Which runs a verdict may choose among, the best first, and why the others are out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from trackexp.comparison.differences import data_hash
from trackexp.comparison.entry import Entry, Excluded
from trackexp.comparison.requirement import failed_requirement
from trackexp.record import LossFacts, State
from trackexp.record.query import Threshold

ENDED_BADLY = {
    State.FAILED: "it failed",
    State.KILLED: "it was killed before it ended",
    State.CRASHED: "it crashed",
}

# Arguments of Keras's losses that change the number, with the values that are the same as leaving them out.
_ARGUMENTS: dict[str, tuple[object, ...]] = {
    "label_smoothing": (0.0,), "delta": (1.0,), "alpha": (0.25,), "beta": (1.0,), "gamma": (2.0,),
    "apply_class_balancing": (False,), "reduction": ("sum_over_batch_size", "auto"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Runs by what becomes of them.

    Args:
        eligible: Those whose numbers are compared, the best first.
        disqualified: Those with an error-level finding: whatever their number says, it is not to be believed.
        not_comparable: Those whose number is absent or means something else.
        unmet: Those that do not keep a threshold.
    """

    eligible: tuple[Entry, ...]
    disqualified: tuple[Excluded, ...]
    not_comparable: tuple[Excluded, ...]
    unmet: tuple[Excluded, ...] = ()


def assess_eligibility(
    entries: Iterable[Entry],
    metric: str,
    requirements: Sequence[Threshold] = (),
    repetition: Callable[[Entry], Hashable] = lambda _: None,
) -> Eligibility:
    """Set apart by findings, then by what cannot be compared, then by thresholds; the order given plays no part.

    Args:
        entries: The runs.
        metric: The one that decides.
        requirements: Thresholds that each run must keep.
        repetition: What of a run may choose its data: seed and fold. Data are compared among equal ones.
    """
    ordered = sorted(entries, key=lambda entry: (entry.label, entry.id))
    disqualified = tuple(Excluded(entry, _errors_text(entry)) for entry in ordered if entry.errors)
    left = [entry for entry in ordered if not entry.errors]
    apart: list[Excluded] = []
    for reason_of in (_without_number, _continued, _other_definition):
        left = _without(left, leaving := reason_of(left, metric))
        apart += leaving
    by_repetition: dict[Hashable, list[Entry]] = {}
    for entry in left:
        by_repetition.setdefault(repetition(entry), []).append(entry)
    for alike in by_repetition.values():
        left = _without(left, leaving := _other_data(alike, metric))
        apart += leaving
    unmet = [
        Excluded(entry, "; ".join(reasons))
        for entry in left
        if (reasons := [reason for one in requirements if (reason := failed_requirement(one, entry))])
    ]
    return Eligibility(tuple(ranking(_without(left, unmet))), disqualified, tuple(apart), tuple(unmet))


def _without(entries: Sequence[Entry], leaving: Sequence[Excluded]) -> list[Entry]:
    gone = {excluded.entry.id for excluded in leaving}
    return [entry for entry in entries if entry.id not in gone]


def _without_number(entries: Sequence[Entry], metric: str) -> list[Excluded]:
    excluded = []
    for entry in entries:
        if entry.record.state in ENDED_BADLY:
            excluded.append(Excluded(entry, ENDED_BADLY[entry.record.state]))
        elif entry.best is None:
            excluded.append(Excluded(entry, f"it has no {metric}"))
        elif not math.isfinite(entry.best.value):
            excluded.append(Excluded(entry, f"its {metric} was never a finite number"))
    return excluded


def _continued(entries: Sequence[Entry], _metric: str) -> list[Excluded]:
    """Set apart runs that began with the weights at which another one ended: they had its epochs as well."""
    ends: dict[str, list[Entry]] = {}
    starts = {entry.id: _weights(entry, "initial_weights", 0) for entry in entries}
    for entry in entries:
        if end := _weights(entry, "final_weights", -1):
            ends.setdefault(end, []).append(entry)
    excluded = []
    for entry in entries:
        start = starts[entry.id]
        before = [
            other for other in ends.get(start or "", ()) if _is_before(other, entry) and starts[other.id] != start
        ]
        if before:
            excluded.append(
                Excluded(entry, f"it continued the weights of {before[0].label}, whose epochs it had as well")
            )
    return excluded


def _weights(entry: Entry, name: Literal["initial_weights", "final_weights"], fit: int) -> str | None:
    facts = entry.record.facts
    return facts[fit].get("model", {}).get(name) if facts else None


def _is_before(first: Entry, second: Entry) -> bool:
    one, other = first.record.started_at, second.record.started_at
    return first is not second and (one is None or other is None or one <= other)


def definition_of(entry: Entry, metric: str) -> str | None:
    """Return by which function a run computed the metric, where it says so; a loss is what `compile` was given."""
    compiled, logged = entry.facts.get("compile", {}), metric.rsplit("/", 1)[-1]
    if logged == "loss":
        return ", ".join(map(_loss_text, compiled.get("losses", []))) or compiled.get("loss")
    found = [known.get("identifier") for known in compiled.get("metrics", []) if known.get("name") == logged]
    return found[0] if found else None


def _loss_text(loss: LossFacts) -> str:
    """Return a loss with the arguments that change its value; logits or not, it is one number."""
    config = loss.get("config", {})
    changed = ((key, config[key]) for key, usual in _ARGUMENTS.items() if config.get(key) not in (None, *usual))
    arguments = ", ".join(f"{key}={value}" for key, value in changed)
    weight = "" if loss.get("weight") in (None, 1, 1.0) else f"{loss['weight']:g} × "
    return f"{weight}{loss.get('identifier', '')}" + (f"({arguments})" if arguments else "")


def _other_definition(entries: Sequence[Entry], metric: str) -> list[Excluded]:
    """Set apart runs in which the metric is computed in another way."""
    return _minority(
        entries,
        lambda entry: definition_of(entry, metric),
        lambda own, other: f"its {metric} is {own}, not {other} as elsewhere",
    )


def _other_data(entries: Sequence[Entry], metric: str) -> list[Excluded]:
    part = metric.split("/", 1)[0]

    def data(entry: Entry) -> str | None:
        trained_on = data_hash(entry.facts, "inputs", "targets")
        measured_on = data_hash(entry.facts, "validation_inputs", "validation_targets")
        return {"val": measured_on or trained_on, "train": trained_on}.get(part)

    return _minority(entries, data, lambda _own, _other: f"its {metric} was measured on other data")


def _minority(
    entries: Sequence[Entry], trait: Callable[[Entry], str | None], reason: Callable[[str, str], str]
) -> list[Excluded]:
    """Return those that differ from what most have; where nothing prevails nobody can be compared with the rest."""
    traits = [(entry, trait(entry)) for entry in entries]
    counts = Counter(value for _, value in traits if value is not None).most_common()
    if len(counts) < 2:
        return []
    (first, most), (second, fewer) = sorted(counts, key=lambda item: (-item[1], item[0]))[:2]
    if most > fewer:
        return [Excluded(entry, reason(value, first)) for entry, value in traits if value not in (None, first)]
    return [
        Excluded(entry, reason(value, second if value == first else first) if value else "it does not say which it is")
        for entry, value in traits
    ]


def _errors_text(entry: Entry) -> str:
    return "; ".join(f"{finding.code} {finding.name}: {finding.message}" for finding in entry.errors)


def ranking(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries with a finite number, the best first; equal ones by label."""
    having = [entry for entry in entries if math.isfinite(value_of(entry))]
    return sorted(having, key=lambda entry: (-merit_of(entry), entry.label, entry.id))


def value_of(entry: Entry) -> float:
    """Return the best value of the metric; NaN where there is none."""
    return math.nan if entry.best is None else entry.best.value


def merit_of(entry: Entry) -> float:
    """Return the value, turned so that more is better."""
    falling = entry.best is not None and entry.best.direction != "max"
    return -value_of(entry) if falling else value_of(entry)
