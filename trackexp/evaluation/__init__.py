"""From predictions to what to do next: numbers, calibration, knees, errors, money, and models side by side."""

from __future__ import annotations

from trackexp.evaluation.comparing import ModelComparison, compare_models
from trackexp.evaluation.costs import Costs, Decision, HumanBaseline
from trackexp.evaluation.entry import evaluate, evaluate_batches, evaluate_multilabel, evaluate_predictions
from trackexp.evaluation.merging import merge_evaluations
from trackexp.evaluation.metrics.temperature import TemperatureScaling, fit_temperature
from trackexp.evaluation.mistakes import category_summary
from trackexp.evaluation.multilabel import MultiLabelEvaluation
from trackexp.evaluation.predictions import Predictions, make_predictions
from trackexp.evaluation.profit import Profit, profit_from_rates
from trackexp.evaluation.regression import RegressionEvaluation, evaluate_regression
from trackexp.evaluation.result import Evaluation
from trackexp.evaluation.validation import AgainstValidation, PartDifference, against_validation, explain_difference

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
