"""The page of an evaluation: what it comes to first, then numbers, calibration, knees, money and errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from trackexp.evaluation.metrics.intervals import intervals_of_sums
from trackexp.evaluation.pages.html_errors import errors_content, patterns_content
from trackexp.evaluation.pages.html_parts import frame_table, interval_text, money_content, sheet, span
from trackexp.evaluation.pages.plots import (
    confusion_plot,
    knee_plot,
    label_bars,
    one_against_rest_plot,
    plotted_classes,
    precision_recall_plot,
    regression_plots,
    reliability_plot,
    roc_plot,
)
from trackexp.reporting import number, plural, size
from trackexp.reporting.html import Content, Page, Section, definitions, figures, folded, note, paragraph
from trackexp.stats import wilson_interval

if TYPE_CHECKING:
    from trackexp.evaluation.clusters import ErrorCluster
    from trackexp.evaluation.multilabel import MultiLabelEvaluation
    from trackexp.evaluation.profit import Profit
    from trackexp.evaluation.regression import RegressionEvaluation
    from trackexp.evaluation.result import Evaluation
    from trackexp.evaluation.validation import AgainstValidation

_OWN_PLOTS = 12  # classes that get calibration and knees of their own
_WORDS = {
    "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "precision_macro": "precision, macro",
    "recall_macro": "recall, macro", "f1_macro": "F1, macro", "f1_weighted": "F1, weighted", "mcc": "MCC",
    "cohen_kappa": "Cohen's κ", "log_loss": "log loss", "brier_sum": "Brier score",
    "auroc_ovr_macro": "AUROC, one against the rest", "auroc_ovo_macro": "AUROC, one against one",
    "average_precision_macro": "average precision",
}  # fmt: skip
_CALIBRATION = {
    "ece": "ECE: mean gap over the bins", "mce": "MCE: the largest gap", "rmsce": "root mean square gap",
    "ace_bin_mean": "mean gap of the bins, unweighted", "ece_equal_mass": "ECE over bins of equal mass",
    "ece_classwise": "class-wise ECE", "debiased_l2sq": "debiased squared error, below 0 where chance allows",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extras:
    """What a page may hold beside the evaluation.

    Args:
        notes: What is to be said about how it came about.
        profit: The money.
        clusters: Patterns of the errors, where they were found already.
        categories: How often each category occurs, and what it costs.
        validation: What validation rows of the same model say.
    """

    notes: Sequence[str] = ()
    profit: Profit | None = None
    clusters: Sequence[ErrorCluster] | None = None
    categories: pd.DataFrame | None = None
    validation: AgainstValidation | None = None


def evaluation_page(
    result: Evaluation | MultiLabelEvaluation | RegressionEvaluation, title: str = "", extras: Extras | None = None
) -> Page:
    """Return an evaluation as a page; every number has its interval."""
    extras = extras or Extras()
    if result.task == "multilabel" or result.task == "regression":
        return _other_page(result, title, extras)
    parts: list[tuple[str, Content]] = [
        ("Numbers", _numbers(result)),
        ("Classes", _classes(result)),
        ("Confusion", _confusion(result)),
        ("Calibration", _calibration(result)),
        ("If only the sure answers are kept", None if result.rows is None else _knees(result)),
        ("Curves", None if result.rows is None else figures([roc_plot(result), precision_recall_plot(result)])),
        ("Money", None if extras.profit is None else money_content(extras.profit)),
        ("Against validation", None if extras.validation is None else _validation(extras.validation)),
        ("Errors", errors_content(result)),
        ("Patterns of the errors", patterns_content(result, extras.clusters, extras.categories)),
        ("How it was made", _notes(result.measurements or {}, extras.notes)),
    ]
    part = f" of {result.part}" if result.part else ""
    return Page(
        title or f"{plural(result.n, 'row')}{part}",
        "trackexp evaluation",
        [paragraph(line) for line in _lead(result, extras.profit)],
        [Section(name, content, "Knees" if name.startswith("If") else "") for name, content in parts if content],
    )


def _lead(result: Evaluation, profit: Profit | None) -> list[str]:
    ends = intervals_of_sums(result.sums, 0.95)["accuracy"]
    said = [
        f"{result.accuracy:.1%} of {plural(result.n, 'row')} are right ({ends.low:.1%} to {ends.high:.1%}); log loss "
        f"{number(result.log_loss)}."
    ]
    if result.rows is not None:
        floor = result.noise_floor(100)
        chance = f"a calibrated model would show {floor.mean:.3f} on these rows"
        worse = "more than chance" if floor.p_value < 0.05 else "no more than chance"
        said.append(f"Probabilities are off by {result.ece:.3f} on average, {worse}: {chance}.")
    said += [f"{note[0].upper()}{note[1:]}." if not note.endswith("?") else note for note in result.notes]
    pairs = result.most_confused(1)
    if len(pairs):
        target, prediction, n = pairs[0]
        said.append(f"The commonest error: {target} taken for {prediction}, {plural(n, 'time')}.")
    if profit is not None and profit.best.threshold is not None:
        best, now = profit.best, profit.at_present
        said.append(
            f"Flagging {profit.positive} from {best.threshold:.4g} up costs {best.average_cost:.4g} a unit; at "
            f"{profit.present:g} it is {now.average_cost:.4g}."
        )
    return said


def _numbers(result: Evaluation) -> Content:
    intervals = result.intervals()
    rows = [(words, result[name], interval_text(intervals.get(name))) for name, words in _WORDS.items()]
    for k in (k for k in (3, 5) if k < len(result.class_names)):
        ends = wilson_interval(round(result.top_k(k) * result.n), result.n)
        rows.append((f"true class among the {k} most probable", result.top_k(k), interval_text(ends)))
    undefined = "" if result.ranking is None else ", ".join(result.class_names[k] for k in result.ranking.undefined)
    return [
        sheet("Numbers", ("", "value", "95 % interval"), rows),
        note(f"Areas are undefined for {undefined}, which have no rows.") if undefined else None,
        note(f"{plural(result.sums.n_clipped, 'row')} gave their true class a probability of 0, clipped to 2.2e-16.")
        if result.sums.n_clipped
        else None,
    ]


def _classes(result: Evaluation) -> Content:
    columns = ("class", "precision", "95 % interval", "recall", "95 % interval", "F1", "AUROC", "average precision",
               "rows")  # fmt: skip
    rows = [
        (
            str(name), line["precision"], span(f"{line['precision_low']:.3f}", f"{line['precision_high']:.3f}"),
            line["recall"], span(f"{line['recall_low']:.3f}", f"{line['recall_high']:.3f}"), line["f1"], line["auroc"],
            line["average_precision"], line["support"],
        )
        for name, line in result.report.iterrows()
    ]  # fmt: skip
    return sheet("One line a class, with Wilson's intervals", columns, rows)


def _confusion(result: Evaluation) -> Content:
    own = [one_against_rest_plot(result, result.class_names[k]) for k in plotted_classes(result)]
    many = len(result.class_names) > 2
    return [figures([confusion_plot(result)]), folded("Each class against the rest", figures(own)) if many else None]


def _calibration(result: Evaluation) -> Content:
    intervals = result.intervals() if result.rows is not None else {}
    gap = result.mce
    rows = [(words, result[name], interval_text(intervals.get(name))) for name, words in _CALIBRATION.items()]
    own = [reliability_plot(result, result.class_names[k]) for k in plotted_classes(result, _OWN_PLOTS)]
    return [
        figures([reliability_plot(result)]),
        sheet("Calibration errors", ("", "value", "95 % interval"), rows),
        note(
            f"The largest gap is that of bin {gap.bin + 1}: {plural(gap.n, 'row')} with a mean confidence of "
            f"{gap.confidence:.3f}, of which {gap.accuracy:.3f} were right ({gap.interval.low:.3f} to "
            f"{gap.interval.high:.3f})."
        ),
        folded("Calibration of each class", figures(own)) if result.task != "binary" else None,
    ]


def _knees(result: Evaluation) -> Content:
    names = [result.class_names[k] for k in plotted_classes(result, _OWN_PLOTS)]
    whole = result.knee()
    wanted = [(f"{share:.3g}", whole.threshold_for(share)) for share in (0.9, 0.95, 0.99, 0.999)]
    rows = [(name, at.threshold, at.coverage, at.accuracy) for name, at in wanted if at is not None]
    own = [knee_plot(result, by, name) for name in names for by in ("confidence", "entropy")]
    return [
        figures([knee_plot(result, "confidence"), knee_plot(result, "entropy")]),
        sheet("The threshold for a wanted accuracy", ("wanted", "from confidence", "coverage", "accuracy"), rows),
        note(
            f"Area under the risk-coverage curve: {whole.aurc:.4f} by confidence, "
            f"{result.knee(by='entropy').aurc:.4f} by entropy; 0 is best."
        ),
        folded("Knees of each class", figures(own)),
    ]


def _validation(found: AgainstValidation) -> Content:
    return [paragraph(line) for line in found.lines()]


def _notes(measured: Any, notes: Sequence[str]) -> Content:
    told: list[tuple[str, Content]] = []
    if "latency_ms_per_row" in measured:
        told.append(("time a row", f"{measured['latency_ms_per_row']:.3g} ms"))
    if "model_bytes" in measured:
        told.append(("size of the model", size(measured["model_bytes"])))
    others = [name for name in measured if name not in ("latency_ms_per_row", "model_bytes", "predict_seconds")]
    told += [(name, number(measured[name])) for name in others]
    if not told and not notes:
        return None
    return [definitions(told) if told else None, *(note(text) for text in notes)]


def _other_page(result: MultiLabelEvaluation | RegressionEvaluation, title: str, extras: Extras) -> Page:
    found = result.to_dict(intervals=True)
    intervals = found["intervals"]
    rows = [(name, result[name], _ends(intervals.get(name))) for name in result.numbers()]
    parts: list[tuple[str, Content]] = [("Numbers", sheet("Numbers", ("", "value", "95 % interval"), rows))]
    if result.task == "regression":
        off, explained = number(result["mae"]), number(result["r2"])
        lead = f"The mean absolute error of {plural(result.sums.n, 'row')} is {off}; R² is {explained}."
        parts.append(("Residuals", figures(list(regression_plots(result).values()))))
        parts.append(("Errors", frame_table("The largest errors", result.residuals.head(50))))
        left = plural(int(result["mape_n_left_out"]), "target")
        parts.append(("A caveat", note(f"MAPE leaves out {left} of 0, and favours predictions that are too low.")))
    else:
        over = f"F1 {result['f1_micro']:.3f} over all labels, {result['f1_macro']:.3f} as their mean"
        lead = f"{plural(result.sums.n, 'row')}: {over}."
        lines = frame_table("One line a label", result.report.reset_index(names="label"))
        parts.append(("Labels", [figures([label_bars(result)]), lines]))
    parts.append(("How it was made", _notes(result.measurements or {}, extras.notes)))
    sections = [Section(name, content) for name, content in parts if content]
    return Page(title or f"{plural(result.sums.n, 'row')}", "trackexp evaluation", paragraph(lead), sections)


def _ends(interval: Any) -> str:
    return "" if interval is None else span(number(interval["low"]), number(interval["high"]))
