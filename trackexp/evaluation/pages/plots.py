"""The plots of an evaluation, by name: calibration, confusion, knees, ROC and precision-recall, money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.reporting.svg import (
    Band,
    Bar,
    Chart,
    Guide,
    Line,
    Mark,
    ReliabilityBins,
    bars,
    confusion_matrix,
    histogram,
    line_chart,
    reliability_diagram,
)

if TYPE_CHECKING:
    from trackexp.evaluation.knee import By
    from trackexp.evaluation.multilabel import MultiLabelEvaluation
    from trackexp.evaluation.profit import Profit
    from trackexp.evaluation.regression import RegressionEvaluation
    from trackexp.evaluation.result import Evaluation

MOST_CLASSES = 20  # that get plots of their own, the commonest ones
_TOGETHER = 8  # curves in one plot


def plots(
    result: Evaluation | MultiLabelEvaluation | RegressionEvaluation, profit: Profit | None = None
) -> dict[str, Chart]:
    """Return every plot of an evaluation by a name that a file may have."""
    if result.task == "regression":
        return regression_plots(result)
    if result.task == "multilabel":
        return {"f1": label_bars(result)}
    found = {"confusion": confusion_plot(result), "reliability": reliability_plot(result)}
    names = [result.class_names[k] for k in plotted_classes(result)]
    for name in names if result.task != "binary" else ():
        found[f"reliability-{name}"] = reliability_plot(result, name)
    if result.rows is None:
        return found
    for by in ("confidence", "entropy"):
        found[f"knee-{by}"] = knee_plot(result, by)
        found |= {f"knee-{by}-{name}": knee_plot(result, by, name) for name in names}
    found |= {"roc": roc_plot(result), "precision-recall": precision_recall_plot(result)}
    if profit is not None:
        found["profit"] = profit_plot(profit)
    return found


def plotted_classes(result: Evaluation, most: int = MOST_CLASSES) -> list[int]:
    """Return the classes that get plots of their own: those with most rows, in the order of the columns."""
    support = result.sums.confusion.sum(axis=1)
    return sorted(int(k) for k in np.argsort(-support, kind="stable")[:most] if support[k])


def confusion_plot(result: Evaluation) -> Chart:
    """Return the confusion matrix."""
    return confusion_matrix(result.sums.confusion, result.class_names)


def one_against_rest_plot(result: Evaluation, name: str) -> Chart:
    """Return the matrix of one class against all others."""
    table = result.confusion_of(name)
    return confusion_matrix(table.to_numpy(), list(table.index), title=f"{name} against the rest", width=300)


def reliability_plot(result: Evaluation, name: str | None = None) -> Chart:
    """Return the reliability diagram, of the top label or of one class."""
    table = result.reliability(name)
    columns = ("low", "high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high")
    title = f"Calibration of {name}" if name is not None else "Calibration"
    return reliability_diagram(
        ReliabilityBins(*(table[column].to_numpy(dtype=float) for column in columns)), title=title
    )


def knee_plot(result: Evaluation, by: By, name: str | None = None) -> Chart:
    """Return accuracy and coverage against confidence or entropy, the knee marked."""
    chart = result.knee(name, by)
    curve, knee = chart.curve, chart.knee
    title = f"{'All rows' if name is None else f'Taken for {name}'}, by {by}"
    if curve.empty:
        curve = pd.DataFrame({"threshold": [], "accuracy": [], "coverage": [], "accuracy_low": [], "accuracy_high": []})
    band = Band("95 % interval", curve["accuracy_low"], curve["accuracy_high"])
    lines = [Line("accuracy", curve["threshold"], curve["accuracy"], [band]),
             Line("coverage", curve["threshold"], curve["coverage"])]  # fmt: skip
    marks = [] if knee is None else [Mark(f"knee {knee.threshold:.3g}", knee.threshold, knee.accuracy)]
    side = "kept from this confidence up" if by == "confidence" else "kept up to this entropy"
    return line_chart(lines, title=title, x_label=side, y_label="share", y_ends=(0.0, 1.0), marks=marks)


def roc_plot(result: Evaluation) -> Chart:
    """Return ROC curves of the commonest classes."""
    lines = [_curve(result, k, result.roc(k), "false_positive_rate", "true_positive_rate") for k in _compared(result)]
    chance = Line("chance", [0.0, 1.0], [0.0, 1.0], muted=True)
    return line_chart(
        [*lines, chance], title="ROC", x_label="false positive rate", y_label="true positive rate",
        x_ends=(0.0, 1.0), y_ends=(0.0, 1.0),
    )  # fmt: skip


def precision_recall_plot(result: Evaluation) -> Chart:
    """Return precision-recall curves of the commonest classes."""
    lines = [_curve(result, k, result.precision_recall(k), "recall", "precision") for k in _compared(result)]
    return line_chart(
        lines, title="Precision and recall", x_label="recall", y_label="precision", x_ends=(0.0, 1.0),
        y_ends=(0.0, 1.0),
    )  # fmt: skip


def profit_plot(profit: Profit) -> Chart:
    """Return the profit curve: average cost over all thresholds, with the choices that matter."""
    begins, costs = profit_steps(profit)
    best, present = profit.best, profit.at_present
    marks = [
        Mark(name, at.threshold, at.average_cost)
        for name, at in (("best", best), ("present", present))
        if at.threshold is not None and np.isfinite(at.threshold)
    ]
    guides = [Guide("flag all", y=profit.flag_all.average_cost), Guide("flag none", y=profit.flag_none.average_cost)]
    if profit.business.baseline is not None:
        guides.append(Guide("today", y=profit.business.baseline))
    if profit.human_cost is not None:
        guides.append(Guide("people", y=profit.human_cost))
    return line_chart(
        [Line("cost a unit", begins, costs, stepped=True)],
        title=f"What a threshold costs, flagging {profit.positive}", x_label="flagged from this probability up",
        y_label="cost a unit", marks=marks, guides=guides, size=(700, 340),
    )  # fmt: skip


def profit_steps(profit: Profit) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where each cost begins to hold, and the costs.

    Thresholds between two scores flag the same rows as the upper score: each cost holds down to the score below.
    """
    curve = profit.curve[::-1]
    return np.concatenate([[0.0], curve["threshold"].to_numpy()[:-1]]), curve["average_cost"].to_numpy()


def regression_plots(result: RegressionEvaluation) -> dict[str, Chart]:
    """Return residuals against predictions, and how often residuals of each size occur."""
    table = result.residuals_by_prediction()
    middle = Line("median", table["prediction"], table["median"], [Band("10 to 90 %", table["q10"], table["q90"])])
    shape = result.residual_histogram()
    edges = np.append(shape["low"].to_numpy(), shape["high"].iloc[-1])
    return {
        "residuals": line_chart(
            [middle], title="Residuals against predictions", x_label="prediction", y_label="prediction − target",
            guides=[Guide("no error", y=0.0)],
        ),
        "residual-histogram": histogram(
            shape["n"], title="Residuals", x_label="prediction − target", y_label="rows", edges=edges
        ),
    }  # fmt: skip


def label_bars(result: MultiLabelEvaluation) -> Chart:
    """Return F1 of each label."""
    report = result.report["f1"].sort_values()
    return bars([Bar(str(name), float(value)) for name, value in report.items()], title="F1 by label, the worst first")


def _compared(result: Evaluation) -> list[int]:
    return [1] if result.task == "binary" else plotted_classes(result, _TOGETHER)


def _curve(result: Evaluation, k: int, curve: Any, x: str, y: str) -> Line:
    return Line(result.class_names[k], curve[x], curve[y])
