"""Which run to believe."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trackexp.comparison.differences import data_hash
from trackexp.comparison.entry import Entry, Excluded, named
from trackexp.comparison.ranking import ranking, value_of
from trackexp.comparison.verdict_text import unshared_text, verdict_text
from trackexp.record import State

_ENDED_BADLY = {
    State.FAILED: "it failed",
    State.KILLED: "it was killed before it ended",
    State.CRASHED: "it crashed",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which run to believe, and what became of the others; the order in which runs were given plays no part.

    Args:
        best: None when no run can be believed.
        tied: Runs that reach exactly the value of the best.
        disqualified: Runs with an error-level finding: whatever their number says, it is not to be believed.
        not_comparable: Runs whose number is absent or means something else.
        text: The same in one paragraph.
    """

    best: Entry | None
    tied: tuple[Entry, ...]
    disqualified: tuple[Excluded, ...]
    not_comparable: tuple[Excluded, ...]
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON-ready data."""
        return {
            "best": None if self.best is None else named(self.best),
            "tied": [named(entry) for entry in self.tied],
            "disqualified": [excluded.to_dict() for excluded in self.disqualified],
            "not_comparable": [excluded.to_dict() for excluded in self.not_comparable],
            "text": self.text,
        }


def judge(entries: Iterable[Entry], metric: str) -> Verdict:
    """Return the verdict: error-level findings disqualify, then what cannot be compared leaves, then numbers decide."""
    ordered = sorted(entries, key=lambda entry: (entry.label, entry.id))
    disqualified = tuple(Excluded(entry, _errors_text(entry)) for entry in ordered if entry.errors)
    left = [entry for entry in ordered if not entry.errors]
    apart: list[Excluded] = []
    for sieve in (_without_number, _other_definition, _other_data):
        leaving = sieve(left, metric)
        apart += leaving
        gone = {excluded.entry.id for excluded in leaving}
        left = [entry for entry in left if entry.id not in gone]
    ranked = ranking(left)
    alone = ranked[0] if len(ranked) == 1 and _none_to_compare_with(ordered, ranked[0]) else None
    if alone:
        apart.insert(0, Excluded(alone, f"no other run has {metric}"))
        text = unshared_text(metric, alone, ordered)
        return Verdict(None, (), disqualified, tuple(apart), text)
    tied = tuple(entry for entry in ranked[1:] if value_of(entry) == value_of(ranked[0]))
    best = ranked[0] if ranked else None
    text = verdict_text(metric, ranked, disqualified, apart)
    return Verdict(best, tied, disqualified, tuple(apart), text)


def _none_to_compare_with(entries: Iterable[Entry], alone: Entry) -> bool:
    """Return whether no other run ever had the metric, and one of them ran to an end without it."""
    others = [entry for entry in entries if entry is not alone]
    return all(entry.best is None for entry in others) and any(
        entry.record.state not in _ENDED_BADLY for entry in others
    )


def _without_number(entries: Sequence[Entry], metric: str) -> list[Excluded]:
    excluded = []
    for entry in entries:
        if entry.record.state in _ENDED_BADLY:
            excluded.append(Excluded(entry, _ENDED_BADLY[entry.record.state]))
        elif entry.best is None:
            excluded.append(Excluded(entry, f"it has no {metric}"))
        elif not math.isfinite(entry.best.value):
            excluded.append(Excluded(entry, f"its {metric} was never a finite number"))
    return excluded


def _other_definition(entries: Sequence[Entry], metric: str) -> list[Excluded]:
    """Set apart runs in which the metric is computed in another way; a loss is what `compile` was given."""
    logged = metric.rsplit("/", 1)[-1]

    def definition(entry: Entry) -> str | None:
        compiled = entry.facts.get("compile", {})
        if logged == "loss":
            return compiled.get("loss")
        found = [known.get("identifier") for known in compiled.get("metrics", []) if known.get("name") == logged]
        return found[0] if found else None

    return _minority(entries, definition, lambda own, other: f"its {metric} is {own}, not {other} as elsewhere")


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
