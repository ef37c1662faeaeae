"""Files of models: the only place that loads one; and rows to evaluate it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp.models.verification import Verification, verify_best_model

if TYPE_CHECKING:
    from trackexp.models.data import DataOptions, open_data, read_predictions
    from trackexp.models.loaded import Model
    from trackexp.models.loading import from_object, load_model
    from trackexp.models.predicting import ModelEvaluation, evaluate_model

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

_HOMES = {
    "DataOptions": "data",
    "Model": "loaded",
    "ModelEvaluation": "predicting",
    "evaluate_model": "predicting",
    "from_object": "loading",
    "load_model": "loading",
    "open_data": "data",
    "read_predictions": "data",
}


def __getattr__(name: str) -> object:
    """Load the tools of evaluation on first use: `show --verify` needs none of them."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'trackexp.models' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"trackexp.models.{_HOMES[name]}"), name)
