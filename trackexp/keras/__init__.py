"""From Keras to the run: recording of every `fit`, and the callbacks for those who pass them by hand.

Keras is imported on first use of a callback, so that `track` around a script that needs no Keras does not load it.
"""

from __future__ import annotations

from trackexp._lazy import attach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.keras.callbacks.best_model import BestModel
    from trackexp.keras.callbacks.track_batches import TrackBatches
    from trackexp.keras.callbacks.track_metrics import TrackMetrics
else:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "trackexp.keras.callbacks.best_model": ["BestModel"],
            "trackexp.keras.callbacks.track_batches": ["TrackBatches"],
            "trackexp.keras.callbacks.track_metrics": ["TrackMetrics"],
        },
    )

__all__ = ["BestModel", "TrackBatches", "TrackMetrics"]
