"""An evaluation on the terminal: the numbers with what they rest on, then what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from trackexp.evaluation.metrics.intervals import intervals_of_sums
from trackexp.evaluation.pages.html_parts import span
from trackexp.evaluation.pages.leaderboard import board, changed_line, lead
from trackexp.reporting import heading, number, paragraph, plural, printable, size, table

if TYPE_CHECKING:
    from rich.console import Console

    from trackexp.evaluation.comparing import ModelComparison
    from trackexp.evaluation.multilabel import MultiLabelEvaluation
    from trackexp.evaluation.profit import Profit
    from trackexp.evaluation.regression import RegressionEvaluation
    from trackexp.evaluation.result import Evaluation
    from trackexp.stats import Interval

_CLASSES, _PAIRS, _ERRORS = 20, 5, 5  # lines shown of each; the rest is in --json and --html
_MANY_ROWS = 100_000  # from here on the noise floor is drawn less often
_HEADLINE = {
    "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "f1_macro": "F1, macro", "mcc": "MCC",
    "log_loss": "log loss", "brier_sum": "Brier score", "auroc_ovr_macro": "AUROC, one against the rest",
    "average_precision_macro": "average precision", "ece": "calibration error (ECE)", "mce": "largest gap (MCE)",
}  # fmt: skip
_OTHERS = {
    "multilabel": ("subset_accuracy", "hamming_loss", "f1_micro", "f1_macro", "auroc_macro", "log_loss", "brier",
                   "ece_classwise"),
    "regression": ("mae", "rmse", "r2", "median_absolute_error", "mape", "bias"),
}  # fmt: skip


def show_evaluation(
    out: Console,
    result: Evaluation | MultiLabelEvaluation | RegressionEvaluation,
    *,
    title: str,
    notes: Iterable[str] = (),
    profit: Profit | None = None,
    intervals: bool = False,
) -> None:
    """Print an evaluation; intervals of every number only if asked for, since they cost resampling."""
    out.print(printable(title), style="bold", soft_wrap=True)
    for note in notes:
        paragraph(out, note)
    if result.task == "multilabel" or result.task == "regression":
        _show_other(out, result, intervals=intervals)
    else:
        _show_numbers(out, result, result.intervals() if intervals else _cheap_intervals(result))
        _show_classes(out, result)
        _show_calibration(out, result)
        if result.rows is not None:
            _show_knees(out, result)
        _show_errors(out, result)
    if profit is not None:
        _show_profit(out, profit)
    _show_measurements(out, result.measurements or {})


def _cheap_intervals(result: Evaluation) -> dict[str, Interval]:
    return intervals_of_sums(result.sums, 0.95)


def _show_numbers(out: Console, result: Evaluation, intervals: dict[str, Interval]) -> None:
    rows = []
    for name, words in _HEADLINE.items():
        interval = intervals.get(name)
        ends = f"{interval.low:.4f} – {interval.high:.4f}" if interval and math.isfinite(interval.low) else ""
        rows.append((words, number(result[name]), ends))
    absent = int(result["n_absent"])
    note = f"{result.n:,} rows, {len(result.class_names)} classes"
    heading(out, "Numbers", note + (f", {absent} of them neither true nor predicted" if absent else ""))
    table(out, ("", "value", "95 % interval"), rows, right=(1,))
    if result.sums.n_clipped:
        paragraph(out, f"{result.sums.n_clipped} rows gave their true class a probability of 0, clipped to 2.2e-16")


def _show_classes(out: Console, result: Evaluation) -> None:
    report = result.report
    worst = np.argsort(report["f1"].to_numpy(), kind="stable")[:_CLASSES]
    chosen = range(len(report)) if len(report) <= _CLASSES else worst.tolist()
    heading(out, "Classes", "" if len(report) <= _CLASSES else f"the {_CLASSES} with the lowest F1 of {len(report)}")
    rows = []
    for k in chosen:
        line = report.iloc[k]
        ends = f"{line['recall_low']:.3f} – {line['recall_high']:.3f}"
        shown = [f"{line[name]:.3f}" for name in ("precision", "recall")]
        rows.append((printable(report.index[k]), *shown, ends, f"{line['f1']:.3f}", str(int(line["support"]))))
    table(out, ("class", "precision", "recall", "its interval", "F1", "rows"), rows, right=(1, 2, 4, 5))
    pairs = [f"{target} taken for {prediction} ({n})" for target, prediction, n in result.most_confused(_PAIRS)]
    if pairs:
        paragraph(out, "most often confused: " + ", ".join(pairs))


def _show_calibration(out: Console, result: Evaluation) -> None:
    heading(out, "Calibration")
    gap = result.mce
    if result.rows is not None:
        floor = result.noise_floor(200 if result.n < _MANY_ROWS else 40)
        judged = "more than chance" if floor.p_value < 0.05 else "no more than chance would show"
        paragraph(out, f"ECE {result.ece:.4f}; a calibrated model would show {floor.mean:.4f} here: {judged}")
    side = "overconfident" if gap.confidence > gap.accuracy else "underconfident"
    paragraph(
        out,
        f"largest gap {gap.value:.3f}, {side}: {plural(gap.n, 'row')} said {gap.confidence:.2f}, right in "
        f"{gap.accuracy:.2f} ({gap.interval.low:.2f} – {gap.interval.high:.2f})",
    )


def _show_knees(out: Console, result: Evaluation) -> None:
    heading(out, "If only the sure answers are kept")
    for by in ("confidence", "entropy"):
        knee = result.knee(by=by)
        at = knee.knee
        sign = "≥" if by == "confidence" else "≤"
        told = f"no knee by {by}" if at is None else (
            f"knee at {by} {sign} {at.threshold:.3f}: accuracy {at.accuracy:.4f} on {at.coverage:.1%} of the rows"
        )  # fmt: skip
        paragraph(out, f"{told}; AURC {knee.aurc:.4f}")
    for wanted in (0.95, 0.99):
        point = result.knee().threshold_for(wanted)
        if point is None or point.coverage == 1.0:
            continue
        paragraph(
            out, f"{wanted:.0%} accuracy from confidence ≥ {point.threshold:.3f}: {point.coverage:.1%} of the rows"
        )


def _show_errors(out: Console, result: Evaluation) -> None:
    wrong = result.n - int(np.trace(result.sums.confusion))
    if not wrong:
        return
    errors = result.confident_errors(_ERRORS)
    heading(out, "Errors", f"{wrong:,}; the surest first")
    rows = [
        (printable(line["id"]), printable(line["target"]), printable(line["prediction"]), f"{line['probability']:.4f}")
        for _, line in errors.iterrows()
    ]
    table(out, ("row", "target", "prediction", "probability"), rows, right=(3,))


def _show_profit(out: Console, profit: Profit) -> None:
    lines: list[Any] = profit.table().to_dict("records")
    heading(out, "Money", f"flagging {profit.positive}")
    rows = []
    for line in lines:
        threshold, saving, low, high = (_known(line.get(key)) for key in ("threshold", "total_saving", "low", "high"))
        money = "" if saving is None else f"{saving:,.2f}"
        form = ",.2f" if saving is not None else ".5f"
        ends = "" if low is None or high is None else f"{low:{form}} – {high:{form}}"
        at = "" if threshold is None else f"{threshold:.4f}"
        rows.append((line["choice"], at, f"{line['average_cost']:.5f}", money, ends))
    of = "saving" if profit.business.baseline is not None else "cost a unit"
    table(
        out, ("choice", "threshold", "cost a unit", "total saving", f"95 % interval of the {of}"), rows, right=(1, 2, 3)
    )
    paragraph(out, "a threshold is chosen on validation rows, and its money reported on test rows")


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _show_other(out: Console, result: MultiLabelEvaluation | RegressionEvaluation, *, intervals: bool) -> None:
    found = result.to_dict(intervals=intervals)
    rows = []
    for name in _OTHERS[found["task"]]:
        interval = found.get("intervals", {}).get(name)
        rows.append((name, number(found[name]), f"{interval['low']:.4g} – {interval['high']:.4g}" if interval else ""))
    heading(out, "Numbers", f"{found['n']:,} rows")
    table(out, ("", "value", "95 % interval" if intervals else ""), rows, right=(1,))
    if result.task == "regression":
        if found["mape_n_left_out"]:
            paragraph(out, f"MAPE leaves out {found['mape_n_left_out']} targets of 0; it favours low predictions")
        worst = result.residuals.head(_ERRORS)
        heading(out, "Errors", "the largest first")
        cells = [
            (printable(r["id"]), *(number(r[c]) for c in ("target", "prediction", "residual")))
            for _, r in worst.iterrows()
        ]
        table(out, ("row", "target", "prediction", "residual"), cells, right=(1, 2, 3))
        return
    report = result.report.sort_values("f1").head(_CLASSES)
    heading(out, "Labels")
    lines = [
        (printable(name), *(f"{line[c]:.3f}" for c in ("precision", "recall", "f1")), str(int(line["support"])))
        for name, line in report.iterrows()
    ]
    table(out, ("label", "precision", "recall", "F1", "rows"), lines, right=(1, 2, 3, 4))


def _show_measurements(out: Console, measured: Any) -> None:
    told = []
    if "latency_ms_per_row" in measured:
        told.append(f"{measured['latency_ms_per_row']:.3g} ms a row")
    if "model_bytes" in measured:
        told.append(f"a model of {size(measured['model_bytes'])}")
    if told:
        heading(out, "Cost of running it")
        paragraph(out, ", ".join(told))


def show_leaderboard(out: Console, comparison: ModelComparison, title: str) -> None:
    """Print several models on the same rows."""
    out.print(printable(title), style="bold", soft_wrap=True)
    for line in lead(comparison):
        paragraph(out, line)
    heading(out, "Leaderboard")
    columns, lines = board(comparison)
    right = [place for place, value in enumerate(lines[0]) if isinstance(value, float)]
    table(out, columns, [tuple(map(_text, line)) for line in lines], right=right)
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
            paragraph(out, changed_line(comparison, name))


def _difference(found: tuple[float, Interval]) -> str:
    value, interval = found
    return f"{value:+.4f} ({span(f'{interval.low:+.4f}', f'{interval.high:+.4f}')})"


def _text(value: Any) -> str:
    return printable(value) if isinstance(value, str) else str(value) if isinstance(value, int) else number(value)
