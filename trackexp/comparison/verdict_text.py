"""The verdict in one paragraph."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackexp.comparison.entry import Entry, Excluded
from trackexp.comparison.ranking import merit_of, value_of
from trackexp.record import State, metric_names
from trackexp.reporting import number, plural

_MOST_NAMES = 6  # metrics of one run in a sentence


def verdict_text(
    metric: str, ranked: Sequence[Entry], disqualified: Sequence[Excluded], apart: Sequence[Excluded]
) -> str:
    """Say which run to believe and why, and what became of the others.

    Args:
        metric: Our name of the metric that decides.
        ranked: The runs that can be compared, the best first.
        disqualified: The runs that are not to be believed.
        apart: The runs that cannot be compared.
    """
    sentences = [_best_sentence(metric, ranked)]
    for excluded in disqualified:
        value = value_of(excluded.entry)
        better = ranked and math.isfinite(value) and merit_of(excluded.entry) > merit_of(ranked[0])
        though = f", although its {metric} of {number(value)} is the better number" if better else ""
        sentences.append(f"{excluded.entry.label} is disqualified{though}: {excluded.reason}.")
    sentences += [f"{excluded.entry.label} cannot be compared: {excluded.reason}." for excluded in apart]
    if not ranked and len(apart) > 1:
        sentences.append("Compare by a metric that means the same in all of them.")
    return " ".join(sentences)


def unshared_text(metric: str, alone: Entry, entries: Sequence[Entry]) -> str:
    """Say that a single run has the metric, and what could be compared by instead, or what each run has."""
    names = {entry.label: sorted(metric_names(entry.record)) for entry in entries}
    shared = sorted(set.intersection(*map(set, names.values())))
    if shared:
        return (
            f"No run can be believed: only {alone.label} has {metric}. They share {_listed(shared)}: compare by that."
        )
    each = "; ".join(f"{label} has {_listed(found)}" for label, found in names.items())
    return f"No run can be believed: they share no metric. {each}."


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "none"
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _best_sentence(metric: str, ranked: Sequence[Entry]) -> str:
    if not ranked or ranked[0].best is None:
        return "No run can be believed."
    winner, best = ranked[0], ranked[0].best
    epoch = "" if best.epoch is None else f" at epoch {best.epoch}"
    reached = f"{metric} of {number(best.value)}{epoch}"
    if winner.record.state is State.RUNNING:
        reached += ", so far: it is still running"
    tied = [entry.label for entry in ranked if value_of(entry) == best.value]
    if len(tied) > 1:
        return f"{' and '.join(tied)} are tied, with the same {metric} of {number(best.value)}."
    if len(ranked) == 1:
        return f"Believe {winner.label}: the only run left to compare, with a {reached}."
    word = "highest" if best.direction == "max" else "lowest"
    return f"Believe {winner.label}: the {word} of {plural(len(ranked), 'comparable run')}, with a {reached}."
