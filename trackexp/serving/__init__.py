"""A model over HTTP, and without: a typed facade, batches under load, swaps, and a log of predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp._lazy import attach

if TYPE_CHECKING:
    from trackexp.serving.app import ServingOptions, make_app
    from trackexp.serving.facade import Facade
    from trackexp.serving.prediction import Prediction
else:  # the facade needs no web framework, the app does
    __getattr__, __dir__ = attach(
        __name__,
        {
            "trackexp.serving.app": ["ServingOptions", "make_app"],
            "trackexp.serving.facade": ["Facade"],
            "trackexp.serving.prediction": ["Prediction"],
        },
    )

__all__ = ["Facade", "Prediction", "ServingOptions", "make_app"]
