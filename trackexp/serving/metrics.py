"""The numbers that Prometheus fetches: of requests, batches, answers, and what lies outside the training range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from trackexp.serving.facade import Facade
from trackexp.serving.prediction import Prediction

_SECONDS = (0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 2.0, 5.0, 10.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_CONFIDENCE = tuple(step / 10 for step in range(1, 11))
_MOST_LABELS = 100  # values of one label; what is beyond counts as "other"
OTHER = "other"


class Metrics:
    """The metrics of one server, in a registry of their own; no ids, paths or data are labels."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        by_model = ("model", "version")
        made: dict[str, Any] = {"registry": self.registry}
        self._requests = Counter(
            "trackexp_requests", "Requests by the code of their answer.", (*by_model, "route", "code"), **made
        )
        self._duration = Histogram(
            "trackexp_request_duration_seconds", "From the first byte read to the last one sent.",
            (*by_model, "route"), buckets=_SECONDS, **made,
        )  # fmt: skip
        self.inference = Histogram("trackexp_inference_duration_seconds", "Of one batch.", buckets=_SECONDS, **made)
        self.batch_rows = Histogram("trackexp_batch_rows", "Rows of one batch.", buckets=_ROWS, **made)
        self._predictions = Counter("trackexp_predictions", "Rows by predicted class.", (*by_model, "class"), **made)
        self._confidence = Histogram(
            "trackexp_confidence", "Largest probability of a row.", by_model, buckets=_CONFIDENCE, **made
        )
        self._outside = Counter(
            "trackexp_out_of_range", "Rows outside the training range, by input.", (*by_model, "feature"), **made
        )
        self.log_dropped = Counter("trackexp_log_dropped", "Rows that the prediction log lost.", **made)
        self.queued = Gauge("trackexp_queued_requests", "Requests that wait.", **made)
        self.swaps = Counter("trackexp_swaps", "Exchanges of the model by their outcome.", ("outcome",), **made)
        self.shadow = Counter("trackexp_shadow", "Rows by whether the shadow agreed.", ("agreed",), **made)
        self._loaded = Gauge("trackexp_model_loaded_timestamp_seconds", "When the model was loaded.", by_model, **made)
        self._children: dict[tuple[Any, ...], Any] = {}

    def loaded(self, facade: Facade) -> None:
        """Note that a model serves from now on."""
        self._loaded.clear()
        self._loaded.labels(facade.name, facade.version).set_to_current_time()

    def batch(self, rows: int, seconds: float) -> None:
        """Note one batch."""
        self.inference.observe(seconds)
        self.batch_rows.observe(rows)

    def request(self, model: str, version: str, route: str, code: int, seconds: float) -> None:
        """Note one answer."""
        self._child(self._requests, model, version, route, str(code)).inc()
        self._child(self._duration, model, version, route).observe(seconds)

    def predicted(self, prediction: Prediction) -> None:
        """Note classes, confidence and flags of an answer."""
        names = (prediction.model, prediction.version)
        if prediction.probabilities is not None:
            confidence = self._child(self._confidence, *names)
            for value in prediction.probabilities.max(axis=1).tolist():
                confidence.observe(value)
            for label in prediction.classes:
                for one in [label] if isinstance(label, str) else label:
                    self._child(self._predictions, *names, one).inc()
        self._flag(names, prediction.outside_range)

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self.registry)

    def _flag(self, names: tuple[str, str], outside: Sequence[Sequence[str]]) -> None:
        for row in outside:
            for feature in row:
                self._child(self._outside, *names, feature).inc()

    def _child(self, metric: Any, *labels: str) -> Any:
        """Return the metric of these labels; looked up once, as that costs more than counting."""
        key = (id(metric), labels)
        found = self._children.get(key)
        if found is None:
            if sum(1 for other in self._children if other[0] == id(metric)) >= _MOST_LABELS:
                labels = (*labels[:-1], OTHER)
            found = metric.labels(*labels)
            if labels[-1] != OTHER:
                self._children[key] = found
        return found
