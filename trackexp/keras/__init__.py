"""From Keras to the run: recording of every `fit`, and the two callbacks for those who pass them by hand.

Keras is imported on first use of a callback, so that `track` around a script that needs no Keras does not load it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.keras.callbacks.best_model import BestModel
    from trackexp.keras.callbacks.track_metrics import TrackMetrics

__all__ = ["BestModel", "TrackMetrics"]


def __getattr__(name: str) -> object:
    """Load a callback, and Keras with it, on first use."""
    if name == "BestModel":
        from trackexp.keras.callbacks.best_model import BestModel

        return BestModel
    if name == "TrackMetrics":
        from trackexp.keras.callbacks.track_metrics import TrackMetrics

        return TrackMetrics
    raise AttributeError(f"module 'trackexp.keras' has no attribute {name!r}; it has {', '.join(__all__)}")
