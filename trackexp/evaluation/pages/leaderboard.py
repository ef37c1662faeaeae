"""Several models on the same rows: the leaderboard, the pairs and the rows that changed side, as text and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trackexp.evaluation.pages.html_parts import frame_table, sheet
from trackexp.reporting import heading, number, paragraph, plural, printable, size, table
from trackexp.reporting.html import Content, Page, Section, folded, note
from trackexp.reporting.html import paragraph as html_paragraph

if TYPE_CHECKING:
    from rich.console import Console

    from trackexp.evaluation.paired.compare import ModelComparison, PairOfModels
    from trackexp.stats import Interval

_SHOWN, _NAMED = 200, 5  # rows that changed side: on a page, in a line of text


def leaderboard_page(comparison: ModelComparison, title: str = "") -> Page:
    """Return several models on the same rows as a page."""
    n = next(iter(comparison.models.values())).n
    columns = ("model", "accuracy", "95 % interval", "log loss", "ECE", "time a row", "size", "")
    pairs = [_pair_cells(pair) for pair in comparison.pairs]
    heads = ("first", "second", "accuracy, first - second", "log loss, first - second", "only first right",
             "only second right", "p", "p, corrected")  # fmt: skip
    parts: list[tuple[str, Content]] = [
        ("Leaderboard", sheet("Leaderboard", columns, _lines(comparison))),
        ("Pairs", [sheet("Pairs", heads, pairs), note("McNemar's exact p, Holm's correction; paired bootstrap.")]),
        ("What changed side", _changed(comparison)),
    ]
    return Page(
        title or f"{plural(len(comparison.models), 'model')} on {plural(n, 'row')}",
        "trackexp evaluation",
        [html_paragraph(line) for line in lead(comparison)],
        [Section(name, content) for name, content in parts],
    )


def show_leaderboard(out: Console, comparison: ModelComparison, title: str) -> None:
    """Print several models on the same rows."""
    out.print(printable(title), style="bold", soft_wrap=True)
    for line in lead(comparison):
        paragraph(out, line)
    heading(out, "Leaderboard")
    columns = ("model", "accuracy", "95 % interval", "log loss", "ECE", "time a row", "size", "")
    table(out, columns, [tuple(map(_text, line)) for line in _lines(comparison)], right=(1, 3, 4, 5, 6))
    heading(out, "Pairs", "first minus second; p is McNemar's, corrected by Holm")
    rows = [
        (p.first, p.second, _difference(p.accuracy), _difference(p.log_loss), p.only_first, p.only_second, p.p_holm)
        for p in comparison.pairs
    ]
    names = ("first", "second", "accuracy", "log loss", "only first right", "only second right", "p")
    table(out, names, [tuple(map(_text, row)) for row in rows], right=(4, 5, 6))
    heading(out, "What changed side")
    for name in comparison.models:
        if name != comparison.best:
            paragraph(out, _changed_line(comparison, name))


def lead(comparison: ModelComparison) -> list[str]:
    """Return what it comes to, in words."""
    line = comparison.leaderboard.iloc[0]
    tied = comparison.tied_with_best
    said = f"{comparison.best} is right in {line['accuracy']:.2%} of the rows ({line['low']:.2%} to {line['high']:.2%})"
    if not tied:
        return [f"{said}; no other model is tied with it."]
    return [f"{said}; these rows cannot tell it from {', '.join(tied)}."]


def _lines(comparison: ModelComparison) -> list[tuple[Any, ...]]:
    found = []
    for line in comparison.leaderboard.to_dict("records"):
        told = "best" if line["model"] == comparison.best else "tied with the best" if line["tied_with_best"] else ""
        wait, bytes_ = line.get("latency_ms_per_row"), line.get("model_bytes")
        found.append(
            (
                line["model"], line["accuracy"], f"{line['low']:.4f} – {line['high']:.4f}", line["log_loss"],
                line["ece"], f"{wait:.3g} ms" if wait is not None and wait == wait else "",
                size(bytes_) if bytes_ is not None and bytes_ == bytes_ else "", told,
            )
        )  # fmt: skip
    return found


def _pair_cells(pair: PairOfModels) -> tuple[Any, ...]:
    differences = _difference(pair.accuracy), _difference(pair.log_loss)
    counts = pair.only_first, pair.only_second
    return (pair.first, pair.second, *differences, *counts, pair.p_value, pair.p_holm)


def _difference(found: tuple[float, Interval]) -> str:
    value, interval = found
    return f"{value:+.4f} ({interval.low:+.4f} – {interval.high:+.4f})"


def _changed_line(comparison: ModelComparison, name: str) -> str:
    rows = comparison.changed(comparison.best, name)
    won = int((rows["right"] == comparison.best).sum())
    if not len(rows):
        return f"{comparison.best} and {name}: none"
    ids = ", ".join(map(str, rows["id"].head(_NAMED)))
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return (
        f"{comparison.best} and {name}: {plural(len(rows), 'row')}, {won} right by the first alone and "
        f"{len(rows) - won} by the second: {ids}{more}"
    )


def _changed(comparison: ModelComparison) -> Content:
    found: list[Content] = []
    for name in comparison.models:
        if name == comparison.best:
            continue
        rows = comparison.changed(comparison.best, name)
        found.append(html_paragraph(_changed_line(comparison, name)))
        if len(rows):
            title = f"The first {_SHOWN} of them" if len(rows) > _SHOWN else "All of them"
            found.append(folded(title, frame_table(f"{comparison.best} and {name}", rows.head(_SHOWN))))
    return found


def _text(value: Any) -> str:
    return printable(value) if isinstance(value, str) else str(value) if isinstance(value, int) else number(value)
