"""From Keras to the run: recording of every `fit`, and the callbacks for those who pass them by hand.

Keras is imported on first use of a callback, so that `track` around a script that needs no Keras does not load it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.keras.callbacks import BestModel, TrackBatches, TrackMetrics

__all__ = ["BestModel", "TrackBatches", "TrackMetrics"]


def __getattr__(name: str) -> object:
    """Load a callback, and Keras with it, on first use."""
    if name not in __all__:
        raise AttributeError(f"module 'trackexp.keras' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module("trackexp.keras.callbacks"), name)
