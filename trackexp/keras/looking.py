"""A fit that is looked at and not trained: `trackexp check`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from trackexp.keras.fit_recorder import FitRecorder
from trackexp.tracking.live_diagnosis import FitLookedAtError


class StopAfterLook(keras.callbacks.Callback):
    """Ends the fit as soon as its facts are whole.

    That is before the first update where the data are arrays and the model is built, else behind the first batch,
    which is drawn to see what a stream gives and what Keras builds for it.

    Args:
        recorder: What gathers the facts.
    """

    def __init__(self, recorder: FitRecorder) -> None:
        super().__init__()
        self._recorder = recorder

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """End it before the first batch where nothing more can be seen there."""
        if self._recorder.is_whole:
            raise FitLookedAtError

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """End it behind the first batch."""
        self._recorder.epoch_ends()
        raise FitLookedAtError
