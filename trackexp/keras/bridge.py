"""The one callback that tells a `FitSession` what Keras does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from trackexp.fit import FitSession
from trackexp.keras.facts.progress import Progress
from trackexp.keras.trainee import KerasTrainee
from trackexp.tracking.live_diagnosis import FitLookedAtError


class Bridge(keras.callbacks.Callback):
    """Forwards begin, epoch and end of a fit; it comes last, so that what other callbacks put into the logs is there.

    Args:
        fit: Where it goes.
        trainee: The model of that fit.
    """

    def __init__(self, fit: FitSession, trainee: KerasTrainee) -> None:
        super().__init__()
        self.fit = fit
        self._trainee = trainee
        self._progress = Progress(fit.run, fit.index)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Keras has built what it builds before the first batch."""
        self.fit.begin_updates((self.params or {}).get("steps"))
        self._progress.begin(self.model, stream=self.fit.facts.rows is None)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Forward it."""
        self._progress.begin_epoch(self._trainee.learning_rate)
        self.fit.begin_epoch(epoch)

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Inside a fit this is the validation."""
        self.fit.begin_validation()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Forward it, with the number of rows of an epoch, which the trainee needs to know what a probe costs."""
        self._trainee.rows_per_epoch = self.fit.rows_per_epoch
        steps, loss = (self.params or {}).get("steps"), (logs or {}).get("loss")
        self._progress.end_epoch(self.model, steps, loss=loss, rows=self.fit.rows_per_epoch)
        self.fit.end_epoch(epoch, logs)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forward it."""
        self._progress.end(self.model)
        self.fit.end()


class BatchBridge(Bridge):
    """Forwards batches too.

    What is done after a batch is an append: Keras may call it from its pool of threads, and need not wait for the
    device before it goes on. Without `async_safe` a callback that wants batches costs a device sync at each.
    """

    async_safe = True

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Forward it."""
        self.fit.end_batch(batch, logs or {})


class CheckBridge(Bridge):
    """Ends the fit as soon as its facts are whole: `trackexp check` trains nothing.

    That is before the first update where the data are arrays and the model is built, else behind the first batch,
    which is drawn to see what a stream gives and what Keras builds for it.
    """

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """End it before the first batch where nothing more can be seen there."""
        super().on_train_begin(logs)
        if self.fit.is_whole:
            raise FitLookedAtError

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """End it behind the first batch."""
        self.fit.complete()
        raise FitLookedAtError
