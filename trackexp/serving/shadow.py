"""A second model that answers the same rows after the caller has its answer; dropped first under load."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from trackexp.serving.facade import Facade
from trackexp.serving.metrics import Metrics
from trackexp.serving.prediction import Prediction
from trackexp.serving.prediction_log import PredictionLog

_LOGGER = logging.getLogger("trackexp")
_WAITING = 64  # requests


class Shadow:
    """Asks a second model, notes what it said beside what was answered, and never reaches a request.

    Args:
        facade: The second model.
        log: Where its answers are noted, for the paired tests of `trackexp monitor`.
        metrics: Where agreement is counted.
    """

    def __init__(self, facade: Facade, log: PredictionLog | None, metrics: Metrics) -> None:
        self.facade, self.log, self.metrics = facade, log, metrics
        self._queue: asyncio.Queue[tuple[str, Any, Prediction]] = asyncio.Queue(_WAITING)

    def offer(self, request: str, rows: Any, answered: Prediction) -> None:
        """Hand on a request that was answered; dropped where too many wait."""
        if not self._queue.full():
            self._queue.put_nowait((request, rows, answered))

    async def run(self) -> None:
        """Answer what was handed on, one after another, in a thread."""
        while True:
            request, rows, answered = await self._queue.get()
            try:
                found = await asyncio.to_thread(self.facade.predict, rows)
            except Exception as error:
                _LOGGER.warning("the shadow model failed: %s", type(error).__name__)
                continue
            for first, second in zip(_labels(answered), _labels(found), strict=True):
                self.metrics.shadow.labels(str(first == second).lower()).inc()
            if self.log is not None:
                self.log.shadowed(request, _labels(found), found.version)


def _labels(found: Prediction) -> list[str]:
    if found.probabilities is None:
        return [str(float(value)) for value in found.outputs.reshape(len(found), -1)[:, 0]]
    return [label if isinstance(label, str) else ",".join(label) for label in found.classes]
