"""From Keras to the run: recording of every `fit`, and the callbacks for those who pass them by hand.

Keras is imported on first use of a callback, so that `track` around a script that needs no Keras does not load it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.keras.callbacks.best_model import BestModel
    from trackexp.keras.callbacks.track_batches import TrackBatches
    from trackexp.keras.callbacks.track_metrics import TrackMetrics

__all__ = ["BestModel", "TrackBatches", "TrackMetrics"]

_HOMES = {"BestModel": "best_model", "TrackBatches": "track_batches", "TrackMetrics": "track_metrics"}


def __getattr__(name: str) -> object:
    """Load a callback, and Keras with it, on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'trackexp.keras' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(f"trackexp.keras.callbacks.{_HOMES[name]}"), name)
