"""Which colour stands for which run or group, everywhere on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp.comparison.writing import by_merit

if TYPE_CHECKING:
    from trackexp.comparison.result import Comparison

MOST_COLOURS = 8  # told apart at a glance; what comes after is grey


def run_colours(comparison: Comparison) -> dict[str, int | None]:
    """Return the number of each run's colour by its id, the best run's first; runs of one group share its colour."""
    of_groups = group_colours(comparison)
    labels = comparison.group_labels
    if of_groups:
        return {entry.id: of_groups.get(labels.get(entry.id, "")) for entry in comparison.entries}
    return {entry.id: place if place < MOST_COLOURS else None for place, entry in enumerate(by_merit(comparison))}


def group_colours(comparison: Comparison) -> dict[str, int | None]:
    """Return the number of each group's colour by its label; empty where no run repeats another."""
    if not any(group.n + len(group.left_out) > 1 for group in comparison.groups):
        return {}
    return {group.label: place if place < MOST_COLOURS else None for place, group in enumerate(comparison.groups)}
