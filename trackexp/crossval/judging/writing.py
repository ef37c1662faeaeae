"""A cross-validation as JSON-ready data, and as lines for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from trackexp.crossval.grid import setting_text
from trackexp.reporting import json_ready, number

if TYPE_CHECKING:
    from trackexp.crossval.judging.choosing import SettingResult
    from trackexp.crossval.result import CrossValidation

SCHEMA = 1


def to_dict(result: CrossValidation) -> dict[str, Any]:
    """Return the result as JSON-ready data; what is undefined is null."""
    choice = result.choice
    found = {
        "schema": SCHEMA,
        "metric": result.criterion.metric,
        "direction": result.criterion.direction,
        "folds": len(result.folds),
        "done": len(result.entries),
        "trained": result.trained,
        "settings": [_setting(result, one) for one in result.results],
        "best": dict(choice.best.params) if choice.best else None,
        "simplest": dict(choice.simplest.params) if choice.simplest else None,
        "expected": result.expected.to_dict() if choice.best else None,
        "failures": [
            {"fold": one.fold, "params": dict(one.params), "error": one.error, "log": one.log}
            for one in result.failures
        ],
        "findings": [finding.to_dict() for finding in result.findings],
        "notes": list(result.notes),
        "parent": result.parent,
        "storage": str(result.storage.folder),
    }
    ready: dict[str, Any] = json_ready(found, nan_as_null=True)
    return ready


def _setting(result: CrossValidation, one: SettingResult) -> dict[str, Any]:
    choice = result.choice
    low, high = one.interval
    return {
        "params": dict(one.params), "n": one.n, "mean": one.mean, "sd": one.sd,
        "low": low if math.isfinite(low) else None, "high": high if math.isfinite(high) else None,
        "scores": {str(fold): score for fold, score in one.scores.items()},
        "runs": {str(fold): result.entries[one.index, fold].run for fold in one.scores},
        "parameters": one.parameters, "best": one is choice.best, "simplest": one is choice.simplest,
        "tied": one in choice.tied, "dropped": one.dropped,
    }  # fmt: skip


def words_of(result: CrossValidation, one: SettingResult) -> str:
    """Return what became of a setting, in a few words; "" where it was beaten."""
    choice = result.choice
    said = [
        "best" if one is choice.best else "",
        "simplest" if one is choice.simplest else "",
        "tied" if one in choice.tied else "",
        "given up" if one.dropped else "",
        "not compared" if one not in choice.judged and not one.dropped else "",
    ]
    return ", ".join(filter(None, said))


def cells_of(result: CrossValidation, one: SettingResult) -> list[str]:
    """Return a setting's line: name, n, mean, standard deviation, interval, what became of it."""
    low, high = one.interval
    between = f"{number(low)} to {number(high)}" if math.isfinite(low) else "–"
    sd = "–" if math.isnan(one.sd) else number(one.sd)
    mean = number(one.mean) if one.n else "–"
    return [setting_text(one.params), str(one.n), mean, sd, between, words_of(result, one)]


COLUMNS = ("setting", "n", "mean", "sd", "95 %", "")


def lines_of(result: CrossValidation) -> list[str]:
    """Return in a few sentences what was found."""
    choice = result.choice
    if choice.best is None:
        return ["No setting has a finished fold."]
    said = [f"{result.sentence[0].upper()}{result.sentence[1:]}, corrected for folds that share training rows."]
    if choice.tied:
        names = "; ".join(setting_text(one.params) for one in choice.tied[:5])
        more = f" and {len(choice.tied) - 5} more" if len(choice.tied) > 5 else ""
        said.append(f"No test tells it from: {names}{more}.")
    if choice.simplest is not None and choice.simplest is not choice.best:
        said.append(f"Simplest within one standard error: {setting_text(choice.simplest.params)}.")
    said.append(f"Expected on further rows, corrected for the choice: {result.expected}.")
    said += [f"{note[0].upper()}{note[1:]}." for note in result.notes]
    said += [f"{failure}." for failure in result.failures]
    return said
