"""Several models on the same rows: leaderboard, pairs and the rows that changed side, as a page and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trackexp.evaluation.pages.html_parts import INTERVAL, frame_table, interval_text, sheet, span
from trackexp.reporting import plural, size
from trackexp.reporting.html import Content, Page, Section, folded, note, paragraph

if TYPE_CHECKING:
    from trackexp.evaluation.comparing import ModelComparison, PairOfModels

_SHOWN, _NAMED = 200, 5  # rows that changed side: on a page, in a line of text


def leaderboard_page(comparison: ModelComparison, title: str = "") -> Page:
    """Return several models on the same rows as a page."""
    n = next(iter(comparison.models.values())).n
    pairs = [_pair_cells(pair) for pair in comparison.pairs]
    heads = ("first", "second", "accuracy", INTERVAL, "log loss", INTERVAL, "only first right", "only second right",
             "p, corrected")  # fmt: skip
    parts: list[tuple[str, Content]] = [
        ("Leaderboard", sheet("Leaderboard", *board(comparison))),
        (
            "Pairs",
            [
                sheet("Pairs", heads, pairs),
                note(
                    "First minus second, with intervals of the paired bootstrap; McNemar's exact p, corrected by Holm."
                ),
            ],
        ),
        ("What changed side", _changed(comparison)),
    ]
    return Page(
        title or f"{plural(len(comparison.models), 'model')} on {plural(n, 'row')}",
        "trackexp evaluation",
        [paragraph(line) for line in lead(comparison)],
        [Section(name, content) for name, content in parts],
    )


def lead(comparison: ModelComparison) -> list[str]:
    """Return what it comes to, in words."""
    line = comparison.leaderboard.iloc[0]
    tied = comparison.tied_with_best
    said = f"{comparison.best} is right in {line['accuracy']:.2%} of the rows ({line['low']:.2%} to {line['high']:.2%})"
    if not tied:
        return [f"{said}; no other model is tied with it."]
    return [f"{said}; these rows cannot tell it from {', '.join(tied)}."]


def board(comparison: ModelComparison) -> tuple[list[str], list[list[Any]]]:
    """Return columns and lines; time and size only where they were measured."""
    board = comparison.leaderboard
    best = board["model"] == comparison.best
    columns: dict[str, list[Any]] = {
        "model": board["model"].tolist(),
        "accuracy": board["accuracy"].tolist(),
        INTERVAL: [span(f"{a:.4f}", f"{b:.4f}") for a, b in zip(board["low"], board["high"], strict=True)],
        "log loss": board["log_loss"].tolist(),
        "ECE": board["ece"].tolist(),
    }
    if "latency_ms_per_row" in board:
        columns["ms a row"] = board["latency_ms_per_row"].tolist()
    if "model_bytes" in board:
        columns["size"] = ["" if b != b else size(b) for b in board["model_bytes"].tolist()]
    columns["place"] = np.where(
        best, "best", np.where(board["tied_with_best"], "tied with the best", "behind")
    ).tolist()
    return list(columns), [list(line) for line in zip(*columns.values(), strict=True)]


def _pair_cells(pair: PairOfModels) -> tuple[Any, ...]:
    ends = [interval_text(interval) for _, interval in (pair.accuracy, pair.log_loss)]
    counts = pair.only_first, pair.only_second, pair.p_holm
    return (pair.first, pair.second, pair.accuracy[0], ends[0], pair.log_loss[0], ends[1], *counts)


def changed_line(comparison: ModelComparison, name: str) -> str:
    """Return in words how many rows only the best model, and only that one, gets right."""
    rows = comparison.changed(comparison.best, name)
    won = int((rows["right"] == comparison.best).sum())
    if not len(rows):
        return f"{comparison.best} and {name}: none"
    ids = ", ".join(map(str, rows["id"].head(_NAMED)))
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return (
        f"{comparison.best} and {name}: {plural(len(rows), 'row')}, {won} that only {comparison.best} gets right and "
        f"{len(rows) - won} that only {name} does: {ids}{more}"
    )


def _changed(comparison: ModelComparison) -> Content:
    found: list[Content] = []
    for name in comparison.models:
        if name == comparison.best:
            continue
        rows = comparison.changed(comparison.best, name)
        found.append(paragraph(changed_line(comparison, name)))
        if len(rows):
            title = f"The first {_SHOWN} of them" if len(rows) > _SHOWN else "All of them"
            found.append(folded(title, frame_table(f"{comparison.best} and {name}", rows.head(_SHOWN))))
    return found
