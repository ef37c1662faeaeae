"""What a loop that the script writes itself did: its passes, its updates, and what it ended with."""

from __future__ import annotations

from typing import Any

from trackexp.diagnosis.fit import Fit


def loop_of(fit: Fit) -> dict[str, Any]:
    """Return the facts of the loop; empty for a framework that has its own."""
    return fit.facts.get("loop", {})


def training_passes(fit: Fit) -> list[dict[str, Any]]:
    """Return the passes that made updates, in their order."""
    return [one for one in loop_of(fit).get("passes", []) if one.get("updates")]


def evaluating_passes(fit: Fit) -> list[dict[str, Any]]:
    """Return the passes over a loader that made none."""
    return [one for one in loop_of(fit).get("passes", []) if not one.get("updates") and one.get("loader")]


def calls_in(one: dict[str, Any], mode: str) -> int:
    """Return how often the model was called in a mode, "train" or "eval", in a pass."""
    return sum(count for kind, count in one.get("calls", {}).items() if kind.startswith(f"{mode}_"))


def raised_without_gradient(fit: Fit) -> bool:
    """Tell whether the script ended because its loss needs no gradient."""
    return "does not require grad" in str(loop_of(fit).get("error", ""))
