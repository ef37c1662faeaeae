"""Files of models: the only place that loads one; and rows to evaluate it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp._lazy import attach
from trackexp.models.verification import Verification, verify_best_model

if TYPE_CHECKING:
    from trackexp.models.data import DataOptions, open_data, read_predictions
    from trackexp.models.loading import from_object, load_model
    from trackexp.models.model import Model
    from trackexp.models.predicting import ModelEvaluation, evaluate_model
else:  # `show --verify` needs none of the tools of evaluation
    __getattr__, __dir__ = attach(
        __name__,
        {
            "trackexp.models.data": ["DataOptions", "open_data", "read_predictions"],
            "trackexp.models.model": ["Model"],
            "trackexp.models.loading": ["from_object", "load_model"],
            "trackexp.models.predicting": ["ModelEvaluation", "evaluate_model"],
        },
    )

__all__ = [
    "DataOptions",
    "Model",
    "ModelEvaluation",
    "Verification",
    "evaluate_model",
    "from_object",
    "load_model",
    "open_data",
    "read_predictions",
    "verify_best_model",
]
