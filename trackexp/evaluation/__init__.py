"""From predictions to what to do next: numbers, calibration, knees, errors, money, and models side by side."""

from __future__ import annotations

from trackexp.evaluation.calibration.temperature import TemperatureScaling, fit_temperature
from trackexp.evaluation.classification.multilabel import MultiLabelEvaluation
from trackexp.evaluation.entry import evaluate, evaluate_multilabel, evaluate_predictions
from trackexp.evaluation.merging import evaluate_batches, merge_evaluations
from trackexp.evaluation.mistakes.tables import category_summary
from trackexp.evaluation.money.costs import Costs, Decision, HumanBaseline
from trackexp.evaluation.money.profit import Profit, profit_from_rates
from trackexp.evaluation.paired.compare import ModelComparison, compare_models
from trackexp.evaluation.paired.shift import PartDifference, explain_difference
from trackexp.evaluation.paired.validation import AgainstValidation, against_validation
from trackexp.evaluation.predictions import Predictions, make_predictions
from trackexp.evaluation.regression import RegressionEvaluation, evaluate_regression
from trackexp.evaluation.result import Evaluation

__all__ = [
    "AgainstValidation",
    "Costs",
    "Decision",
    "Evaluation",
    "HumanBaseline",
    "ModelComparison",
    "MultiLabelEvaluation",
    "PartDifference",
    "Predictions",
    "Profit",
    "RegressionEvaluation",
    "TemperatureScaling",
    "against_validation",
    "category_summary",
    "compare_models",
    "evaluate",
    "evaluate_batches",
    "evaluate_multilabel",
    "evaluate_predictions",
    "evaluate_regression",
    "explain_difference",
    "fit_temperature",
    "make_predictions",
    "merge_evaluations",
    "profit_from_rates",
]
