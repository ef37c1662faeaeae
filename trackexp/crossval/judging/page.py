"""A cross-validation as one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp.comparison.html.curves import curves_content
from trackexp.crossval.judging.writing import COLUMNS, cells_of, lines_of
from trackexp.errors import UsageError
from trackexp.reporting import plural
from trackexp.reporting.html import Column, Content, Page, Section, findings_list, note, paragraph, table
from trackexp.reporting.svg import confusion_matrix

if TYPE_CHECKING:
    from trackexp.crossval.result import CrossValidation


def crossval_page(result: CrossValidation) -> Page:
    """Return the page: the choice first, then what it rests on."""
    done, wanted = len(result.entries), len(result.settings) * len(result.folds)
    parts: list[tuple[str, Content]] = [
        ("Settings", _settings(result)),
        ("Findings", findings_list(list(result.findings)) if result.findings else None),
        ("Curves", curves_content(result.comparison) if len(result.records) > 1 else None),
        ("Out-of-fold predictions of the best", _confusion(result)),
        ("Folds that failed", [paragraph(str(failure)) for failure in result.failures] or None),
    ]
    settings = plural(len(result.settings), "setting")
    return Page(
        f"{settings} × {plural(len(result.folds), 'fold')} by {result.criterion.metric}",
        "trackexp crossval",
        [paragraph(line) for line in lines_of(result)],
        [Section(title, content) for title, content in parts if content is not None],
        lead_title="Choice",
        tone="good" if done == wanted and not result.failures else "warn",
    )


def _settings(result: CrossValidation) -> Content:
    columns = [Column(name or "verdict", numeric=0 < place < 4) for place, name in enumerate(COLUMNS)]
    rows = [[*cells_of(result, one)] for one in result.results]
    return [
        table(f"Settings by {result.criterion.metric}", columns, rows, hide_caption=True),
        note(
            "The interval of a mean is Nadeau and Bengio's: wider than Student's, because folds share training rows. "
            "Tied: their paired test, corrected by Holm, does not tell it from the best at 5 %."
        ),
    ]


def _confusion(result: CrossValidation) -> Content:
    try:
        evaluation = result.evaluation
    except UsageError:
        return None
    if not hasattr(evaluation, "confusion"):
        return None
    picture = confusion_matrix(evaluation.confusion.to_numpy(), list(evaluation.class_names))
    return [picture.inline(), note(f"F1 macro {evaluation['f1_macro']:.4f} over all out-of-fold rows.")]
