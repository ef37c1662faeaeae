"""Facts of the metrics passed to compile, resolved as Keras resolves them, without creating one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from trackexp import keras_private
from trackexp.fit.plain import is_own, name_of, plain, snake_case
from trackexp.record.facts import MetricFacts
from trackexp.record.metric_names import Direction, direction_of
from trackexp.tracking.values import sortable_key

Shape = Sequence[int | None]
ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
}


def metric_facts(model: Any, outputs: Sequence[Shape | None], targets: Sequence[Shape | None]) -> list[MetricFacts]:
    """Return one entry per metric, named as in the logs.

    Args:
        model: A compiled model.
        outputs: Shape of each output with the batch axis, None where it is not known.
        targets: Shape of each target likewise; with them "accuracy" is resolved as Keras will resolve it.
    """
    plain_metrics, weighted_metrics = keras_private.user_metrics(model)
    names = list(getattr(model, "output_names", None) or [])
    facts: list[MetricFacts] = []
    taken: dict[str, int] = {}
    for weighted, given in ((False, plain_metrics), (True, weighted_metrics)):
        for index, metric in _per_output(given, names):
            output = names[index] if len(names) > 1 else None
            found = _describe(metric, _at(outputs, index), _at(targets, index))
            found["output"], found["weighted"] = output, weighted
            found["name"] = _log_name(found["name"], output, weighted, taken)
            facts.append(found)
    return facts


def _at(shapes: Sequence[Shape | None], index: int) -> Shape | None:
    return shapes[index] if index < len(shapes) else None


def _per_output(given: Any, names: list[str]) -> list[tuple[int, Any]]:
    """Pair every metric with the index of the output it is for, in the order of Keras's logs."""
    if not given:
        return []
    if len(names) <= 1:
        return [(0, metric) for metric in _flat(given)]
    if isinstance(given, Mapping):
        return [(i, metric) for i, name in enumerate(names) for metric in _flat(given.get(name))]
    if len(given) == len(names):
        return [(i, metric) for i, item in enumerate(given) for metric in _flat(item)]
    return [(i, metric) for i in range(len(names)) for metric in _flat(given)]


def _flat(given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [metric for item in given.values() for metric in _flat(item)]
    if isinstance(given, list | tuple):
        return [metric for item in given for metric in _flat(item)]
    return [given]


def _describe(metric: Any, output: Shape | None, target: Shape | None) -> MetricFacts:
    if isinstance(metric, str):
        return _from_name(metric, output, target)
    source = keras_private.wrapped_function(metric) or metric
    arguments = keras_private.function_arguments(metric)
    identifier = snake_case(name_of(source))
    logits = arguments.get("from_logits", getattr(metric, "from_logits", keras_private.metric_from_logits(metric)))
    threshold = arguments.get("threshold", getattr(metric, "threshold", None))
    return MetricFacts(
        name=str(getattr(metric, "name", None) or name_of(metric)),
        identifier=identifier,
        direction=_direction(metric, identifier),
        threshold=_one_number(threshold if threshold is not None else getattr(metric, "thresholds", None)),
        from_logits=logits if isinstance(logits, bool) else None,
        custom=not is_own(
            source if callable(source) and not isinstance(source, keras.Metric) else type(source), "keras"
        ),
    )


def _from_name(name: str, output: Shape | None, target: Shape | None) -> MetricFacts:
    identifier = ALIASES.get(name.lower(), snake_case(name))
    if name.lower() in ("accuracy", "acc"):
        identifier = _resolved_accuracy(output, target)
    defaults = _defaults(identifier)
    threshold = defaults.get("threshold")
    if "thresholds" in defaults and "num_thresholds" not in defaults:
        threshold = 0.5  # Precision, Recall and the like: Keras's default where none is passed
    logits = defaults.get("from_logits")
    return MetricFacts(
        name=name,
        identifier=identifier,
        direction=direction_of(identifier),
        threshold=_one_number(threshold),
        from_logits=logits if isinstance(logits, bool) else None,
        custom=not defaults and not hasattr(keras.metrics, identifier),
    )


def _resolved_accuracy(output: Shape | None, target: Shape | None) -> str:
    """Return what Keras makes of "accuracy" for these shapes; "accuracy" itself while they do not tell."""
    if not output or output[-1] is None:
        return "accuracy"
    if output[-1] == 1:
        return "binary_accuracy"
    if target is None:
        return "accuracy"
    sparse = len(target) < len(output) or target[-1] == 1
    return "sparse_categorical_accuracy" if sparse else "categorical_accuracy"


def _defaults(identifier: str) -> dict[str, Any]:
    """Return the default arguments of Keras's metric class of that name, read off its signature."""
    for name, kind in vars(keras.metrics).items():
        if inspect.isclass(kind) and snake_case(name) == identifier:
            return {key: item.default for key, item in inspect.signature(kind).parameters.items()}
    return {}


def _direction(metric: Any, identifier: str) -> Direction | None:
    return _told(metric) or direction_of(identifier)


def metric_direction(model: Any, name: str) -> Direction | None:
    """Return which way a metric is better, by its name without `val_`; None where neither Keras nor its name says."""
    for metric in _metrics(model):
        if getattr(metric, "name", None) == name and (told := _told(metric)):
            return told
    return direction_of(sortable_key(name))


def _told(metric: Any) -> Direction | None:
    """Return Keras's own word for which way the metric is better."""
    known: dict[str | None, Direction] = {"up": "max", "down": "min"}
    return known.get(keras_private.metric_direction(metric))


def _metrics(model: Any) -> Iterator[Any]:
    for metric in getattr(model, "metrics", ()):
        yield metric
        yield from getattr(metric, "metrics", ())  # Keras holds what compile was given in containers


def _one_number(value: Any) -> float | None:
    value = plain(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return float(value) if isinstance(value, int | float) else None


def _log_name(name: str, output: str | None, weighted: bool, taken: dict[str, int]) -> str:
    """Return the name in the logs: Keras prefixes the output, then tells equal names apart."""
    full = f"{output}_{name}" if output else name
    if full in taken and weighted:
        full = f"{output}_weighted_{name}" if output else f"weighted_{name}"
    taken[full] = taken.get(full, 0) + 1
    return full if taken[full] == 1 else f"{full}_{taken[full] - 1}"
