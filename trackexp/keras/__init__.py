"""From Keras to the run: recording of every `fit`, and the callbacks for those who pass them by hand.

Keras is imported on first use of a callback, so that `track` around a script that needs no Keras does not load it.
"""

from __future__ import annotations

from trackexp._lazy import attach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.keras.callbacks import BestModel, TrackBatches, TrackMetrics
else:
    __getattr__, __dir__ = attach(__name__, {"trackexp.keras.callbacks": ["BestModel", "TrackBatches", "TrackMetrics"]})

__all__ = ["BestModel", "TrackBatches", "TrackMetrics"]
